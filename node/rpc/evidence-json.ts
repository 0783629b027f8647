import type { JsonValue } from '../../proto/codec.ts'
import { parseTime } from '../chain/time.ts'
import type {
  BlockId,
  BlockIdFlag,
  Commit,
  CommitSig,
  DuplicateVoteEvidence,
  Vote,
} from '../chain/types.ts'

/** Evidence as CometBFT's JSON has it: two votes, or the commit of the block that a light client was shown. */
export type GivenEvidence =
  | { readonly kind: 'duplicate_vote'; readonly evidence: DuplicateVoteEvidence }
  | { readonly kind: 'light_client_attack'; readonly commit: Commit }

type Fields = { readonly [name: string]: JsonValue }

/** Reads `{"type":"tendermint/…","value":{…}}`. Throws RangeError naming what is missing. */
export function readEvidence(json: JsonValue): GivenEvidence {
  const { type, value } = fields('evidence', json)
  const body = fields('evidence.value', value)
  if (type === 'tendermint/DuplicateVoteEvidence') {
    const evidence = {
      voteA: readVote('vote_a', body.vote_a),
      voteB: readVote('vote_b', body.vote_b),
      totalVotingPower: int('TotalVotingPower', body.TotalVotingPower),
      validatorPower: int('ValidatorPower', body.ValidatorPower),
      timestamp: time('Timestamp', body.Timestamp),
    }
    return { kind: 'duplicate_vote', evidence }
  }
  if (type === 'tendermint/LightClientAttackEvidence') {
    const block = fields('ConflictingBlock', body.ConflictingBlock)
    const signed = fields('signed_header', block.signed_header)
    return { kind: 'light_client_attack', commit: readCommit(signed.commit) }
  }
  throw new RangeError(`"${String(type)}" is no kind of evidence`)
}

function readVote(path: string, json: JsonValue | undefined): Vote {
  const vote = fields(path, json)
  const type = int(`${path}.type`, vote.type)
  if (type !== 1n && type !== 2n) throw new RangeError(`${path}.type is no kind of vote`)
  return {
    type: type === 1n ? 1 : 2,
    height: int(`${path}.height`, vote.height),
    round: small(`${path}.round`, vote.round),
    blockId: readBlockId(`${path}.block_id`, vote.block_id),
    timestamp: time(`${path}.timestamp`, vote.timestamp),
    validatorAddress: hexBytes(`${path}.validator_address`, vote.validator_address),
    validatorIndex: small(`${path}.validator_index`, vote.validator_index),
    signature: base64(`${path}.signature`, vote.signature),
  }
}

function readCommit(json: JsonValue | undefined): Commit {
  const commit = fields('commit', json)
  const { signatures } = commit
  if (!Array.isArray(signatures)) throw new RangeError('commit.signatures is missing')
  return {
    height: int('commit.height', commit.height),
    round: small('commit.round', commit.round),
    blockId: readBlockId('commit.block_id', commit.block_id),
    signatures: signatures.map((one, i) => readCommitSig(`commit.signatures.${i}`, one)),
  }
}

function readCommitSig(path: string, json: JsonValue): CommitSig {
  const sig = fields(path, json)
  const flag = small(`${path}.block_id_flag`, sig.block_id_flag)
  if (flag < 1 || flag > 3) throw new RangeError(`${path}.block_id_flag is out of range`)
  return {
    flag: flag as BlockIdFlag,
    validatorAddress: hexBytes(`${path}.validator_address`, sig.validator_address),
    timestamp: time(`${path}.timestamp`, sig.timestamp),
    signature:
      sig.signature === null ? new Uint8Array() : base64(`${path}.signature`, sig.signature),
  }
}

function readBlockId(path: string, json: JsonValue | undefined): BlockId {
  const id = fields(path, json)
  const parts = fields(`${path}.parts`, id.parts)
  return {
    hash: hexBytes(`${path}.hash`, id.hash),
    parts: {
      total: small(`${path}.parts.total`, parts.total),
      hash: hexBytes(`${path}.parts.hash`, parts.hash),
    },
  }
}

function fields(path: string, json: JsonValue | undefined): Fields {
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    throw new RangeError(`${path} is missing`)
  return json as Fields
}

function int(path: string, json: JsonValue | undefined): bigint {
  const text = typeof json === 'number' ? String(json) : json
  if (typeof text !== 'string' || !/^-?\d{1,19}$/.test(text))
    throw new RangeError(`${path} is no integer`)
  return BigInt(text)
}

function small(path: string, json: JsonValue | undefined): number {
  const value = int(path, json)
  if (value < -(2n ** 31n) || value >= 2n ** 31n) throw new RangeError(`${path} is out of range`)
  return Number(value)
}

function time(path: string, json: JsonValue | undefined): ReturnType<typeof parseTime> {
  if (typeof json !== 'string') throw new RangeError(`${path} is no time`)
  try {
    return parseTime(json)
  } catch {
    throw new RangeError(`${path}: "${json}" is no time`)
  }
}

function hexBytes(path: string, json: JsonValue | undefined): Uint8Array {
  if (typeof json !== 'string' || json.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(json))
    throw new RangeError(`${path} is no hex`)
  return new Uint8Array(Buffer.from(json, 'hex'))
}

function base64(path: string, json: JsonValue | undefined): Uint8Array {
  if (typeof json !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(json))
    throw new RangeError(`${path} is no base64`)
  return new Uint8Array(Buffer.from(json, 'base64'))
}
