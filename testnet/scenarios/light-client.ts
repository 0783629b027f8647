import { equalBytes, toHex } from '../../node/chain/bytes.ts'
import { headerHash } from '../../node/chain/header.ts'
import { voteSignBytes } from '../../node/chain/sign-bytes.ts'
import { addNanos, compareTime } from '../../node/chain/time.ts'
import type { Commit, Header, Time, Validator } from '../../node/chain/types.ts'
import { addressOf, validatorsHash } from '../../node/chain/validators.ts'
import { verifyZip215 } from '../../node/chain/verify.ts'

/** All a light client fetches of one height; validators in the order of their set. */
export interface LightBlock {
  readonly header: Header
  readonly commit: Commit
  readonly validators: readonly Validator[]
  /** Those of the height after. */
  readonly nextValidators: readonly Validator[]
}

/** Where light blocks come from; nothing it says is believed. */
export interface LightSource {
  block(height: bigint): Promise<LightBlock>
}

/** Durations in nanoseconds. `trustLevel` is the share of trusted power that has to have signed to skip heights. */
export interface LightRules {
  readonly trustingPeriod: bigint
  readonly clockDrift: bigint
  readonly trustLevel: { readonly numerator: bigint; readonly denominator: bigint }
  readonly now: () => Time
}

/** Why a light block was refused, in the order of the checks. */
export type Refusal =
  | 'expired'
  | 'malformed'
  | 'wrong_chain'
  | 'not_later'
  | 'from_the_future'
  | 'wrong_commit'
  | 'wrong_validators'
  | 'wrong_next_validators'
  | 'bad_signature'
  | 'too_little_power'

/** A light block that is not to be believed, whoever gave it. */
export class LightError extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal, message: string) {
    super(message)
    this.name = 'LightError'
    this.refusal = refusal
  }
}

const BLOCK_PROTOCOL = 11n
const FOR_BLOCK = 2
const ABSENT = 1

function need(good: boolean, refusal: Refusal, message: string): void {
  if (!good) throw new LightError(refusal, message)
}

/** What a light block must be by itself: header, commit and both sets belong together. */
export function checkLightBlock({ header, commit, validators, nextValidators }: LightBlock): void {
  need(header.version.block === BLOCK_PROTOCOL, 'malformed', `protocol ${header.version.block}`)
  need(header.height > 0n && commit.height === header.height, 'wrong_commit', 'another height')
  need(
    equalBytes(commit.blockId.hash, headerHash(header)),
    'wrong_commit',
    'it is of another header',
  )
  need(validators.length > 0, 'wrong_validators', 'there are none')
  checkSet(validators, header.validatorsHash, 'wrong_validators')
  checkSet(nextValidators, header.nextValidatorsHash, 'wrong_next_validators')
  need(
    commit.signatures.length === validators.length,
    'wrong_commit',
    `${commit.signatures.length} signatures for ${validators.length} validators`,
  )
  for (const [i, { flag, validatorAddress }] of commit.signatures.entries()) {
    const address = validators[i]?.address ?? new Uint8Array(0)
    const own = flag === ABSENT || equalBytes(validatorAddress, address)
    need(own, 'wrong_commit', `signature ${i} is not of ${toHex(address)}`)
  }
}

function checkSet(set: readonly Validator[], hash: Uint8Array, refusal: Refusal): void {
  for (const { address, pubKey, power } of set) {
    need(power > 0n, refusal, `${toHex(address)} has power ${power}`)
    need(equalBytes(address, addressOf(pubKey)), refusal, `${toHex(address)} has another key`)
  }
  need(new Set(set.map(({ address }) => toHex(address))).size === set.length, refusal, 'a twin')
  need(equalBytes(validatorsHash({ validators: set }), hash), refusal, 'the header names others')
}

const powerOf = (set: readonly Validator[]): bigint =>
  set.reduce((sum, { power }) => sum + power, 0n)

/** Power of those in `set` whose valid signature for the block the commit carries. Throws `bad_signature`. */
function signedPower(chainId: string, set: readonly Validator[], commit: Commit): bigint {
  const byAddress = new Map(set.map((validator) => [toHex(validator.address), validator]))
  let power = 0n
  for (const { flag, validatorAddress, timestamp, signature } of commit.signatures) {
    const validator = byAddress.get(toHex(validatorAddress))
    if (flag !== FOR_BLOCK || validator === undefined) continue
    const { height, round, blockId } = commit
    const bytes = voteSignBytes(chainId, { type: 2, height, round, blockId, timestamp })
    const good = verifyZip215(validator.pubKey, bytes, signature)
    need(good, 'bad_signature', `of ${toHex(validatorAddress)} at height ${height}`)
    power += validator.power
  }
  return power
}

/**
 * One step of the light client's specification: from a trusted block to a later one, the next height by the hash of its
 * validators, any other by the share of trusted power that signed it; both by more than 2/3 of its own set. Returns
 * `not_enough_trust` where heights between may still lead there; throws LightError for what never can be believed.
 */
export function verifyStep(
  trusted: LightBlock,
  block: LightBlock,
  rules: LightRules,
): 'ok' | 'not_enough_trust' {
  const now = rules.now()
  const { header, commit, validators } = block
  const from = trusted.header
  const expires = addNanos(from.time, rules.trustingPeriod)
  need(compareTime(expires, now) > 0, 'expired', `what was trusted at ${from.height} is too old`)
  need(header.chainId === from.chainId, 'wrong_chain', header.chainId)
  checkLightBlock(block)
  const later = header.height > from.height && compareTime(header.time, from.time) > 0
  need(later, 'not_later', `height ${header.height} after ${from.height}`)
  const latest = addNanos(now, rules.clockDrift)
  need(compareTime(header.time, latest) < 0, 'from_the_future', `height ${header.height}`)
  if (header.height === from.height + 1n) {
    const named = equalBytes(header.validatorsHash, from.nextValidatorsHash)
    need(named, 'wrong_validators', `height ${from.height} named others`)
  } else {
    const { numerator, denominator } = rules.trustLevel
    const power = signedPower(header.chainId, trusted.nextValidators, commit)
    const total = powerOf(trusted.nextValidators)
    if (power * denominator <= total * numerator) return 'not_enough_trust'
  }
  const power = signedPower(header.chainId, validators, commit)
  const total = powerOf(validators)
  need(power * 3n > total * 2n, 'too_little_power', `${power} of ${total} at ${header.height}`)
  return 'ok'
}

/** What following cost. */
export interface Followed {
  readonly trusted: LightBlock
  /** Steps verified. */
  readonly steps: number
  /** Blocks fetched. */
  readonly fetched: number
  /** Heights that could not be reached at once. */
  readonly split: number
}

/** Every height from the trusted block to `to`, one after the other. Throws LightError. */
export async function followEach(
  source: LightSource,
  from: LightBlock,
  to: bigint,
  rules: LightRules,
): Promise<Followed> {
  let trusted = from
  for (let height = from.header.height + 1n; height <= to; height++) {
    const block = await source.block(height)
    verifyStep(trusted, block, rules)
    trusted = block
  }
  const steps = Number(to - from.header.height)
  return { trusted, steps, fetched: steps, split: 0 }
}

/** From the trusted block to `to` at once, and by halves where trust does not reach. Throws LightError. */
export async function followBySkipping(
  source: LightSource,
  from: LightBlock,
  to: bigint,
  rules: LightRules,
): Promise<Followed> {
  let trusted = from
  let fetched = 0
  let steps = 0
  let split = 0
  const waiting: LightBlock[] = []
  const fetch = async (height: bigint): Promise<void> => {
    waiting.push(await source.block(height))
    fetched += 1
  }
  if (trusted.header.height < to) await fetch(to)
  for (let block = waiting.at(-1); block !== undefined; block = waiting.at(-1)) {
    if (verifyStep(trusted, block, rules) === 'ok') {
      trusted = block
      steps += 1
      waiting.pop()
    } else {
      split += 1
      await fetch((trusted.header.height + block.header.height) / 2n)
    }
  }
  return { trusted, steps, fetched, split }
}
