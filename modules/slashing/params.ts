import { Params } from '../../proto/gen/cosmos/slashing/v1beta1/slashing.ts'
import { utf8Encode } from '../kit/bytes.ts'
import { DEC_ONE, type Dec, formatDec, parseDec } from '../kit/dec.ts'
import { slashingErrors } from './errors.ts'
import { readDec } from './rules.ts'

/** More would make jailing, which clears a validator's window, unbounded work. */
const MAX_WINDOW = 1_048_576n
/** The longest duration of the SDK, 292 years: every date that follows from one has a text. */
const MAX_JAIL_S = 9_223_372_036n

const digits = (value: Dec): Uint8Array => utf8Encode(value.toString())

/** 100 blocks of which half must be signed, 600 s of jail, 5 % for signing twice, 1 % for downtime. */
export function defaultParams(): Params {
  return Params.create({
    signedBlocksWindow: 100n,
    minSignedPerWindow: digits(parseDec('0.5')),
    downtimeJailDuration: { seconds: 600n, nanos: 0 },
    slashFractionDoubleSign: digits(parseDec('0.05')),
    slashFractionDowntime: digits(parseDec('0.01')),
  })
}

/** Throws slashing 102 with the SDK's text of what is out of bounds. */
export function validateParams(params: Params): void {
  const { signedBlocksWindow: window, downtimeJailDuration: jail } = params
  if (window <= 0n) throw slashingErrors.params(`signed blocks window must be positive: ${window}`)
  if (window > MAX_WINDOW)
    throw slashingErrors.params(`signed blocks window must be at most ${MAX_WINDOW}: ${window}`)
  checkShare('min signed per window', params.minSignedPerWindow)
  const nanosOk = jail.nanos >= 0 && jail.nanos < 1_000_000_000
  if (!nanosOk || jail.seconds < 0n || (jail.seconds === 0n && jail.nanos === 0)) {
    throw slashingErrors.params(`downtime jail duration must be positive: ${jail.seconds}s`)
  }
  if (jail.seconds > MAX_JAIL_S)
    throw slashingErrors.params(`downtime jail duration must be at most ${MAX_JAIL_S}s`)
  checkShare('double sign slash fraction', params.slashFractionDoubleSign)
  checkShare('downtime slash fraction', params.slashFractionDowntime)
}

function checkShare(name: string, stored: Uint8Array): void {
  const value = readDec(stored)
  if (value === undefined) throw slashingErrors.params(`${name} cannot be nil`)
  if (value < 0n) throw slashingErrors.params(`${name} cannot be negative: ${formatDec(value)}`)
  if (value > DEC_ONE) throw slashingErrors.params(`${name} too large: ${formatDec(value)}`)
}

/** The same with each decimal in its shortest digits, so that what is stored does not depend on how it was written. */
export function canonicalParams(params: Params): Params {
  const short = (stored: Uint8Array): Uint8Array => {
    const value = readDec(stored)
    return value === undefined ? stored : digits(value)
  }
  return {
    ...params,
    minSignedPerWindow: short(params.minSignedPerWindow),
    slashFractionDoubleSign: short(params.slashFractionDoubleSign),
    slashFractionDowntime: short(params.slashFractionDowntime),
  }
}
