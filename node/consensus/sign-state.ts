import fs from 'node:fs'
import { equalBytes, toHex } from '../chain/bytes.ts'
import type { Time } from '../chain/types.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { field, KeyFileError, readJson } from './key-file.ts'
import { splitTimestamp } from './sign-bytes.ts'

/** CometBFT's step numbers in the sign state. */
export const SIGN_STEP = { proposal: 1, prevote: 2, precommit: 3 } as const

/** 0 before the first signature. */
export type SignStep = 0 | 1 | 2 | 3

/** The last thing this key signed. */
export interface SignState {
  readonly height: bigint
  readonly round: number
  readonly step: SignStep
  readonly signature: Uint8Array
  readonly signBytes: Uint8Array
}

/** The guard refuses to sign: it would be a second, different message for one height, round and step, or an older one. */
export class SignRefused extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'SignRefused'
  }
}

/** A key that never signed. */
export const EMPTY_SIGN_STATE: SignState = {
  height: 0n,
  round: 0,
  step: 0,
  signature: new Uint8Array(0),
  signBytes: new Uint8Array(0),
}

/**
 * Decides what a request to sign at (height, round, step) gets: undefined = sign anew; else the stored signature, with
 * the stored timestamp when only the timestamp differs. Throws SignRefused for anything older or conflicting.
 */
export function checkSign(
  last: SignState,
  height: bigint,
  round: number,
  step: SignStep,
  signBytes: Uint8Array,
): { readonly signature: Uint8Array; readonly timestamp: Time | undefined } | undefined {
  const order = compareSteps({ height, round, step }, last)
  const at = `${height}/${round}/${step}`
  const before = `${last.height}/${last.round}/${last.step}`
  if (order < 0) throw new SignRefused(`refused to sign at ${at}: this key signed ${before} before`)
  if (order > 0) return undefined
  if (last.signature.length === 0)
    throw new SignRefused(`refused to sign at ${at}: no stored signature`)
  if (equalBytes(last.signBytes, signBytes))
    return { signature: last.signature, timestamp: undefined }
  const field = step === SIGN_STEP.proposal ? 'proposal' : 'vote'
  const stored = splitTimestamp(last.signBytes, field)
  const wanted = splitTimestamp(signBytes, field)
  if (!equalBytes(stored.rest, wanted.rest)) {
    throw new SignRefused(`refused to sign at ${at}: this key signed something else there`)
  }
  return { signature: last.signature, timestamp: stored.timestamp }
}

/** Negative, zero or positive as `a` is before, at or after `b` in (height, round, step). */
export function compareSteps(
  a: Pick<SignState, 'height' | 'round' | 'step'>,
  b: Pick<SignState, 'height' | 'round' | 'step'>,
): number {
  if (a.height !== b.height) return a.height < b.height ? -1 : 1
  return a.round !== b.round ? a.round - b.round : a.step - b.step
}

/** CometBFT's JSON form of the state. */
export function signStateJson(state: SignState): Record<string, unknown> {
  const json: Record<string, unknown> = {
    height: state.height.toString(),
    round: state.round,
    step: state.step,
  }
  if (state.signature.length > 0) {
    json['signature'] = Buffer.from(state.signature).toString('base64')
    json['signbytes'] = toHex(state.signBytes)
  }
  return json
}

/** Writes a `priv_validator_state.json`: a new home's, or a copy for CometBFT's tools. A node at work keeps its state in slots. */
export function writeSignState(file: string, state: SignState): void {
  writeFileAtomic(file, `${JSON.stringify(signStateJson(state), undefined, 2)}\n`)
}

/** Reads the state; undefined when there is no such file. Throws KeyFileError when it is damaged. */
export function readSignState(file: string): SignState | undefined {
  return fs.existsSync(file) ? parseSignState(readJson(file), file) : undefined
}

/** The state of its parsed JSON form. Throws KeyFileError that names `file`. */
export function parseSignState(json: unknown, file: string): SignState {
  const height = field(json, 'height', file)
  const round = field(json, 'round', file)
  const step = field(json, 'step', file)
  const signature = field(json, 'signature', file) ?? ''
  const signBytes = field(json, 'signbytes', file) ?? ''
  const good =
    typeof height === 'string' &&
    /^\d{1,19}$/.test(height) &&
    Number.isInteger(round) &&
    (step === 0 || step === 1 || step === 2 || step === 3) &&
    typeof signature === 'string' &&
    typeof signBytes === 'string' &&
    /^([0-9A-Fa-f]{2})*$/.test(signBytes)
  if (!good) {
    throw new KeyFileError(
      `${file} is damaged. Do not delete it: a validator without its sign state can sign twice and be slashed. ` +
        'Restore it from a copy, or reset it with the explicit option once this key surely signs nowhere else.',
    )
  }
  return {
    height: BigInt(height),
    round: round as number,
    step,
    signature: new Uint8Array(Buffer.from(signature, 'base64')),
    signBytes: new Uint8Array(Buffer.from(signBytes, 'hex')),
  }
}
