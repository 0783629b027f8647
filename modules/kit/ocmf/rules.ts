import { compareDecimals } from './decimal.ts'
import { isBillable, sameRegister } from './obis.ts'
import { gravestFirst, type OcmfProblem, problem } from './problem.ts'
import type { OcmfPayload, OcmfReading } from './types.ts'

/** Assignments to a user that failed; a charge cannot be billed to anybody. */
const FAILED_LEVELS = ['MISMATCH', 'INVALID', 'OUTDATED', 'UNKNOWN']

/** Whether the reading begins a transaction. */
export function isBegin(reading: OcmfReading): boolean {
  return reading.tx === 'B'
}

/** Whether the reading ends a transaction: as planned, locally, remotely, aborted or by power failure. */
export function isEnd(reading: OcmfReading): boolean {
  return reading.tx !== null && 'ELRAP'.includes(reading.tx)
}

/**
 * Readings a charge is billed by: energy of a billing register. One that names its register not at all, or cuts the
 * code short, counts too: its unit says energy. It can be compared with its like, though nobody can credit it.
 */
export function billable(readings: readonly OcmfReading[]): readonly OcmfReading[] {
  return readings.filter(
    ({ wh, obis }) => wh !== null && (obis === null || obis.c === null || isBillable(obis)),
  )
}

/**
 * What is wrong with what a record says, the gravest first, given that every field could be read. The rules are those
 * of the S.A.F.E. transparency software, and the stricter sentences of the specification.
 */
export function contentProblems(data: OcmfPayload): readonly OcmfProblem[] {
  const readings = billable(data.readings)
  if (data.readings.length === 0) return []
  if (readings.length === 0) return [problem('no_energy')]
  const found: OcmfProblem[] = []
  if (data.pagination?.context === 'T' && data.readings.every(({ tx }) => tx === null))
    found.push(problem('tx_missing'))
  const groups = byRegister(readings)
  for (const group of groups) found.push(...registerProblems(group))
  found.push(...pairProblems(groups))
  const ends = readings.filter((reading) => isBegin(reading) || isEnd(reading))
  for (const reading of ends.length > 0 ? ends : readings) found.push(...stateProblems(reading))
  found.push(...exceptionProblems(data.readings))
  const { level } = data.user
  if (level !== null && FAILED_LEVELS.includes(level))
    found.push(problem('user_level', `IL is ${level}`))
  return found
}

/**
 * What is wrong with the records of one transaction, given in the order they were signed: the same meter and gateway,
 * a rising pagination, one begin and one end, and all the rules of one record over all the readings.
 */
export function transactionProblems(records: readonly OcmfPayload[]): readonly OcmfProblem[] {
  const [first] = records
  if (first === undefined) return [problem('readings_missing')]
  const found: OcmfProblem[] = []
  let last = first
  for (const record of records.slice(1)) {
    const sameMeter = record.meter.serial === last.meter.serial
    if (!sameMeter || record.gateway.serial !== last.gateway.serial)
      found.push(problem('serial_mismatch'))
    const [before, after] = [last.pagination, record.pagination]
    const rises = before !== null && after !== null && before.context === after.context
    if (!rises || after.number <= before.number) found.push(problem('pagination_order'))
    last = record
  }
  const readings = records.flatMap((record) => record.readings)
  const relevant = billable(readings)
  if (!relevant.some(isBegin)) found.push(problem('begin_missing'))
  if (!relevant.some(isEnd)) found.push(problem('end_missing'))
  const level = records.find(({ user }) => FAILED_LEVELS.includes(user.level ?? ''))?.user.level
  const user = { ...first.user, level: level ?? first.user.level }
  return gravestFirst([...found, ...contentProblems({ ...first, user, readings })])
}

/** Readings of each register in their order; two that name none are of one register. */
function byRegister(readings: readonly OcmfReading[]): readonly (readonly OcmfReading[])[] {
  const groups: OcmfReading[][] = []
  for (const reading of readings) {
    const group = groups.find(([first]) => first !== undefined && isSame(first, reading))
    if (group === undefined) groups.push([reading])
    else group.push(reading)
  }
  return groups
}

function isSame(one: OcmfReading, other: OcmfReading): boolean {
  if (one.obis === null || other.obis === null) return one.obis === other.obis
  return sameRegister(one.obis, other.obis)
}

function registerProblems(group: readonly OcmfReading[]): readonly OcmfProblem[] {
  const found: OcmfProblem[] = []
  const begins = group.filter(isBegin)
  const ends = group.filter(isEnd)
  const name = group[0]?.register ?? 'the unnamed register'
  if (begins.length > 1) found.push(problem('begin_twice', `${name} begins twice`))
  if (ends.length > 1) found.push(problem('end_twice', `${name} ends twice`))
  const [begin] = begins
  const [end] = ends
  if (begin !== undefined && end !== undefined) {
    if (begin.unit !== end.unit)
      found.push(problem('unit_mismatch', `${name}: ${begin.unit} at begin, ${end.unit} at end`))
    if (begin.clock === 'R' && end.clock !== 'R') found.push(problem('time_relative'))
    if (begin.events !== null && end.events !== null && begin.events !== end.events)
      found.push(problem('event_counter', `EI is ${begin.events} at begin, ${end.events} at end`))
  }
  const ordered = [...begins, ...group.filter((one) => !isBegin(one) && !isEnd(one)), ...ends]
  ordered.slice(1).forEach((later, i) => {
    const earlier = ordered[i] as OcmfReading
    found.push(...fallProblems(earlier, later, name))
  })
  return found
}

function fallProblems(
  earlier: OcmfReading,
  later: OcmfReading,
  name: string,
): readonly OcmfProblem[] {
  const found: OcmfProblem[] = []
  if (earlier.millis !== null && later.millis !== null && later.millis < earlier.millis)
    found.push(problem('time_falls', `${name}: a later reading has an earlier time`))
  if (earlier.wh !== null && later.wh !== null && compareDecimals(later.wh, earlier.wh) < 0)
    found.push(problem('value_falls', `${name}: a later reading has a lower value`))
  return found
}

/** A begin and an end must meet in one register at least, unless the record holds only one of the two. */
function pairProblems(groups: readonly (readonly OcmfReading[])[]): readonly OcmfProblem[] {
  const begins = groups.some((group) => group.some(isBegin))
  const ends = groups.some((group) => group.some(isEnd))
  const meets = groups.some((group) => group.some(isBegin) && group.some(isEnd))
  if (!begins || !ends || meets) return []
  return [problem('register_mismatch')]
}

function stateProblems({ status, errors }: OcmfReading): readonly OcmfProblem[] {
  const found: OcmfProblem[] = []
  if (status !== null && status !== 'G') found.push(problem('status', `ST is ${status}`))
  if (errors.includes('E')) found.push(problem('error_flag', `EF is ${errors}`))
  return found
}

/** From a reading X on, energy or time may not be used; where EF says that it was time alone, energy may. */
function exceptionProblems(readings: readonly OcmfReading[]): readonly OcmfProblem[] {
  const broken = readings.some(({ tx, errors }) => tx === 'X' && errors !== 't')
  return broken ? [problem('exception')] : []
}
