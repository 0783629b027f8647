import { CodecError } from '../../proto/codec.ts'
import { equalBytes } from '../chain/bytes.ts'
import { PART_SIZE } from '../chain/codec.ts'
import { ChainError } from '../chain/errors.ts'
import { validateProposal, validateVote } from '../chain/messages.ts'
import { maxBlockBytes } from '../chain/params.ts'
import { proposalSignBytes, voteSignBytes } from '../chain/sign-bytes.ts'
import type { ConsensusParams, Part, Proposal, Vote } from '../chain/types.ts'
import type { SignatureVerifier } from '../chain/verify.ts'
import { BytesError } from './bytes.ts'
import { proposerFor } from './core/state.ts'
import { proposalOf, wantsVote } from './core-view.ts'
import type { Runner } from './runner.ts'

/** A peer sent something no honest node sends; the message is for the transport's score. */
export class PeerFault extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'PeerFault'
  }
}

/** Runs a decoder or check on peer data: what it throws about the data becomes a PeerFault, anything else stays fatal. */
export function ofPeer<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    const known =
      error instanceof ChainError || error instanceof CodecError || error instanceof BytesError
    throw known ? new PeerFault(error.message) : error
  }
}

/** Verifies messages of the present height and passes them to the runner. Throws PeerFault. */
export class Inbound {
  readonly #runner: Runner
  readonly #chainId: string
  readonly #verify: SignatureVerifier

  constructor(runner: Runner, chainId: string, verify: SignatureVerifier) {
    this.#runner = runner
    this.#chainId = chainId
    this.#verify = verify
  }

  vote(vote: Vote): void {
    const { core } = this.#runner
    ofPeer(() => validateVote(vote))
    const validator = core.validators.validators[vote.validatorIndex]
    if (validator === undefined || !equalBytes(validator.address, vote.validatorAddress)) {
      throw new PeerFault('vote of somebody who is no validator at this height')
    }
    if (!wantsVote(core, vote)) return
    if (!this.#verify(validator.pubKey, voteSignBytes(this.#chainId, vote), vote.signature)) {
      throw new PeerFault('vote with a wrong signature')
    }
    this.#runner.input({ type: 'vote', vote })
  }

  proposal(proposal: Proposal, params: ConsensusParams): void {
    const { core, candidates } = this.#runner
    ofPeer(() => validateProposal(proposal))
    // A round the core does not look at yet: the sender offers the proposal again every second.
    const proposer = proposerFor(core, proposal.round)
    if (proposer === undefined || proposalOf(core, proposal.round) !== undefined) return
    const bytes = proposalSignBytes(this.#chainId, proposal)
    if (!this.#verify(proposer.pubKey, bytes, proposal.signature)) {
      throw new PeerFault('proposal that its proposer did not sign')
    }
    const size = BigInt(proposal.blockId.parts.total - 1) * BigInt(PART_SIZE)
    if (size > maxBlockBytes(params)) throw new PeerFault('proposal of too large a block')
    ofPeer(() => candidates.expect(proposal.blockId))
    this.#runner.input({ type: 'proposal', proposal })
  }

  /** Parts of blocks nobody asked for are ignored: the proposal may have been refused, or come a moment later. */
  part(part: Part): void {
    const candidate = ofPeer(() => this.#runner.candidates.addPart(part))
    if (typeof candidate !== 'string') this.#runner.check(candidate)
  }
}
