/** Kinds of SunSpec points that are read here; each has its own "not implemented" values. */
export type PointType =
  | 'uint16'
  | 'int16'
  | 'int32'
  | 'uint64'
  | 'acc32'
  | 'enum16'
  | 'bitfield16'
  | 'bitfield32'
  | 'sunssf'
  | 'float32'
  | 'string'

/** Where a point lies: registers from the start of its model, whose header (id, length) has offsets 0 and 1. */
export interface Point {
  readonly offset: number
  readonly type: PointType
  /** Registers; only strings say it, all others have the size of their type. */
  readonly words?: number
}

const point = (offset: number, type: PointType, words?: number): Point =>
  words === undefined ? { offset, type } : { offset, type, words }

/** Model 1, who made the device. */
export const COMMON = {
  manufacturer: point(2, 'string', 16),
  model: point(18, 'string', 16),
  version: point(42, 'string', 8),
  serial: point(50, 'string', 16),
} as const

/** What a device is used for: which of its models counts and which way its energy flows. */
export type DeviceUse = 'inverter' | 'meter' | 'battery'

/** Where a family of models keeps cumulative energy, power and health. */
export interface EnergyModel {
  readonly ids: readonly number[]
  readonly uses: readonly DeviceUse[]
  /** Energy into the grid: produced or injected. */
  readonly exported: Point
  readonly imported?: Point
  /** Scale factor of energy, Wh; floats have none. */
  readonly energySf?: Point
  readonly power: Point
  readonly powerSf?: Point
  /** Whether a positive power is generation (inverters) or consumption (meters). */
  readonly generationPositive: boolean
  /** Operating state and the value of it that means a fault. */
  readonly state?: { readonly point: Point; readonly fault: bigint }
  /** Alarm bits; those in `mask` say that the values cannot be trusted. */
  readonly alarms: { readonly point: Point; readonly mask: bigint; readonly names: AlarmNames }
}

/** Names of alarm bits. */
export type AlarmNames = Readonly<Record<number, string>>

const DER_ALARMS: AlarmNames = {
  0: 'ground fault',
  1: 'DC over voltage',
  2: 'AC disconnect',
  3: 'DC disconnect',
  4: 'grid disconnect',
  5: 'cabinet open',
  6: 'manual shutdown',
  7: 'over temperature',
  8: 'over frequency',
  9: 'under frequency',
  10: 'AC over voltage',
  11: 'AC under voltage',
  12: 'blown string fuse',
  13: 'under temperature',
  14: 'memory loss',
  15: 'hardware test failure',
  16: 'manufacturer alarm',
}

const METER_ALARMS: AlarmNames = {
  2: 'power failure',
  5: 'over current',
  6: 'over voltage',
  7: 'missing sensor',
}

/** A low power factor or voltage is the grid's condition: only these bits say that a meter measures wrongly. */
const METER_MASK = (1n << 2n) | (1n << 5n) | (1n << 6n) | (1n << 7n)
const ALL_BITS = 0x7fff_ffffn

/** Models with cumulative energy, best first (offsets from the public SunSpec model definitions). */
export const ENERGY_MODELS: readonly EnergyModel[] = [
  {
    ids: [701],
    uses: ['inverter', 'battery'],
    exported: point(19, 'uint64'),
    imported: point(23, 'uint64'),
    energySf: point(120, 'sunssf'),
    power: point(10, 'int16'),
    powerSf: point(116, 'sunssf'),
    generationPositive: true,
    state: { point: point(4, 'enum16'), fault: 6n },
    alarms: { point: point(6, 'bitfield32'), mask: ALL_BITS, names: DER_ALARMS },
  },
  {
    ids: [101, 102, 103],
    uses: ['inverter'],
    exported: point(24, 'acc32'),
    energySf: point(26, 'sunssf'),
    power: point(14, 'int16'),
    powerSf: point(15, 'sunssf'),
    generationPositive: true,
    state: { point: point(38, 'enum16'), fault: 7n },
    alarms: { point: point(40, 'bitfield32'), mask: ALL_BITS, names: DER_ALARMS },
  },
  {
    ids: [111, 112, 113],
    uses: ['inverter'],
    exported: point(32, 'float32'),
    power: point(22, 'float32'),
    generationPositive: true,
    state: { point: point(48, 'enum16'), fault: 7n },
    alarms: { point: point(50, 'bitfield32'), mask: ALL_BITS, names: DER_ALARMS },
  },
  {
    ids: [201, 202, 203, 204],
    uses: ['meter'],
    exported: point(38, 'acc32'),
    imported: point(46, 'acc32'),
    energySf: point(54, 'sunssf'),
    power: point(18, 'int16'),
    powerSf: point(22, 'sunssf'),
    generationPositive: false,
    alarms: { point: point(105, 'bitfield32'), mask: METER_MASK, names: METER_ALARMS },
  },
  {
    ids: [211, 212, 213, 214],
    uses: ['meter'],
    exported: point(60, 'float32'),
    imported: point(68, 'float32'),
    power: point(28, 'float32'),
    generationPositive: false,
    alarms: { point: point(124, 'bitfield32'), mask: METER_MASK, names: METER_ALARMS },
  },
]

/** Model 702, nameplate and settings of power. */
export const CAPACITY = {
  maxRating: point(2, 'uint16'),
  chargeRating: point(10, 'uint16'),
  dischargeRating: point(11, 'uint16'),
  max: point(26, 'uint16'),
  scale: point(45, 'sunssf'),
} as const

/** Model 713, what a battery holds. */
export const STORAGE = {
  rating: point(2, 'uint16'),
  available: point(3, 'uint16'),
  charge: point(4, 'uint16'),
  health: point(5, 'uint16'),
  status: point(6, 'enum16'),
  energySf: point(7, 'sunssf'),
  percentSf: point(8, 'sunssf'),
} as const

/** Model 704, active power setting; generation is positive. */
export const POWER_SET = {
  enabled: point(22, 'enum16'),
  mode: point(23, 'enum16'),
  watts: point(24, 'int32'),
  percent: point(28, 'int16'),
  revertEnabled: point(30, 'enum16'),
  wattsSf: point(55, 'sunssf'),
  percentSf: point(56, 'sunssf'),
} as const

/** Model 124, charge and discharge limits in percent of `chargeMax`. */
export const STORAGE_CONTROL = {
  chargeMax: point(2, 'uint16'),
  mode: point(5, 'bitfield16'),
  dischargeRate: point(12, 'int16'),
  revertSeconds: point(15, 'uint16'),
  chargeMaxSf: point(18, 'sunssf'),
  rateSf: point(25, 'sunssf'),
} as const
