import { readTime } from './clock.ts'
import {
  type Decimal,
  ENERGY_UNITS,
  POWER_UNITS,
  parseDecimal,
  registerMwh,
  toInteger,
} from './decimal.ts'
import { type JsonText, pick, pickText } from './json-text.ts'
import { type SignedValue, signedValue } from './ocpp-records.ts'

/** Registers that nobody signed, of one moment by the charger's clock. */
export interface Unsigned {
  readonly time: bigint
  readonly importMwh?: bigint
  readonly exportMwh?: bigint
  readonly powerW?: bigint
}

/** What one `MeterValue` of a message holds. */
export interface MeterEntry {
  readonly signed: readonly SignedValue[]
  readonly unsigned: Unsigned | undefined
  /** Values that were left out and why. */
  readonly problems: readonly string[]
}

const IMPORT = 'Energy.Active.Import.Register'
const EXPORT = 'Energy.Active.Export.Register'
const MULTIPLIER_LIMIT = 20

/** Reads a list of `MeterValue` of OCPP 1.6 or 2.0.1, numbers kept as the digits they were written in. */
export function readMeterValues(list: JsonText | undefined, receivedAt: bigint): MeterEntry[] {
  return Array.isArray(list) ? list.map((entry: JsonText) => readMeterValue(entry, receivedAt)) : []
}

function readMeterValue(entry: JsonText, receivedAt: bigint): MeterEntry {
  const signed: SignedValue[] = []
  const problems: string[] = []
  const found = new Map<string, bigint>()
  const values = pick(entry, ['sampledValue'])
  for (const value of Array.isArray(values) ? (values as readonly JsonText[]) : []) {
    const record = signedOf(value)
    if (record !== undefined) {
      signed.push(record)
      continue
    }
    const measurand = pickText(value, ['measurand']) ?? IMPORT
    const read = measured(value, measurand)
    if (read === undefined) continue
    if ('problem' in read) problems.push(`${measurand}: ${read.problem}`)
    else found.set(measurand, read.value)
  }
  const stamp = pickText(entry, ['timestamp']) ?? ''
  const time = readTime(stamp, 'iso', receivedAt)
  if (time === undefined) {
    if (found.size > 0) problems.push(`the time ${JSON.stringify(stamp)} cannot be read`)
    return { signed, unsigned: undefined, problems }
  }
  const importMwh = found.get(IMPORT)
  const exportMwh = found.get(EXPORT)
  if (importMwh === undefined && exportMwh === undefined)
    return { signed, unsigned: undefined, problems }
  const drawn = found.get('Power.Active.Import')
  const fed = found.get('Power.Active.Export')
  const unsigned: Unsigned = {
    time,
    ...(importMwh === undefined ? {} : { importMwh }),
    ...(exportMwh === undefined ? {} : { exportMwh }),
    ...(drawn === undefined && fed === undefined ? {} : { powerW: (drawn ?? 0n) - (fed ?? 0n) }),
  }
  return { signed, unsigned, problems }
}

/** The signed part of a sampled value, wherever its version of the protocol puts it; undefined when it has none. */
function signedOf(value: JsonText): SignedValue | undefined {
  const data = pickText(value, ['signedMeterValue', 'signedMeterData'])
  if (data !== undefined)
    return signedValue(data, pickText(value, ['signedMeterValue', 'encodingMethod']))
  const text = pickText(value, ['value']) ?? ''
  // Some chargers forget to say SignedData.
  if (pickText(value, ['format']) === 'SignedData' || text.trimStart().startsWith('OCMF|'))
    return signedValue(text)
  return undefined
}

/** A register in mWh or a power in W of the whole outlet; undefined for anything else. */
function measured(
  value: JsonText,
  measurand: string,
): { readonly value: bigint } | { readonly problem: string } | undefined {
  const energy = measurand === IMPORT || measurand === EXPORT
  if (!energy && !measurand.startsWith('Power.Active.')) return undefined
  // One phase, or the car's side of the cable, is another register.
  if (pickText(value, ['phase']) !== undefined) return undefined
  if ((pickText(value, ['location']) ?? 'Outlet') !== 'Outlet') return undefined
  const unit =
    pickText(value, ['unit']) ?? pickText(value, ['unitOfMeasure', 'unit']) ?? (energy ? 'Wh' : 'W')
  const power = (energy ? ENERGY_UNITS : POWER_UNITS)[unit]
  if (power === undefined) return { problem: `unit ${unit} is no unit of it` }
  const multiplier = Number(pickText(value, ['unitOfMeasure', 'multiplier']) ?? '0')
  if (!Number.isInteger(multiplier) || Math.abs(multiplier) > MULTIPLIER_LIMIT)
    return { problem: `multiplier ${multiplier} is out of bounds` }
  const text = pickText(value, ['value']) ?? ''
  const decimal: Decimal | undefined = parseDecimal(text)
  if (decimal === undefined) return { problem: `${JSON.stringify(text)} is not a number` }
  if (energy) return registerMwh(decimal, power + multiplier)
  return { value: toInteger(decimal, power + multiplier - 3) }
}
