/** Quality flags of a reading and of an interval (ENERGY 0.2). */
export const FLAG = {
  measured: 1,
  edited: 2,
  referenceDay: 4,
  interpolated: 8,
  questionable: 16,
  derived: 32,
  projected: 64,
  disputed: 128,
  corrected: 256,
} as const

const BARS =
  FLAG.edited |
  FLAG.referenceDay |
  FLAG.interpolated |
  FLAG.questionable |
  FLAG.projected |
  FLAG.disputed

/** Whether energy of this quality may certify: measured, and nothing that is edited, estimated or in doubt. */
export function certifiable(flags: number): boolean {
  return (flags & FLAG.measured) !== 0 && (flags & BARS) === 0
}

/** Quality of an interval between two readings: measured when both are, tainted when either is. */
export function joinFlags(from: number, to: number): number {
  return ((from & to & FLAG.measured) | ((from | to) & ~FLAG.measured)) >>> 0
}
