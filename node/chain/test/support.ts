import { readFileSync } from 'node:fs'
import { EMPTY, fromHex } from '../bytes.ts'
import { ABSENT_SIG, NIL_BLOCK_ID } from '../codec.ts'
import { parseTime } from '../time.ts'
import type { Block, BlockId, Commit, CommitSig, Header, Validator } from '../types.ts'

/** Parsed contents of a vector file of this room. */
export function vectors<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../testdata/${path}`, import.meta.url), 'utf8')) as T
}

export interface BlockIdJson {
  hash: string
  parts?: { total: number; hash: string }
  part_set_header?: { total: number; hash: string }
}

export interface HeaderJson {
  version: { block: string | number; app?: string | number }
  chain_id: string
  height: string | number
  time: string
  last_block_id: BlockIdJson | null
  last_commit_hash: string
  data_hash: string
  validators_hash: string
  next_validators_hash: string
  consensus_hash: string
  app_hash: string
  last_results_hash: string
  evidence_hash: string
  proposer_address: string
}

export interface CommitJson {
  height: string
  round: number
  block_id: BlockIdJson
  signatures:
    | {
        block_id_flag: number
        validator_address: string
        timestamp: string
        signature: string | null
      }[]
    | null
}

export interface BlockJson {
  header: HeaderJson
  data: { txs: string[] }
  last_commit: CommitJson
}

export interface ValidatorJson {
  address: string
  pub_key?: { value: string }
  voting_power?: string
  power?: string
  proposer_priority?: string
}

const hex = (text: string | null | undefined): Uint8Array => (text ? fromHex(text) : EMPTY)

export function fromBase64(text: string | null | undefined): Uint8Array {
  return text ? new Uint8Array(Buffer.from(text, 'base64')) : EMPTY
}

export function blockIdOf(json: BlockIdJson | null): BlockId {
  const parts = json?.parts ?? json?.part_set_header
  if (json === null || parts === undefined) return NIL_BLOCK_ID
  return { hash: hex(json.hash), parts: { total: parts.total, hash: hex(parts.hash) } }
}

export function headerOf(json: HeaderJson): Header {
  return {
    version: { block: BigInt(json.version.block), app: BigInt(json.version.app ?? 0) },
    chainId: json.chain_id,
    height: BigInt(json.height),
    time: parseTime(json.time),
    lastBlockId: blockIdOf(json.last_block_id),
    lastCommitHash: hex(json.last_commit_hash),
    dataHash: hex(json.data_hash),
    validatorsHash: hex(json.validators_hash),
    nextValidatorsHash: hex(json.next_validators_hash),
    consensusHash: hex(json.consensus_hash),
    appHash: hex(json.app_hash),
    lastResultsHash: hex(json.last_results_hash),
    evidenceHash: hex(json.evidence_hash),
    proposerAddress: hex(json.proposer_address),
  }
}

export function commitOf(json: CommitJson): Commit {
  return {
    height: BigInt(json.height),
    round: json.round,
    blockId: blockIdOf(json.block_id),
    signatures: (json.signatures ?? []).map(
      (sig): CommitSig =>
        // The model's files write 1970 beside absent votes; their reader ignores it.
        sig.block_id_flag === 1
          ? ABSENT_SIG
          : {
              flag: sig.block_id_flag as CommitSig['flag'],
              validatorAddress: hex(sig.validator_address),
              timestamp: parseTime(sig.timestamp),
              signature: fromBase64(sig.signature),
            },
    ),
  }
}

export function blockOf(json: BlockJson): Block {
  return {
    header: headerOf(json.header),
    txs: json.data.txs.map(fromBase64),
    evidence: [],
    lastCommit: commitOf(json.last_commit),
  }
}

export function validatorOf(json: ValidatorJson): Validator {
  return {
    address: hex(json.address),
    pubKey: fromBase64(json.pub_key?.value),
    power: BigInt(json.voting_power ?? json.power ?? 0),
    priority: BigInt(json.proposer_priority ?? 0),
  }
}
