declare const unit: unique symbol

/** Watt-hours, the unit of energy credits. */
export type Wh = bigint & { readonly [unit]: 'Wh' }
/** Milliwatt-hours, the unit of meter registers. */
export type MilliWh = bigint & { readonly [unit]: 'mWh' }
/** Watts. */
export type Watt = bigint & { readonly [unit]: 'W' }
/** UTC seconds since 1970. */
export type UnixSeconds = bigint & { readonly [unit]: 's' }
/** Parts per million. */
export type Ppm = bigint & { readonly [unit]: 'ppm' }

/** One million: the whole, in ppm. */
export const PPM = 1_000_000n
/** Length of a settlement tick, seconds. */
export const TICK_SECONDS = 900n

export const wh = (value: bigint): Wh => value as Wh
export const milliWh = (value: bigint): MilliWh => value as MilliWh
export const watt = (value: bigint): Watt => value as Watt
export const unixSeconds = (value: bigint): UnixSeconds => value as UnixSeconds
export const ppm = (value: bigint): Ppm => value as Ppm
