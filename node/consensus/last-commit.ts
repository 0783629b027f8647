import { equalBytes } from '../chain/bytes.ts'
import { isNilBlockId } from '../chain/codec.ts'
import { equalBlockIds } from '../chain/commit.ts'
import { voteSignBytes } from '../chain/sign-bytes.ts'
import type { Commit, CommitSig, ValidatorSet, Vote } from '../chain/types.ts'
import type { SignatureVerifier } from '../chain/verify.ts'
import type { BlockStore } from './block-store.ts'
import type { ChainState } from './state.ts'
import { StorageError } from './storage.ts'

/** The precommits of the height below the present one: the commit that decided it, completed by late ones. */
export class LastCommit {
  readonly #chainId: string
  readonly #validators: ValidatorSet
  readonly #verify: SignatureVerifier
  readonly #signatures: CommitSig[]
  readonly #base: Commit

  constructor(
    chainId: string,
    validators: ValidatorSet,
    commit: Commit,
    verify: SignatureVerifier,
  ) {
    this.#chainId = chainId
    this.#validators = validators
    this.#verify = verify
    this.#base = commit
    this.#signatures = [...commit.signatures]
  }

  get height(): bigint {
    return this.#base.height
  }

  /** True when every validator's precommit is in. */
  get complete(): boolean {
    return this.#signatures.every((signature) => signature.flag !== 1)
  }

  /** The commit as the next proposal carries it. */
  commit(): Commit {
    return { ...this.#base, signatures: [...this.#signatures] }
  }

  /** Adds a late precommit; false when it adds nothing. A wrong signature is refused too. */
  add(vote: Vote): boolean {
    const { height, round, blockId } = this.#base
    const index = vote.validatorIndex
    if (vote.type !== 2 || vote.height !== height || vote.round !== round) return false
    if (this.#signatures[index]?.flag !== 1) return false
    const validator = this.#validators.validators[index]
    if (validator === undefined || !equalBytes(validator.address, vote.validatorAddress))
      return false
    const nil = isNilBlockId(vote.blockId)
    if (!nil && !equalBlockIds(vote.blockId, blockId)) return false
    if (!this.#verify(validator.pubKey, voteSignBytes(this.#chainId, vote), vote.signature))
      return false
    this.#signatures[index] = {
      flag: nil ? 3 : 2,
      validatorAddress: vote.validatorAddress,
      timestamp: vote.timestamp,
      signature: vote.signature,
    }
    return true
  }
}

/** The commit of the last stored height. Throws StorageError when it is not there. */
export function storedLastCommit(
  chain: ChainState,
  blocks: BlockStore,
  verify: SignatureVerifier,
): LastCommit {
  const { chainId, lastHeight, lastValidators } = chain
  const commit = blocks.seenCommit(lastHeight)
  if (commit === undefined || lastValidators === undefined)
    throw new StorageError(`the commit of height ${lastHeight} is missing`)
  return new LastCommit(chainId, lastValidators, commit, verify)
}
