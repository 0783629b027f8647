import { GatewayError } from '../errors.ts'
import { type Capacity, readCapacity, readRaw, readScale, scaleExact } from './sunspec-decode.ts'
import { ModbusError, type ModbusLink } from './sunspec-modbus.ts'
import { CAPACITY, POWER_SET, type Point, STORAGE_CONTROL } from './sunspec-models.ts'
import { type FoundModel, readModel } from './sunspec-scan.ts'

/** Which model takes a setpoint: the DER controls, the legacy storage control, or whichever there is. */
export type SetpointModel = '704' | '124' | 'auto'

/** A device whose power may be set. */
export interface SetpointTarget {
  readonly device: string
  readonly unit: number
  readonly via: SetpointModel
  /** Bounds of the operator, W; undefined leaves the device's own ratings. */
  readonly maxChargeW: bigint | undefined
  readonly maxDischargeW: bigint | undefined
  /** Seconds after which the device itself ends the setpoint if nothing renews it; 0 leaves its own setting. */
  readonly revertS: number
}

const READ_BACK_TRIES = 5
const READ_BACK_PAUSE_MS = 300
const ON = 1n
const OFF = 0n
const WATTS = 1n
const PERCENT = 0n
/** Both limits of model 124: with one alone the device could still go the other way. */
const BOTH_LIMITS = 3n

interface Write {
  readonly address: number
  readonly values: readonly number[]
}

/** Sets the power of a device (charging positive, W) and reads back whether it took it; null gives it back its own will. */
export async function writeSetpoint(
  link: ModbusLink,
  target: SetpointTarget,
  models: readonly FoundModel[],
  watts: bigint | null,
): Promise<void> {
  const found = controlOf(target, models)
  try {
    const capacity = await capacityOf(link, target, models)
    if (watts !== null) checkBounds(target, capacity, watts)
    const registers = await readModel(link, target.unit, found)
    const writes =
      found.id === 704
        ? powerSetWrites(target, found, registers, capacity, watts)
        : storageWrites(target, found, registers, watts)
    for (const { address, values } of writes) await link.write(target.unit, address, values)
    await confirm(link, target, writes)
  } catch (error) {
    if (!(error instanceof ModbusError)) throw error
    throw refused(target, `it was not set: ${error.message}`)
  }
}

function refused(target: SetpointTarget, why: string): GatewayError {
  return new GatewayError('setpoint_refused', `setpoint of ${target.device}: ${why}`)
}

function controlOf(target: SetpointTarget, models: readonly FoundModel[]): FoundModel {
  const ids = target.via === 'auto' ? [704, 124] : [Number(target.via)]
  for (const id of ids) {
    const found = models.find((model) => model.id === id)
    if (found !== undefined) return found
  }
  throw refused(
    target,
    `the device has no model ${ids.join(' or ')}, so its power cannot be set over SunSpec`,
  )
}

async function capacityOf(
  link: ModbusLink,
  target: SetpointTarget,
  models: readonly FoundModel[],
): Promise<Capacity> {
  const found = models.find(({ id }) => id === 702)
  if (found === undefined) return { maxW: undefined, chargeW: undefined, dischargeW: undefined }
  return readCapacity(await readModel(link, target.unit, found, CAPACITY.scale.offset + 1))
}

function checkBounds(target: SetpointTarget, capacity: Capacity, watts: bigint): void {
  const charging = watts >= 0n
  const asked = charging ? watts : -watts
  const verb = charging ? 'charges' : 'discharges'
  const configured = charging ? target.maxChargeW : target.maxDischargeW
  const rated = charging ? capacity.chargeW : capacity.dischargeW
  if (configured !== undefined && asked > configured)
    throw refused(target, `${asked} W is more than the configured ${configured} W it ${verb} with`)
  if (rated !== undefined && asked > rated)
    throw refused(target, `${asked} W is more than the ${rated} W it ${verb} with by its nameplate`)
}

/** Model 704: generation is positive there, so the sign turns round. */
function powerSetWrites(
  target: SetpointTarget,
  found: FoundModel,
  registers: Uint16Array,
  capacity: Capacity,
  watts: bigint | null,
): readonly Write[] {
  const at = (point: Point): number => found.address + point.offset
  if (watts === null) return [{ address: at(POWER_SET.enabled), values: [Number(OFF)] }]
  const revert: Write[] =
    target.revertS === 0
      ? []
      : // Reversion to "disabled" after the given time, so that a dead gateway does not leave a battery running.
        [
          {
            address: at(POWER_SET.revertEnabled),
            values: [Number(OFF), ...words32(BigInt(target.revertS))],
          },
        ]
  const wattsSf = readScale(registers, POWER_SET.wattsSf)
  if (wattsSf !== undefined) {
    const raw = scaleExact(-watts, 1n, -wattsSf)
    checkRange(target, raw, 32)
    const values = [Number(ON), Number(WATTS), ...words32(raw)]
    return [...revert, { address: at(POWER_SET.enabled), values }]
  }
  const percentSf = readScale(registers, POWER_SET.percentSf)
  const max = capacity.maxW
  if (percentSf === undefined || max === undefined || max === 0n)
    throw refused(target, 'model 704 takes neither watts nor (for want of WMax) a percentage')
  const raw = percentOf(-watts, max, percentSf)
  checkRange(target, raw, 16)
  return [
    ...revert,
    { address: at(POWER_SET.percent), values: [word(raw)] },
    { address: at(POWER_SET.enabled), values: [Number(ON), Number(PERCENT)] },
  ]
}

/**
 * Model 124: a window of discharge from -InWRte to OutWRte in percent of the greatest charge power. With the same
 * amount as lower and upper end (one of them negative) the window is one value, so the device holds that power.
 */
function storageWrites(
  target: SetpointTarget,
  found: FoundModel,
  registers: Uint16Array,
  watts: bigint | null,
): readonly Write[] {
  const at = (point: Point): number => found.address + point.offset
  if (watts === null) return [{ address: at(STORAGE_CONTROL.mode), values: [Number(OFF)] }]
  const maxRaw = readRaw(registers, STORAGE_CONTROL.chargeMax)
  const maxSf = readScale(registers, STORAGE_CONTROL.chargeMaxSf)
  const rateSf = readScale(registers, STORAGE_CONTROL.rateSf)
  const max = maxRaw === undefined || maxSf === undefined ? 0n : scaleExact(maxRaw, 1n, maxSf)
  if (max === 0n || rateSf === undefined)
    throw refused(target, 'model 124 does not say what its percentages refer to (WChaMax)')
  if (watts > max || watts < -max)
    throw refused(target, `model 124 can hold at most WChaMax, ${max} W`)
  const rate = percentOf(watts, max, rateSf)
  checkRange(target, rate, 16)
  const revert: Write[] =
    target.revertS === 0
      ? []
      : [{ address: at(STORAGE_CONTROL.revertSeconds), values: [target.revertS] }]
  return [
    ...revert,
    { address: at(STORAGE_CONTROL.dischargeRate), values: [word(-rate), word(rate)] },
    { address: at(STORAGE_CONTROL.mode), values: [Number(BOTH_LIMITS)] },
  ]
}

/** `part` of `whole` in percent at a scale factor, cut off towards zero: never more power than asked for. */
function percentOf(part: bigint, whole: bigint, sf: bigint): bigint {
  return sf >= 0n ? (part * 100n) / (whole * 10n ** sf) : (part * 100n * 10n ** -sf) / whole
}

/** All of `bits` except the lowest number, which means "not implemented". */
function checkRange(target: SetpointTarget, raw: bigint, bits: number): void {
  const limit = 1n << BigInt(bits - 1)
  if (raw >= limit || raw <= -limit) throw refused(target, `${raw} does not fit into ${bits} bits`)
}

function word(raw: bigint): number {
  return Number(BigInt.asUintN(16, raw))
}

function words32(raw: bigint): readonly number[] {
  return [word(raw >> 16n), word(raw)]
}

/** A device may need a moment to take a value over, and some accept a write and keep the old value. */
async function confirm(
  link: ModbusLink,
  target: SetpointTarget,
  writes: readonly Write[],
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const wrong = await firstDifference(link, target, writes)
    if (wrong === undefined) return
    if (attempt === READ_BACK_TRIES) {
      throw refused(
        target,
        `register ${wrong.address} was written as ${wrong.written} and reads ${wrong.read}; the device did not take it`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, READ_BACK_PAUSE_MS))
  }
}

async function firstDifference(
  link: ModbusLink,
  target: SetpointTarget,
  writes: readonly Write[],
): Promise<{ address: number; written: number; read: number } | undefined> {
  for (const { address, values } of writes) {
    const kept = await link.read(target.unit, address, values.length)
    const i = values.findIndex((value, j) => kept[j] !== value)
    if (i >= 0) return { address: address + i, written: values[i] ?? 0, read: kept[i] ?? 0 }
  }
  return undefined
}
