import { bech32 } from '@scure/base'
import type {
  Block as SdkBlock,
  Header as SdkHeader,
} from '../../../proto/gen/cosmos/base/tendermint/v1beta1/types.ts'
import type { Block as WireBlock } from '../../../proto/gen/tendermint/types/block.ts'
import type { Evidence as WireEvidence } from '../../../proto/gen/tendermint/types/evidence.ts'
import type {
  BlockID,
  Commit as WireCommit,
  Header as WireHeader,
  Vote as WireVote,
} from '../../../proto/gen/tendermint/types/types.ts'
import { GO_ZERO_TIME } from '../../chain/time.ts'
import type {
  Block,
  BlockId,
  Commit,
  DuplicateVoteEvidence,
  Header,
  Vote,
} from '../../chain/types.ts'

const CONSENSUS_PREFIX = 'stromvalcons'
const NONE = new Uint8Array()

/** A consensus address as bech32 text. */
export function consensusAddress(address: Uint8Array): string {
  return bech32.encode(CONSENSUS_PREFIX, bech32.toWords(address))
}

/** A block id with the schema's field names. */
export function wireBlockId(id: BlockId): BlockID {
  return { hash: id.hash, partSetHeader: { total: id.parts.total, hash: id.parts.hash } }
}

function wireHeader(header: Header): WireHeader {
  return { ...header, lastBlockId: wireBlockId(header.lastBlockId) }
}

function wireCommit(commit: Commit): WireCommit {
  return {
    height: commit.height,
    round: commit.round,
    blockId: wireBlockId(commit.blockId),
    signatures: commit.signatures.map((sig) => ({
      blockIdFlag: sig.flag,
      validatorAddress: sig.validatorAddress,
      timestamp: sig.flag === 1 ? GO_ZERO_TIME : sig.timestamp,
      signature: sig.signature,
    })),
  }
}

function wireVote(vote: Vote): WireVote {
  const { blockId, ...rest } = vote
  return { ...rest, blockId: wireBlockId(blockId), extension: NONE, extensionSignature: NONE }
}

function wireEvidence(evidence: DuplicateVoteEvidence): WireEvidence {
  return {
    duplicateVoteEvidence: {
      voteA: wireVote(evidence.voteA),
      voteB: wireVote(evidence.voteB),
      totalVotingPower: evidence.totalVotingPower,
      validatorPower: evidence.validatorPower,
      timestamp: evidence.timestamp,
    },
    lightClientAttackEvidence: undefined,
  }
}

/** A block as `tendermint.types.Block`. */
export function wireBlock(block: Block): WireBlock {
  return {
    header: wireHeader(block.header),
    data: { txs: [...block.txs] },
    evidence: { evidence: block.evidence.map(wireEvidence) },
    lastCommit: wireCommit(block.lastCommit),
  }
}

/** The SDK's variant of a block: the same but for the proposer's address, which is bech32. */
export function sdkBlock(block: WireBlock): SdkBlock {
  const header: SdkHeader = {
    ...block.header,
    proposerAddress: consensusAddress(block.header.proposerAddress),
  }
  return { ...block, header }
}
