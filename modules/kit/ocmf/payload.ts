import { type Decimal, floorInteger, parseDecimal, shift } from './decimal.ts'
import type { Json } from './json.ts'
import { parseObis } from './obis.ts'
import { type OcmfProblem, problem } from './problem.ts'
import { type OcmfTime, parseTime } from './time.ts'
import type { OcmfPayload, OcmfReading, Pagination } from './types.ts'

type Members = ReadonlyMap<string, Json>

/** What was read of a payload, and what could not be. */
export interface PayloadRead {
  readonly data: OcmfPayload
  readonly problems: readonly OcmfProblem[]
}

/** A day of quarter hours with five registers each; more is an attack on whoever must compare them all. */
const MOST_READINGS = 512

/** Registers on the chain are unsigned 64-bit numbers of mWh; with the sign bit to spare. */
const LARGEST_MWH = 2n ** 63n - 1n

/** Powers of ten from a unit of energy to watt hours. */
const UNITS: { readonly [unit: string]: number } = { mwh: -3, wh: 0, kwh: 3 }

/** Reads the members of a payload; a field that cannot be read is null and named in the problems. */
export function readPayload(members: Members): PayloadRead {
  const problems: OcmfProblem[] = []
  const text = (name: string, older?: string): string | null => {
    const json = members.get(name) ?? (older === undefined ? undefined : members.get(older))
    const read = textOf(json)
    if (read === undefined) problems.push(problem('payload', `${name} is not a text`))
    return read ?? null
  }
  const version = text('FV')
  if (version !== null && !isVersion(version))
    problems.push(problem('version', `FV is ${version}; known are 0.1 to 1.x`))
  const pagination = readPagination(text('PG'), problems)
  const user = readUser(members, text)
  const data: OcmfPayload = {
    version,
    gateway: { id: text('GI', 'VI'), serial: text('GS'), version: text('GV', 'VV') },
    meter: { vendor: text('MV'), model: text('MM'), serial: text('MS'), firmware: text('MF') },
    pagination,
    user,
    tariff: text('TT'),
    chargePoint: { type: text('CT'), id: text('CI') },
    readings: readReadings(members.get('RD'), problems),
  }
  const named = [data.meter.serial, data.gateway.serial, data.chargePoint.id]
  if (named.every((name) => name === null)) problems.push(problem('serial_missing'))
  return { data, problems }
}

/** A text, a number as written, null for nothing or an empty text; undefined for anything else. */
function textOf(json: Json | undefined): string | null | undefined {
  if (json === undefined || json.kind === 'null') return null
  if (json.kind !== 'text' && json.kind !== 'number') return undefined
  return json.text.trim() === '' ? null : json.text.trim()
}

function isVersion(version: string): boolean {
  return /^(0\.[1-9]\d*|1(\.\d+)*)$/.test(version)
}

function readPagination(text: string | null, problems: OcmfProblem[]): Pagination | null {
  if (text === null) {
    problems.push(problem('pagination_missing'))
    return null
  }
  const [, context, number = ''] = /^([TF])(0|[1-9]\d{0,18})$/.exec(text) ?? []
  if (context === 'T' || context === 'F') return { context, number: BigInt(number) }
  problems.push(problem('pagination', `PG is ${text}`))
  return null
}

function readUser(members: Members, text: (name: string) => string | null): OcmfPayload['user'] {
  const status = members.get('IS')
  const flags = members.get('IF')
  const word = status?.kind === 'text' ? status.text.trim() : ''
  const isFlag = /^(true|false)$/i.test(word)
  // Before version 0.4 IS held the level itself.
  const level = word !== '' && !isFlag ? word : text('IL')
  return {
    assigned: status?.kind === 'flag' ? status.value : isFlag ? /^true$/i.test(word) : null,
    level,
    flags:
      flags?.kind === 'list'
        ? flags.items.flatMap((flag) => (flag.kind === 'text' ? [flag.text] : []))
        : [],
    type: text('IT'),
    id: text('ID'),
  }
}

function readReadings(list: Json | undefined, problems: OcmfProblem[]): readonly OcmfReading[] {
  if (list?.kind !== 'list' || list.items.length === 0) {
    problems.push(problem('readings_missing'))
    return []
  }
  if (list.items.length > MOST_READINGS) {
    problems.push(problem('readings_many', `RD holds ${list.items.length} readings`))
    return []
  }
  const readings: OcmfReading[] = []
  const carried = new Map<string, Json>()
  list.items.forEach((item, i) => {
    const at = `reading ${i + 1}`
    if (item.kind !== 'object') {
      problems.push(problem('payload', `${at} is not an object`))
      return
    }
    const isEvent = !item.members.has('RV') && saysError(item.members)
    for (const [name, value] of item.members) carried.set(name, value)
    // An error event without a value has none; any other reading without one repeats the value before it.
    readings.push(readReading(carried, isEvent, at, problems))
  })
  return readings
}

function saysError(members: Members): boolean {
  const status = textOf(members.get('ST')) ?? 'G'
  return status !== 'G' || (textOf(members.get('EF')) ?? '') !== ''
}

function readReading(
  carried: Members,
  isEvent: boolean,
  at: string,
  problems: OcmfProblem[],
): OcmfReading {
  const text = (name: string): string | null => {
    const read = textOf(carried.get(name))
    if (read === undefined) problems.push(problem('payload', `${at}: ${name} is not a text`))
    return read ?? null
  }
  const status = oneOf('status_unknown', 'ST', text('ST'), 'NGTDRMXIOSEF', at, problems)
  if (status === null) problems.push(problem('status_missing', `${at} has no ST`))
  const tx = oneOf('tx_unknown', 'TX', text('TX'), 'BCXELRAPST', at, problems)
  const time = readTime(text('TM'), at, problems)
  const register = text('RI')
  const obis = register === null ? null : (parseObis(register) ?? null)
  if (register !== null && obis === null) problems.push(problem('obis', `${at}: RI is ${register}`))
  const unit = text('RU')
  const value = isEvent ? null : readValue(text('RV'), at, problems)
  if (value !== null && unit === null) problems.push(problem('unit_missing', `${at} has no RU`))
  const { wh, mwh } = readEnergy(value, unit)
  if (mwh !== null && mwh > LARGEST_MWH)
    problems.push(problem('value', `${at}: RV is more than any register holds`))
  const errors = text('EF') ?? ''
  return {
    ...time,
    tx,
    value,
    register,
    obis,
    unit,
    wh,
    mwh,
    status,
    errors,
    events: text('EI'),
  }
}

function oneOf(
  code: 'status_unknown' | 'tx_unknown',
  name: string,
  text: string | null,
  letters: string,
  at: string,
  problems: OcmfProblem[],
): string | null {
  if (text !== null && (text.length !== 1 || !letters.includes(text)))
    problems.push(problem(code, `${at}: ${name} is ${text}`))
  return text
}

function readTime(
  text: string | null,
  at: string,
  problems: OcmfProblem[],
): { millis: bigint | null; clock: OcmfTime['clock'] } {
  const time = text === null ? undefined : parseTime(text)
  if (text === null) problems.push(problem('time_missing', `${at} has no TM`))
  else if (time === undefined) problems.push(problem('time', `${at}: TM is ${text}`))
  else if (time.clock === null) problems.push(problem('time_state', `${at}: TM is ${text}`))
  return { millis: time?.millis ?? null, clock: time?.clock ?? null }
}

function readValue(text: string | null, at: string, problems: OcmfProblem[]): Decimal | null {
  const value = text === null ? undefined : parseDecimal(text)
  if (text === null) problems.push(problem('value_missing', `${at} has no RV`))
  else if (value === undefined) problems.push(problem('value', `${at}: RV is ${text}`))
  else if (value.digits < 0n) problems.push(problem('value_negative', `${at}: RV is ${text}`))
  return value ?? null
}

/** The value in Wh, exactly, and in mWh, rounded down; `MWh` and `mWh` differ only in case, so case matters for those. */
function readEnergy(
  value: Decimal | null,
  unit: string | null,
): { wh: Decimal | null; mwh: bigint | null } {
  const lower = unit?.toLowerCase() ?? ''
  if (value === null || !Object.hasOwn(UNITS, lower)) return { wh: null, mwh: null }
  const power = unit?.startsWith('M') === true ? 6 : (UNITS[lower] ?? 0)
  const wh = shift(value, power)
  return { wh, mwh: floorInteger(shift(wh, 3)) }
}
