import { field, type RpcClient } from '../../cli/gateway/rpc-client.ts'
import { EMPTY, fromHex } from '../../node/chain/bytes.ts'
import { ABSENT_SIG, NIL_BLOCK_ID } from '../../node/chain/codec.ts'
import { parseTime } from '../../node/chain/time.ts'
import type { BlockId, Commit, CommitSig, Header, Validator } from '../../node/chain/types.ts'
import type { LightBlock, LightSource } from './light-client.ts'

const PAGE = 100

/** Light blocks of a node, by the methods `commit` and `validators` alone; each height is asked for once. */
export class RpcLightSource implements LightSource {
  readonly #rpc: RpcClient
  readonly #sets = new Map<bigint, Promise<readonly Validator[]>>()

  constructor(rpc: RpcClient) {
    this.#rpc = rpc
  }

  async block(height: bigint): Promise<LightBlock> {
    const answer = await this.#rpc.call('commit', { height: height.toString() })
    const signed = field(answer, 'signed_header')
    return {
      header: headerOf(field(signed, 'header')),
      commit: commitOf(field(signed, 'commit')),
      validators: await this.validators(height),
      nextValidators: await this.validators(height + 1n),
    }
  }

  /** The set of a height, all of its pages. */
  validators(height: bigint): Promise<readonly Validator[]> {
    const known = this.#sets.get(height)
    if (known !== undefined) return known
    const asked = this.#ask(height)
    this.#sets.set(height, asked)
    return asked
  }

  async #ask(height: bigint): Promise<readonly Validator[]> {
    const found: Validator[] = []
    for (let page = 1; ; page++) {
      const answer = await this.#rpc.call('validators', {
        height: height.toString(),
        page: page.toString(),
        per_page: PAGE.toString(),
      })
      found.push(...list(answer, 'validators').map(validatorOf))
      if (found.length >= Number(field(answer, 'total'))) return found
    }
  }
}

function text(value: unknown, name: string): string {
  const found = field(value, name)
  return found === undefined || found === null ? '' : String(found)
}

const hex = (value: unknown, name: string): Uint8Array => fromHex(text(value, name))
const base64 = (value: unknown, name: string): Uint8Array =>
  new Uint8Array(Buffer.from(text(value, name), 'base64'))

/** A member that is a list; none and null are empty. */
export function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name)
  return Array.isArray(found) ? found : []
}

/** CometBFT's JSON of a block id, under either name of its parts. */
function blockIdOf(json: unknown): BlockId {
  const parts = field(json, 'parts') ?? field(json, 'part_set_header')
  if (parts === undefined) return NIL_BLOCK_ID
  return {
    hash: hex(json, 'hash'),
    parts: { total: Number(field(parts, 'total')), hash: hex(parts, 'hash') },
  }
}

/** CometBFT's JSON of a header. */
export function headerOf(json: unknown): Header {
  const version = field(json, 'version')
  return {
    version: {
      block: BigInt(text(version, 'block')),
      app: BigInt(text(version, 'app') || '0'),
    },
    chainId: text(json, 'chain_id'),
    height: BigInt(text(json, 'height')),
    time: parseTime(text(json, 'time')),
    lastBlockId: blockIdOf(field(json, 'last_block_id')),
    lastCommitHash: hex(json, 'last_commit_hash'),
    dataHash: hex(json, 'data_hash'),
    validatorsHash: hex(json, 'validators_hash'),
    nextValidatorsHash: hex(json, 'next_validators_hash'),
    consensusHash: hex(json, 'consensus_hash'),
    appHash: hex(json, 'app_hash'),
    lastResultsHash: hex(json, 'last_results_hash'),
    evidenceHash: hex(json, 'evidence_hash'),
    proposerAddress: hex(json, 'proposer_address'),
  }
}

/** CometBFT's JSON of a commit. */
export function commitOf(json: unknown): Commit {
  return {
    height: BigInt(text(json, 'height')),
    round: Number(field(json, 'round')),
    blockId: blockIdOf(field(json, 'block_id')),
    signatures: list(json, 'signatures').map(signatureOf),
  }
}

function signatureOf(json: unknown): CommitSig {
  const flag = Number(field(json, 'block_id_flag'))
  if (flag === 1) return ABSENT_SIG
  if (flag !== 2 && flag !== 3) throw new Error(`a signature has the flag ${flag}`)
  return {
    flag,
    validatorAddress: hex(json, 'validator_address'),
    timestamp: parseTime(text(json, 'timestamp')),
    signature: base64(json, 'signature'),
  }
}

/** CometBFT's JSON of a validator. */
export function validatorOf(json: unknown): Validator {
  const key = field(json, 'pub_key')
  return {
    address: hex(json, 'address'),
    pubKey: key === undefined ? EMPTY : base64(key, 'value'),
    power: BigInt(text(json, 'voting_power') || '0'),
    priority: BigInt(text(json, 'proposer_priority') || '0'),
  }
}
