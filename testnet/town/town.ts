/** What a device is, with the letters the chain's device module uses. */
export type DeviceKind = 'PV' | 'WIND' | 'BESS' | 'LOAD' | 'EVSE' | 'METER'

export const DEVICE_KINDS: readonly DeviceKind[] = ['PV', 'WIND', 'BESS', 'LOAD', 'EVSE', 'METER']

/** Quality flags of a reading: the value was measured. */
export const STATUS_MEASURED = 1n
/** Quality flags of a reading: the source filled the value in; it never certifies. */
export const STATUS_INTERPOLATED = 8n

/** One device of the town, with everything its registration on chain needs except its key. */
export interface TownDevice {
  readonly id: string
  readonly kind: DeviceKind
  readonly site: string
  readonly zone: string
  /** Largest power in W, either direction. */
  readonly nameplateW: bigint
  /** Usable capacity in Wh; 0 for anything but a battery. */
  readonly storageWh: bigint
  /** Share of charged energy that arrives in the store, and of drawn energy that leaves it, in ppm. */
  readonly etaCPpm: bigint
  readonly etaDPpm: bigint
  /** Registered interval in seconds, 900 or 3600. */
  readonly intervalS: bigint
  /** False when its registers were recorded, otherwise how they were made. */
  readonly simulated: false | 'simulated' | 'derived'
  /** Where its numbers come from, for people. */
  readonly source: string
}

/** One moment of a device: cumulative registers in mWh, unix seconds. */
export interface TownReading {
  readonly time: bigint
  readonly importMwh: bigint
  readonly exportMwh: bigint
  readonly socMwh?: bigint
  /** Quality flags (bitmask). */
  readonly status: bigint
}

/** A place whose devices should balance physically. */
export interface TownSite {
  readonly id: string
  /** True when every flow of the site is metered, so that the balance must close. */
  readonly complete: boolean
  readonly note: string
}

/** A town on one UTC axis. Readings of a device ascend strictly in time; the first one opens its registers. */
export interface Town {
  readonly name: string
  /** Time of the earliest reading, unix seconds. */
  readonly start: bigint
  /** Time of the latest reading, unix seconds. */
  readonly end: bigint
  readonly devices: readonly TownDevice[]
  readonly sites: readonly TownSite[]
  /** All readings of a device of this town, oldest first; throws for a device that is not in it. */
  readings(device: TownDevice | string): readonly TownReading[]
}

/** A device together with what it will send. */
export interface RecordedDevice {
  readonly device: TownDevice
  readonly readings: readonly TownReading[]
}

/** Puts recorded devices and their sites into a town; devices keep the given order, ids must be unique. */
export function assembleTown(
  name: string,
  recorded: readonly RecordedDevice[],
  sites: readonly TownSite[],
): Town {
  const byId = new Map<string, readonly TownReading[]>()
  let start: bigint | undefined
  let end = 0n
  for (const { device, readings } of recorded) {
    if (byId.has(device.id)) throw new Error(`town ${name}: two devices are named ${device.id}`)
    byId.set(device.id, readings)
    const first = readings[0]
    const last = readings[readings.length - 1]
    if (first === undefined || last === undefined)
      throw new Error(`town ${name}: ${device.id} has no readings`)
    if (start === undefined || first.time < start) start = first.time
    if (last.time > end) end = last.time
  }
  if (start === undefined) throw new Error(`town ${name} has no devices`)
  return {
    name,
    start,
    end,
    devices: recorded.map((entry) => entry.device),
    sites,
    readings(device) {
      const id = typeof device === 'string' ? device : device.id
      const found = byId.get(id)
      if (found === undefined) throw new Error(`town ${name} has no device ${id}`)
      return found
    },
  }
}
