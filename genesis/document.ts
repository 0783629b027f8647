import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DEFAULT_PARAMS, validateParams } from '../node/chain/params.ts'
import { formatTime, parseTime } from '../node/chain/time.ts'
import type { ConsensusParams, Time } from '../node/chain/types.ts'
import type { JsonValue } from '../proto/codec.ts'

/** A genesis document that cannot start a chain; the message names file, field and what to do. */
export class GenesisError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'GenesisError'
  }
}

/** A validator of the document: Ed25519 key, 32 bytes. */
export interface GenesisValidator {
  readonly pubKey: Uint8Array
  readonly power: bigint
  readonly name: string
}

/**
 * A calendar that runs `speed` times as fast as the real one, for networks that replay recordings: `epoch` is its first
 * instant. Shared by every process of the network; never present on a chain with real money.
 */
export interface DevClock {
  readonly epoch: Time
  readonly speed: number
}

/** CometBFT's genesis document, plus `dev_clock` on development networks. */
export interface GenesisDocument {
  readonly genesisTime: Time
  readonly chainId: string
  readonly initialHeight: bigint
  readonly consensusParams: ConsensusParams
  readonly validators: readonly GenesisValidator[]
  readonly appHash: Uint8Array
  readonly appState: { readonly [module: string]: JsonValue }
  readonly devClock: DevClock | undefined
}

type Json = { [key: string]: JsonValue }

const MAX_CHAIN_ID = 50

/** Reads a genesis file. Throws GenesisError naming the file and what is wrong with it. */
export function readGenesis(path: string): {
  readonly document: GenesisDocument
  readonly json: Json
  readonly sha256: string
} {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new GenesisError(
      `${path}: cannot be read (${(error as Error).message}); make one with \`strom init\``,
    )
  }
  let json: JsonValue
  try {
    json = JSON.parse(text) as JsonValue
  } catch (error) {
    throw new GenesisError(
      `${path}: is not JSON (${(error as Error).message}); copy the network's genesis file again`,
    )
  }
  try {
    return { document: parseGenesis(json), json: json as Json, sha256: hash('sha256', text) }
  } catch (error) {
    if (error instanceof GenesisError) throw new GenesisError(`${path}: ${error.message}`)
    throw error
  }
}

/** Checks and reads a document. Throws GenesisError naming the field. */
export function parseGenesis(json: JsonValue): GenesisDocument {
  const doc = object(json, 'the document')
  const chainId = text(doc, 'chain_id')
  if (chainId.length === 0 || chainId.length > MAX_CHAIN_ID)
    throw new GenesisError(`chain_id must have 1 to ${MAX_CHAIN_ID} characters`)
  const initialHeight = integer(doc.initial_height ?? '1', 'initial_height')
  if (initialHeight < 1n) throw new GenesisError('initial_height must be at least 1')
  const hex = typeof doc.app_hash === 'string' ? doc.app_hash : ''
  return {
    genesisTime: time(doc.genesis_time, 'genesis_time'),
    chainId,
    initialHeight,
    consensusParams: params(doc.consensus_params),
    validators: array(doc.validators ?? [], 'validators').map(validator),
    appHash: Buffer.from(hex, 'hex'),
    appState: object(doc.app_state ?? null, 'app_state') as { [module: string]: JsonValue },
    devClock: devClock(doc.dev_clock),
  }
}

/** The document as JSON, in CometBFT's field names and order. */
export function genesisJson(doc: GenesisDocument): Json {
  const { consensusParams: p } = doc
  const duration =
    p.evidence.maxAgeDuration.seconds * 1_000_000_000n + BigInt(p.evidence.maxAgeDuration.nanos)
  return {
    genesis_time: formatTime(doc.genesisTime),
    chain_id: doc.chainId,
    initial_height: doc.initialHeight.toString(),
    consensus_params: {
      block: { max_bytes: p.block.maxBytes.toString(), max_gas: p.block.maxGas.toString() },
      evidence: {
        max_age_num_blocks: p.evidence.maxAgeNumBlocks.toString(),
        max_age_duration: duration.toString(),
        max_bytes: p.evidence.maxBytes.toString(),
      },
      validator: { pub_key_types: [...p.validator.pubKeyTypes] },
      version: { app: p.version.app.toString() },
      abci: { vote_extensions_enable_height: p.abci.voteExtensionsEnableHeight.toString() },
    },
    validators: doc.validators.map((one) => ({
      address: hash('sha256', one.pubKey, 'buffer').subarray(0, 20).toString('hex').toUpperCase(),
      pub_key: {
        type: 'tendermint/PubKeyEd25519',
        value: Buffer.from(one.pubKey).toString('base64'),
      },
      power: one.power.toString(),
      name: one.name,
    })),
    app_hash: Buffer.from(doc.appHash).toString('hex').toUpperCase(),
    app_state: { ...doc.appState },
    ...(doc.devClock === undefined
      ? {}
      : { dev_clock: { epoch: formatTime(doc.devClock.epoch), speed: doc.devClock.speed } }),
  }
}

function params(json: JsonValue | undefined): ConsensusParams {
  if (json === undefined || json === null) return DEFAULT_PARAMS
  const doc = object(json, 'consensus_params')
  const block = object(doc.block ?? null, 'consensus_params.block')
  const evidence = object(doc.evidence ?? null, 'consensus_params.evidence')
  const keys = object(doc.validator ?? null, 'consensus_params.validator')
  const nanos = integer(evidence.max_age_duration, 'consensus_params.evidence.max_age_duration')
  const read: ConsensusParams = {
    block: {
      maxBytes: integer(block.max_bytes, 'consensus_params.block.max_bytes'),
      maxGas: integer(block.max_gas, 'consensus_params.block.max_gas'),
    },
    evidence: {
      maxAgeNumBlocks: integer(
        evidence.max_age_num_blocks,
        'consensus_params.evidence.max_age_num_blocks',
      ),
      maxAgeDuration: { seconds: nanos / 1_000_000_000n, nanos: Number(nanos % 1_000_000_000n) },
      maxBytes: integer(evidence.max_bytes, 'consensus_params.evidence.max_bytes'),
    },
    validator: {
      pubKeyTypes: array(
        keys.pub_key_types ?? null,
        'consensus_params.validator.pub_key_types',
      ).map(String),
    },
    version: { app: integer(optional(doc.version, 'app'), 'consensus_params.version.app') },
    abci: {
      voteExtensionsEnableHeight: integer(
        optional(doc.abci, 'vote_extensions_enable_height'),
        'consensus_params.abci.vote_extensions_enable_height',
      ),
    },
  }
  try {
    validateParams(read)
  } catch (error) {
    throw new GenesisError(`consensus_params: ${(error as Error).message}`)
  }
  return read
}

function validator(json: JsonValue, index: number): GenesisValidator {
  const at = `validators[${index}]`
  const doc = object(json, at)
  const key = object(doc.pub_key ?? null, `${at}.pub_key`)
  if (key.type !== 'tendermint/PubKeyEd25519')
    throw new GenesisError(`${at}.pub_key.type must be tendermint/PubKeyEd25519`)
  const pubKey = Buffer.from(text(key, 'value'), 'base64')
  if (pubKey.length !== 32)
    throw new GenesisError(`${at}.pub_key.value is ${pubKey.length} bytes, an Ed25519 key has 32`)
  const power = integer(doc.power, `${at}.power`)
  if (power <= 0n) throw new GenesisError(`${at}.power must be positive`)
  return { pubKey, power, name: typeof doc.name === 'string' ? doc.name : '' }
}

function devClock(json: JsonValue | undefined): DevClock | undefined {
  if (json === undefined || json === null) return undefined
  const doc = object(json, 'dev_clock')
  if (typeof doc.speed !== 'number' || !(doc.speed >= 1 && doc.speed <= 1_000_000)) {
    throw new GenesisError('dev_clock.speed must be a number from 1 to 1000000')
  }
  return { epoch: time(doc.epoch, 'dev_clock.epoch'), speed: doc.speed }
}

function object(json: JsonValue, at: string): Json {
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    throw new GenesisError(`${at} must be an object`)
  return json
}

function array(json: JsonValue, at: string): readonly JsonValue[] {
  if (!Array.isArray(json)) throw new GenesisError(`${at} must be a list`)
  return json
}

function text(doc: Json, field: string): string {
  const value = doc[field]
  if (typeof value !== 'string') throw new GenesisError(`${field} must be text`)
  return value
}

function optional(json: JsonValue | undefined, field: string): JsonValue {
  if (json === undefined || json === null || typeof json !== 'object' || Array.isArray(json))
    return '0'
  return json[field] ?? '0'
}

function integer(json: JsonValue | undefined, at: string): bigint {
  if (typeof json === 'number' && Number.isSafeInteger(json)) return BigInt(json)
  if (typeof json !== 'string' || !/^-?\d{1,19}$/.test(json))
    throw new GenesisError(`${at} must be an integer as text`)
  return BigInt(json)
}

function time(json: JsonValue | undefined, at: string): Time {
  try {
    return parseTime(String(json))
  } catch {
    throw new GenesisError(`${at} must be an RFC 3339 time such as 2026-01-31T12:00:00Z`)
  }
}
