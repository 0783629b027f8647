import { readFileSync } from 'node:fs'
import type { JsonValue } from '../../../../proto/codec.ts'
import type { AbciEvent, ExecTxResult } from '../../../abci/application.ts'
import { GO_ZERO_TIME, parseTime } from '../../../chain/time.ts'
import type {
  Block,
  BlockId,
  Commit,
  ConsensusParams,
  DuplicateVoteEvidence,
  Header,
  Time,
  Vote,
} from '../../../chain/types.ts'

/** JSON of a recorded answer; tests reach into it by name and fail when a name is missing. */
export interface Recorded {
  readonly [name: string]: Recorded
}

const FOLDER = new URL('../../testdata/comet-v0.38-rpc/incoming/', import.meta.url)

/** The whole recorded answer. */
export function recording(name: string): { [name: string]: JsonValue } {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as {
    [name: string]: JsonValue
  }
}

/** Its `result` member. */
export function result(name: string): Recorded {
  return recording(name).result as unknown as Recorded
}

/** A list of the recording, empty for null. */
export const list = (json: Recorded | undefined): Recorded[] =>
  (json ?? []) as unknown as Recorded[]
/** A text of the recording. */
export const text = (json: Recorded | undefined): string => json as unknown as string
/** A number of the recording. */
export const number = (json: Recorded | undefined): number => json as unknown as number
/** A 64-bit number, written as text. */
export const int = (json: Recorded | undefined): bigint => BigInt(text(json))
/** Bytes written as hex. */
export const fromHex = (json: Recorded | undefined): Uint8Array => Buffer.from(text(json), 'hex')
/** Bytes written as base64, none for null. */
export const fromB64 = (json: Recorded | undefined): Uint8Array =>
  Buffer.from((json as unknown as string | null) ?? '', 'base64')

const time = (json: Recorded | undefined): Time => {
  const written = text(json)
  return written === '0001-01-01T00:00:00Z' ? GO_ZERO_TIME : parseTime(written)
}

/** Reads a block id. */
export function blockIdOf(json: Recorded | undefined): BlockId {
  return {
    hash: fromHex(json?.hash),
    parts: { total: number(json?.parts?.total), hash: fromHex(json?.parts?.hash) },
  }
}

/** Reads a header. */
export function headerOf(json: Recorded | undefined): Header {
  const { version } = json as Recorded
  return {
    version: {
      block: int(version?.block),
      app: version?.app === undefined ? 0n : int(version.app),
    },
    chainId: text(json?.chain_id),
    height: int(json?.height),
    time: time(json?.time),
    lastBlockId: blockIdOf(json?.last_block_id),
    lastCommitHash: fromHex(json?.last_commit_hash),
    dataHash: fromHex(json?.data_hash),
    validatorsHash: fromHex(json?.validators_hash),
    nextValidatorsHash: fromHex(json?.next_validators_hash),
    consensusHash: fromHex(json?.consensus_hash),
    appHash: fromHex(json?.app_hash),
    lastResultsHash: fromHex(json?.last_results_hash),
    evidenceHash: fromHex(json?.evidence_hash),
    proposerAddress: fromHex(json?.proposer_address),
  }
}

/** Reads a commit. */
export function commitOf(json: Recorded | undefined): Commit {
  return {
    height: int(json?.height),
    round: number(json?.round),
    blockId: blockIdOf(json?.block_id),
    signatures: list(json?.signatures).map((sig) => ({
      flag: number(sig.block_id_flag) as 1 | 2 | 3,
      validatorAddress: fromHex(sig.validator_address),
      timestamp: time(sig.timestamp),
      signature: fromB64(sig.signature),
    })),
  }
}

function voteOf(json: Recorded | undefined): Vote {
  return {
    type: number(json?.type) as 1 | 2,
    height: int(json?.height),
    round: number(json?.round),
    blockId: blockIdOf(json?.block_id),
    timestamp: time(json?.timestamp),
    validatorAddress: fromHex(json?.validator_address),
    validatorIndex: number(json?.validator_index),
    signature: fromB64(json?.signature),
  }
}

function evidenceOf({ value }: Recorded): DuplicateVoteEvidence {
  return {
    voteA: voteOf(value?.vote_a),
    voteB: voteOf(value?.vote_b),
    totalVotingPower: int(value?.TotalVotingPower ?? value?.total_voting_power),
    validatorPower: int(value?.ValidatorPower ?? value?.validator_power),
    timestamp: time(value?.Timestamp ?? value?.timestamp),
  }
}

/** Reads a block. */
export function blockOf(json: Recorded | undefined): Block {
  return {
    header: headerOf(json?.header),
    txs: list(json?.data?.txs).map(fromB64),
    evidence: list(json?.evidence?.evidence).map(evidenceOf),
    lastCommit: commitOf(json?.last_commit),
  }
}

/** Reads events. */
export function eventsOf(json: Recorded | undefined): AbciEvent[] {
  return list(json).map((event) => ({
    type: text(event.type),
    attributes: list(event.attributes).map((attribute) => ({
      key: text(attribute.key),
      value: text(attribute.value),
      index: (attribute.index as unknown as boolean | undefined) ?? false,
    })),
  }))
}

/** Reads a transaction result; members left out are zero. */
export function txResultOf(json: Recorded | undefined): ExecTxResult {
  const or = <T>(value: unknown, zero: T): T => (value === undefined ? zero : (value as T))
  return {
    code: or(json?.code, 0),
    data: fromB64(json?.data),
    log: or(json?.log, ''),
    info: or(json?.info, ''),
    gasWanted: BigInt(or(json?.gas_wanted, '0')),
    gasUsed: BigInt(or(json?.gas_used, '0')),
    events: eventsOf(json?.events),
    codespace: or(json?.codespace, ''),
  }
}

/** Reads consensus parameters. */
export function paramsOf(json: Recorded | undefined): ConsensusParams {
  const nanos = int(json?.evidence?.max_age_duration)
  return {
    block: { maxBytes: int(json?.block?.max_bytes), maxGas: int(json?.block?.max_gas) },
    evidence: {
      maxAgeNumBlocks: int(json?.evidence?.max_age_num_blocks),
      maxAgeDuration: {
        seconds: nanos / 1_000_000_000n,
        nanos: Number(nanos % 1_000_000_000n),
      },
      maxBytes: int(json?.evidence?.max_bytes),
    },
    validator: { pubKeyTypes: list(json?.validator?.pub_key_types).map(text) },
    version: { app: int(json?.version?.app) },
    abci: { voteExtensionsEnableHeight: int(json?.abci?.vote_extensions_enable_height) },
  }
}
