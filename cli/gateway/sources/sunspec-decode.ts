import {
  CAPACITY,
  type EnergyModel,
  type Point,
  type PointType,
  STORAGE,
} from './sunspec-models.ts'

const MWH_PER_WH = 1_000n
/** Powers of ten beyond this are no scale factors (the specification ends at ±10). */
const MAX_SF = 10n

const WORDS: Readonly<Record<Exclude<PointType, 'string'>, number>> = {
  uint16: 1,
  int16: 1,
  enum16: 1,
  bitfield16: 1,
  sunssf: 1,
  int32: 2,
  acc32: 2,
  bitfield32: 2,
  float32: 2,
  uint64: 4,
}

/**
 * Raw values that mean "not implemented". An accumulator of 0 has never counted; all ones and 0x80000000 are what
 * devices send in its place against the specification, and leaving out one true value of four thousand million loses
 * nothing, because the next one carries the same energy.
 */
const ABSENT: Readonly<Record<Exclude<PointType, 'string' | 'float32'>, readonly bigint[]>> = {
  uint16: [0xffffn],
  enum16: [0xffffn],
  bitfield16: [0xffffn],
  int16: [0x8000n],
  sunssf: [0x8000n],
  int32: [0x8000_0000n],
  acc32: [0n, 0x8000_0000n, 0xffff_ffffn],
  bitfield32: [0x8000_0000n, 0xffff_ffffn],
  uint64: [0xffff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n],
}

/** Registers a point takes up. */
export function pointWords(point: Point): number {
  return point.type === 'string' ? (point.words ?? 0) : WORDS[point.type]
}

/** The bits of a point, most significant register first; undefined when the model ends before it. */
function bits(registers: Uint16Array, point: Point): bigint | undefined {
  let value = 0n
  for (let i = 0; i < pointWords(point); i++) {
    const word = registers[point.offset + i]
    if (word === undefined) return undefined
    value = (value << 16n) | BigInt(word)
  }
  return value
}

/** A number as it stands in the registers, unscaled; undefined when it is not implemented. Floats have `readFloat`. */
export function readRaw(registers: Uint16Array, point: Point): bigint | undefined {
  if (point.type === 'string' || point.type === 'float32') return undefined
  const value = bits(registers, point)
  if (value === undefined || ABSENT[point.type].includes(value)) return undefined
  if (point.type === 'int16' || point.type === 'sunssf') return BigInt.asIntN(16, value)
  return point.type === 'int32' ? BigInt.asIntN(32, value) : value
}

/** A text, padded with zero bytes or spaces. */
export function readText(registers: Uint16Array, point: Point): string {
  const bytes: number[] = []
  for (let i = 0; i < pointWords(point); i++) {
    const word = registers[point.offset + i] ?? 0
    bytes.push(word >> 8, word & 0xff)
  }
  const end = bytes.indexOf(0)
  return Buffer.from(end < 0 ? bytes : bytes.slice(0, end))
    .toString('latin1')
    .trim()
}

/** A scale factor; undefined when it is not implemented or outside -10..10. */
export function readScale(registers: Uint16Array, point: Point): bigint | undefined {
  const value = readRaw(registers, point)
  return value === undefined || value > MAX_SF || value < -MAX_SF ? undefined : value
}

/** `raw * unit * 10^exponent`, exact; what is finer than one is cut off towards zero. */
export function scaleExact(raw: bigint, unit: bigint, exponent: bigint): bigint {
  return exponent >= 0n ? raw * unit * 10n ** exponent : (raw * unit) / 10n ** -exponent
}

/** An IEEE 754 single times `unit`, exact, cut off towards zero; undefined for NaN ("not implemented") and infinity. */
export function readFloat(registers: Uint16Array, point: Point, unit: bigint): bigint | undefined {
  const value = bits(registers, point)
  if (value === undefined) return undefined
  const biased = (value >> 23n) & 0xffn
  if (biased === 0xffn) return undefined
  const fraction = value & 0x7f_ffffn
  const mantissa = biased === 0n ? fraction : fraction | 0x80_0000n
  const exponent = (biased === 0n ? 1n : biased) - 150n
  const magnitude =
    exponent >= 0n ? (mantissa << exponent) * unit : (mantissa * unit) / (1n << -exponent)
  return value >> 31n === 1n ? -magnitude : magnitude
}

/** A scaled number in the given unit, or undefined when it or its scale factor is not implemented. */
function measured(
  registers: Uint16Array,
  value: Point | undefined,
  scale: Point | undefined,
  unit: bigint,
): bigint | undefined {
  if (value === undefined) return undefined
  if (value.type === 'float32') return readFloat(registers, value, unit)
  const raw = readRaw(registers, value)
  const exponent = scale === undefined ? 0n : readScale(registers, scale)
  return raw === undefined || exponent === undefined ? undefined : scaleExact(raw, unit, exponent)
}

/** What one read of an energy model says. Registers in mWh, power in W with consumption positive. */
export interface EnergyValues {
  readonly importMwh: bigint | undefined
  readonly exportMwh: bigint | undefined
  readonly powerW: bigint | undefined
  /** Where a 32-bit accumulator starts again at zero, mWh; undefined for wider registers and floats. */
  readonly modulusMwh: bigint | undefined
  /** Why the values are not good; empty when they are. */
  readonly faults: readonly string[]
}

/** How many registers of an energy model, header included, hold all that is read of it. */
export function energySpan(model: EnergyModel): number {
  const { exported, imported, energySf, power, powerSf, state, alarms } = model
  const points = [exported, imported, energySf, power, powerSf, state?.point, alarms.point]
  return Math.max(...points.map((one) => (one ? one.offset + pointWords(one) : 0)))
}

/** Decodes an energy model from its registers. Negative energy is no register and is left out. */
export function readEnergy(registers: Uint16Array, model: EnergyModel): EnergyValues {
  const energy = (point: Point | undefined): bigint | undefined => {
    const value = measured(registers, point, model.energySf, MWH_PER_WH)
    return value === undefined || value < 0n ? undefined : value
  }
  const watts = measured(registers, model.power, model.powerSf, 1n)
  const exponent = model.energySf === undefined ? undefined : readScale(registers, model.energySf)
  const wraps = model.exported.type === 'acc32' && exponent !== undefined
  const faults: string[] = []
  if (model.state !== undefined && readRaw(registers, model.state.point) === model.state.fault)
    faults.push('state fault')
  const alarms = (readRaw(registers, model.alarms.point) ?? 0n) & model.alarms.mask
  for (let bit = 0; bit < 32; bit++) {
    if ((alarms >> BigInt(bit)) & 1n) faults.push(model.alarms.names[bit] ?? `alarm bit ${bit}`)
  }
  return {
    importMwh: energy(model.imported),
    exportMwh: energy(model.exported),
    powerW: watts === undefined ? undefined : model.generationPositive ? -watts : watts,
    modulusMwh: wraps ? scaleExact(1n << 32n, MWH_PER_WH, exponent) : undefined,
    faults,
  }
}

/** What model 713 says: energy that could be taken out now, mWh, and whether the battery reports an error. */
export function readStorage(registers: Uint16Array): {
  readonly socMwh: bigint | undefined
  readonly faults: readonly string[]
} {
  const faults = readRaw(registers, STORAGE.status) === 2n ? ['battery error'] : []
  const available = measured(registers, STORAGE.available, STORAGE.energySf, MWH_PER_WH)
  if (available !== undefined) return { socMwh: available, faults }
  const rating = measured(registers, STORAGE.rating, STORAGE.energySf, MWH_PER_WH)
  const charge = readRaw(registers, STORAGE.charge)
  const health = readRaw(registers, STORAGE.health)
  const percent = readScale(registers, STORAGE.percentSf)
  if (rating === undefined || charge === undefined || health === undefined || percent === undefined)
    return { socMwh: undefined, faults }
  // WHAvail is defined as WHRtg x SoC x SoH; both are percentages with the same scale factor.
  return { socMwh: scaleExact(rating * charge * health, 1n, 2n * percent - 4n), faults }
}

/** What model 702 says of power, W. */
export interface Capacity {
  /** `WMax`, to which percentages refer; the nameplate when it is not set. */
  readonly maxW: bigint | undefined
  readonly chargeW: bigint | undefined
  readonly dischargeW: bigint | undefined
}

/** Decodes model 702. Batteries without ratings of their own have those of the inverter. */
export function readCapacity(registers: Uint16Array): Capacity {
  const watts = (point: Point): bigint | undefined => measured(registers, point, CAPACITY.scale, 1n)
  const rating = watts(CAPACITY.maxRating)
  return {
    maxW: watts(CAPACITY.max) ?? rating,
    chargeW: watts(CAPACITY.chargeRating) ?? rating,
    dischargeW: watts(CAPACITY.dischargeRating) ?? rating,
  }
}
