import { equalBytes } from './bytes.ts'
import { type Fraction, verifyCommitLight, verifyCommitTrusting } from './commit.ts'
import { ChainError } from './errors.ts'
import { headerHash, validateHeader } from './header.ts'
import { addNanos, compareTime } from './time.ts'
import type { Commit, Header, Time, ValidatorSet } from './types.ts'
import { validatorsHash } from './validators.ts'
import type { SignatureVerifier } from './verify.ts'

/** A header with the commit that finalised it. */
export interface SignedHeader {
  readonly header: Header
  readonly commit: Commit
}

/** A signed header with the validators of its height. */
export interface LightBlock extends SignedHeader {
  readonly validators: ValidatorSet
}

/** What a light client already believes. */
export interface Trusted {
  readonly header: Header
  /** Validators of the height after `header`. */
  readonly nextValidators: ValidatorSet
}

/** Durations in nanoseconds; the default trust level is 1/3, the default drift 10 s. */
export interface LightOptions {
  readonly trustingPeriod: bigint
  readonly clockDrift: bigint
  readonly trustLevel: Fraction
  readonly now: Time
}

/** CometBFT's defaults besides the trusting period, which must be shorter than unbonding. */
export const LIGHT_DEFAULTS = {
  clockDrift: 10_000_000_000n,
  trustLevel: { numerator: 1n, denominator: 3n },
} as const

function need(good: boolean, reason: string): void {
  if (!good) throw new ChainError('invalid_header', reason)
}

function checkUntrusted(trusted: Header, block: LightBlock, options: LightOptions): void {
  const { header, commit, validators } = block
  validateHeader(header)
  need(header.chainId === trusted.chainId, `chain ${header.chainId}, expected ${trusted.chainId}`)
  need(commit.height === header.height, 'commit and header have different heights')
  need(equalBytes(commit.blockId.hash, headerHash(header)), 'commit signs another header')
  need(header.height > trusted.height, `height ${header.height} is not above ${trusted.height}`)
  need(compareTime(header.time, trusted.time) > 0, 'time does not rise')
  const latest = addNanos(options.now, options.clockDrift)
  need(compareTime(header.time, latest) < 0, 'time is in the future')
  need(
    equalBytes(header.validatorsHash, validatorsHash(validators)),
    'not the validators of the header',
  )
}

/**
 * One step of a light client (CometBFT `light.Verify`): the next height by its validators hash, a later height by more
 * than the trust level of the trusted set, both by more than 2/3 of its own set. Returns `not_enough_trust` when a
 * bisection could still reach the block, throws `ChainError` when the block is wrong or the trusted header too old.
 */
export function verifyLight(
  trusted: Trusted,
  block: LightBlock,
  options: LightOptions,
  verify: SignatureVerifier,
): 'ok' | 'not_enough_trust' {
  const expires = addNanos(trusted.header.time, options.trustingPeriod)
  need(compareTime(expires, options.now) > 0, 'the trusted header has expired')
  checkUntrusted(trusted.header, block, options)
  const { header, commit, validators } = block
  if (header.height === trusted.header.height + 1n) {
    const expected = trusted.header.nextValidatorsHash
    need(equalBytes(header.validatorsHash, expected), 'not the validators the trusted header named')
  } else {
    try {
      const { trustLevel } = options
      verifyCommitTrusting(header.chainId, trusted.nextValidators, commit, trustLevel, verify)
    } catch (error) {
      if (error instanceof ChainError && error.code === 'not_enough_power')
        return 'not_enough_trust'
      throw error
    }
  }
  verifyCommitLight(header.chainId, validators, commit.blockId, header.height, commit, verify)
  return 'ok'
}
