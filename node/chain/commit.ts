import { equalBytes, toHex } from './bytes.ts'
import { ADDRESS_SIZE, encodeBlockId, encodeCommitSig, isNilBlockId } from './codec.ts'
import { ChainError } from './errors.ts'
import { merkleRoot } from './hash.ts'
import { remembered } from './remembered.ts'
import { voteOfCommit, voteSignBytes } from './sign-bytes.ts'
import { compareTime, GO_ZERO_TIME } from './time.ts'
import type { BlockId, Commit, CommitSig, Validator, ValidatorSet } from './types.ts'
import type { SignatureVerifier } from './verify.ts'

/** True when both ids name the same block and part set. */
export function equalBlockIds(a: BlockId, b: BlockId): boolean {
  return (
    equalBytes(a.hash, b.hash) &&
    a.parts.total === b.parts.total &&
    equalBytes(a.parts.hash, b.parts.hash)
  )
}

/** A string that is equal exactly for equal block ids; the empty string is not used, nil has a key of its own. */
export function blockIdKey(id: BlockId): string {
  return keyOf(id)
}

// Every rule of consensus compares ids by key, for every vote.
const keyOf = remembered((id: BlockId) => toHex(encodeBlockId(id)))

/** `last_commit_hash`: Merkle root over the encoded signatures in validator order. */
export function commitHash(commit: Commit): Uint8Array {
  return merkleRoot(commit.signatures.map(encodeCommitSig))
}

/** More than two thirds: the power above which a vote count is a quorum (integer form of `3 x power > 2 x total`). */
export function isTwoThirds(power: bigint, total: bigint): boolean {
  return power * 3n > total * 2n
}

/** More than one third: at least one honest validator is among them. */
export function isOneThird(power: bigint, total: bigint): boolean {
  return power * 3n > total
}

function fail(reason: string): never {
  throw new ChainError('invalid_commit', reason)
}

function checkSig(sig: CommitSig, index: number): void {
  if (sig.flag === 1) {
    const empty = sig.validatorAddress.length === 0 && sig.signature.length === 0
    if (!empty || compareTime(sig.timestamp, GO_ZERO_TIME) !== 0) {
      fail(`signature ${index} is marked absent but holds something`)
    }
    return
  }
  if (sig.validatorAddress.length !== ADDRESS_SIZE) fail(`signature ${index} has no address`)
  if (sig.signature.length === 0 || sig.signature.length > 64) fail(`signature ${index} is missing`)
}

/** Checks a commit by itself (CometBFT `Commit.ValidateBasic`); throws `invalid_commit`. */
export function validateCommit(commit: Commit): void {
  if (commit.height < 0n || commit.round < 0) fail('negative height or round')
  if (commit.height === 0n) return
  if (isNilBlockId(commit.blockId)) fail('a commit cannot be for nil')
  if (commit.signatures.length === 0) fail('no signatures')
  commit.signatures.forEach(checkSig)
}

function checkAgainst(set: ValidatorSet, blockId: BlockId, height: bigint, commit: Commit): void {
  validateCommit(commit)
  if (commit.signatures.length !== set.validators.length) {
    fail(`${commit.signatures.length} signatures for ${set.validators.length} validators`)
  }
  if (commit.height !== height) fail(`commit of height ${commit.height}, expected ${height}`)
  if (!equalBlockIds(commit.blockId, blockId)) fail('commit is for another block')
}

function checkSignature(
  chainId: string,
  validator: Validator,
  commit: Commit,
  index: number,
  verify: SignatureVerifier,
): void {
  const vote = voteOfCommit(commit, index)
  if (vote === undefined) throw new ChainError('invalid_commit', `signature ${index} is absent`)
  if (!verify(validator.pubKey, voteSignBytes(chainId, vote), vote.signature)) {
    throw new ChainError(
      'bad_signature',
      `signature ${index} of validator ${toHex(validator.address)} is wrong`,
    )
  }
}

function needPower(power: bigint, good: boolean, total: bigint): void {
  if (!good) {
    throw new ChainError('not_enough_power', `only ${power} of ${total} power signed the block`)
  }
}

/**
 * Full check, used when a block is accepted: every present signature is verified, nil ones too (their times enter the
 * next block's time), each must sit at its validator's index under its address, and more than 2/3 must be for the
 * block. Returns the validators that signed for the block. Throws `invalid_commit`, `bad_signature`, `not_enough_power`.
 */
export function verifyCommit(
  chainId: string,
  set: ValidatorSet,
  blockId: BlockId,
  height: bigint,
  commit: Commit,
  verify: SignatureVerifier,
): readonly Validator[] {
  checkAgainst(set, blockId, height, commit)
  const signers: Validator[] = []
  let power = 0n
  commit.signatures.forEach((sig, index) => {
    const validator = set.validators[index]
    if (sig.flag === 1 || validator === undefined) return
    if (!equalBytes(sig.validatorAddress, validator.address))
      fail(`signature ${index}: wrong address`)
    checkSignature(chainId, validator, commit, index, verify)
    if (sig.flag !== 2) return
    signers.push(validator)
    power += validator.power
  })
  needPower(power, isTwoThirds(power, set.totalPower), set.totalPower)
  return signers
}

/** Light check: looks only at signatures for the block and stops at more than 2/3. Throws as `verifyCommit`. */
export function verifyCommitLight(
  chainId: string,
  set: ValidatorSet,
  blockId: BlockId,
  height: bigint,
  commit: Commit,
  verify: SignatureVerifier,
): void {
  checkAgainst(set, blockId, height, commit)
  let power = 0n
  for (const [index, validator] of set.validators.entries()) {
    if (commit.signatures[index]?.flag !== 2) continue
    checkSignature(chainId, validator, commit, index, verify)
    power += validator.power
    if (isTwoThirds(power, set.totalPower)) return
  }
  needPower(power, false, set.totalPower)
}

/** A share of power such as 1/3. */
export interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

/**
 * Skipping check: more than `level` of an older, trusted set signed this commit, found by address because the commit
 * belongs to another set. Throws `not_enough_power` when it did not, `invalid_commit` on a signer counted twice.
 */
export function verifyCommitTrusting(
  chainId: string,
  trusted: ValidatorSet,
  commit: Commit,
  level: Fraction,
  verify: SignatureVerifier,
): void {
  validateCommit(commit)
  const byAddress = new Map(trusted.validators.map((v) => [toHex(v.address), v]))
  const needed = (trusted.totalPower * level.numerator) / level.denominator
  const seen = new Set<Validator>()
  let power = 0n
  for (const [index, sig] of commit.signatures.entries()) {
    const validator = byAddress.get(toHex(sig.validatorAddress))
    if (sig.flag !== 2 || validator === undefined) continue
    if (seen.has(validator)) fail(`validator ${toHex(validator.address)} signed twice`)
    seen.add(validator)
    checkSignature(chainId, validator, commit, index, verify)
    power += validator.power
    if (power > needed) return
  }
  needPower(power, false, trusted.totalPower)
}
