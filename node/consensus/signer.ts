import { sign } from 'node:crypto'
import { proposalSignBytes, voteSignBytes } from '../chain/sign-bytes.ts'
import type { Proposal, Time, Vote } from '../chain/types.ts'
import { type FailPoint, noFailPoint } from './fail-points.ts'
import { type ConsensusKey, KeyFileError } from './key-file.ts'
import { voteContent } from './sign-bytes.ts'
import { createSlots, openSignState, SignSlots, slotsFileOf } from './sign-slots.ts'
import {
  checkSign,
  EMPTY_SIGN_STATE,
  SIGN_STEP,
  type SignState,
  type SignStep,
} from './sign-state.ts'

/** Signs for one validator and never signs two different messages for one height, round and step. */
export interface Signer {
  readonly address: Uint8Array
  readonly pubKey: Uint8Array
  /** Height of the last signature; 0 before the first. */
  readonly lastHeight: bigint
  /** The vote this key signed last, unless that was a proposal or nothing. */
  lastVote(): Omit<Vote, 'validatorIndex'> | undefined
  /** The vote with signature, and with the stored timestamp where it was signed before. Throws SignRefused. */
  signVote(vote: Omit<Vote, 'signature'>): Vote
  /** The proposal with signature, likewise. Throws SignRefused. */
  signProposal(proposal: Omit<Proposal, 'signature'>): Proposal
  /** Ends it; it signs no more. */
  close(): void
}

/** What a file signer needs. */
export interface FileSignerOptions {
  readonly key: ConsensusKey
  readonly chainId: string
  /** `priv_validator_state.json`: read once if it is there; the state lives in the slots file beside it. */
  readonly stateFile: string
  /** Height of the chain in this home. */
  readonly chainHeight: bigint
  /**
   * Accepts a missing sign state on a chain above height 0. Only for an operator who knows that this key signed nothing
   * at the present height, here or elsewhere.
   */
  readonly allowMissingState?: boolean
  readonly failPoint?: FailPoint
}

/**
 * Opens the guard. Throws KeyFileError when the sign state is missing although the chain in this home is above height 0:
 * the key may have signed there, and signing again without its memory is how validators get slashed.
 */
export function openFileSigner(options: FileSignerOptions): Signer {
  const found = openSignState(options.stateFile)
  if (found !== undefined) return new FileSigner(options, found.slots, found.state)
  const file = slotsFileOf(options.stateFile)
  if (options.chainHeight > 0n && options.allowMissingState !== true) {
    throw new KeyFileError(
      `${file} is missing but the chain here is at height ${options.chainHeight}. ` +
        'Restore the file, or allow an empty sign state explicitly once this key surely signs nowhere else.',
    )
  }
  createSlots(file, EMPTY_SIGN_STATE)
  const { slots, state } = SignSlots.open(file)
  return new FileSigner(options, slots, state)
}

class FileSigner implements Signer {
  readonly #options: FileSignerOptions
  readonly #failPoint: FailPoint
  readonly #slots: SignSlots
  #last: SignState

  constructor(options: FileSignerOptions, slots: SignSlots, last: SignState) {
    this.#options = options
    this.#slots = slots
    this.#failPoint = options.failPoint ?? noFailPoint
    this.#last = last
  }

  get address(): Uint8Array {
    return this.#options.key.address
  }

  get pubKey(): Uint8Array {
    return this.#options.key.pubKey
  }

  get lastHeight(): bigint {
    return this.#last.height
  }

  lastVote(): Omit<Vote, 'validatorIndex'> | undefined {
    const { height, round, step, signature, signBytes } = this.#last
    if (step !== SIGN_STEP.prevote && step !== SIGN_STEP.precommit) return undefined
    if (signature.length === 0) return undefined
    const { blockId, timestamp } = voteContent(signBytes)
    const type = step === SIGN_STEP.prevote ? 1 : 2
    return { type, height, round, blockId, timestamp, validatorAddress: this.address, signature }
  }

  signVote(vote: Omit<Vote, 'signature'>): Vote {
    const step = vote.type === 1 ? SIGN_STEP.prevote : SIGN_STEP.precommit
    const bytes = voteSignBytes(this.#options.chainId, vote)
    const { signature, timestamp } = this.#sign(vote.height, vote.round, step, bytes)
    return { ...vote, timestamp: timestamp ?? vote.timestamp, signature }
  }

  signProposal(proposal: Omit<Proposal, 'signature'>): Proposal {
    const bytes = proposalSignBytes(this.#options.chainId, proposal)
    const { signature, timestamp } = this.#sign(
      proposal.height,
      proposal.round,
      SIGN_STEP.proposal,
      bytes,
    )
    return { ...proposal, timestamp: timestamp ?? proposal.timestamp, signature }
  }

  close(): void {
    this.#slots.close()
  }

  #sign(
    height: bigint,
    round: number,
    step: SignStep,
    signBytes: Uint8Array,
  ): { signature: Uint8Array; timestamp: Time | undefined } {
    const stored = checkSign(this.#last, height, round, step, signBytes)
    if (stored !== undefined) return stored
    const signature = new Uint8Array(sign(null, signBytes, this.#options.key.privateKey))
    const next = { height, round, step, signature, signBytes }
    // Until the new state is durable the signature stays inside this function.
    this.#slots.write(next, (at) =>
      this.#failPoint(at === 'ready' ? 'K3' : at === 'written' ? 'K4' : 'K5'),
    )
    this.#last = next
    this.#failPoint('K6')
    return { signature, timestamp: undefined }
  }
}
