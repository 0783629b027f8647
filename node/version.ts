/** This software's own version; clients that choose a dialect read CometBFT's instead. */
export const VERSION = '0.3.0'
