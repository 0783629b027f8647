import { ChainError } from './errors.ts'
import { sha256 } from './hash.ts'
import type { ConsensusParams } from './types.ts'
import { decodeCanonical, readFields, Writer } from './wire.ts'

/** Largest `block.max_bytes`: 100 MiB. */
export const MAX_BLOCK_BYTES = 104_857_600

/** CometBFT 0.38 defaults: 21 MiB blocks, no gas limit, evidence for 100,000 blocks and 48 hours. */
export const DEFAULT_PARAMS: ConsensusParams = {
  block: { maxBytes: 22_020_096n, maxGas: -1n },
  evidence: {
    maxAgeNumBlocks: 100_000n,
    maxAgeDuration: { seconds: 172_800n, nanos: 0 },
    maxBytes: 1_048_576n,
  },
  validator: { pubKeyTypes: ['ed25519'] },
  version: { app: 0n },
  abci: { voteExtensionsEnableHeight: 0n },
}

/** The header's consensus hash: sha256 of `HashedParams{max_bytes, max_gas}`. */
export function consensusHash(params: Pick<ConsensusParams, 'block'>): Uint8Array {
  const { maxBytes, maxGas } = params.block
  return sha256(new Writer().varint(1, maxBytes).varint(2, maxGas).finish())
}

/** `block.max_bytes` with -1 read as the largest block. */
export function maxBlockBytes(params: Pick<ConsensusParams, 'block'>): bigint {
  return params.block.maxBytes === -1n ? BigInt(MAX_BLOCK_BYTES) : params.block.maxBytes
}

/** Throws `invalid_params` naming the field outside CometBFT's limits; only Ed25519 validators are offered here. */
export function validateParams(params: ConsensusParams): void {
  const need = (good: boolean, reason: string): void => {
    if (!good) throw new ChainError('invalid_params', reason)
  }
  const { block, evidence, validator, abci } = params
  need(block.maxBytes === -1n || block.maxBytes > 0n, 'block.max_bytes must be -1 or positive')
  need(block.maxBytes <= BigInt(MAX_BLOCK_BYTES), 'block.max_bytes is above 104857600')
  need(block.maxGas >= -1n, 'block.max_gas must be -1 or more')
  need(evidence.maxAgeNumBlocks > 0n, 'evidence.max_age_num_blocks must be positive')
  const { seconds, nanos } = evidence.maxAgeDuration
  need(seconds >= 0n && nanos >= 0 && nanos < 1e9, 'evidence.max_age_duration is malformed')
  need(seconds > 0n || nanos > 0, 'evidence.max_age_duration must be positive')
  need(evidence.maxBytes >= 0n, 'evidence.max_bytes must not be negative')
  need(evidence.maxBytes <= maxBlockBytes(params), 'evidence.max_bytes is above block.max_bytes')
  need(validator.pubKeyTypes.length > 0, 'validator.pub_key_types is empty')
  for (const type of validator.pubKeyTypes)
    need(type === 'ed25519', `key type ${type} is not offered`)
  need(abci.voteExtensionsEnableHeight >= 0n, 'abci.vote_extensions_enable_height is negative')
}

/** `tendermint.types.ConsensusParams`. */
export function encodeConsensusParams(params: ConsensusParams): Uint8Array {
  const { block, evidence, validator, version, abci } = params
  const duration = new Writer()
    .varint(1, evidence.maxAgeDuration.seconds)
    .varint(2, evidence.maxAgeDuration.nanos)
  const keyTypes = new Writer()
  for (const type of validator.pubKeyTypes) keyTypes.string(1, type)
  return new Writer()
    .message(1, new Writer().varint(1, block.maxBytes).varint(2, block.maxGas).finish())
    .message(
      2,
      new Writer()
        .varint(1, evidence.maxAgeNumBlocks)
        .message(2, duration.finish())
        .varint(3, evidence.maxBytes)
        .finish(),
    )
    .message(3, keyTypes.finish())
    .message(4, new Writer().varint(1, version.app).finish())
    .message(5, new Writer().varint(1, abci.voteExtensionsEnableHeight).finish())
    .finish()
}

// Every sub-message of the parameters holds plain integers at small field numbers.
function readIntegers(path: string, data: Uint8Array, count: number): readonly bigint[] {
  const values = new Array<bigint>(count).fill(0n)
  readFields(path, data, (field, value) => {
    if (field > count) return false
    values[field - 1] = value.int64()
    return true
  })
  return values
}

function readEvidence(path: string, data: Uint8Array): ConsensusParams['evidence'] {
  let maxAgeNumBlocks = 0n
  let maxBytes = 0n
  let maxAgeDuration = { seconds: 0n, nanos: 0 }
  readFields(path, data, (field, value) => {
    if (field === 1) maxAgeNumBlocks = value.int64()
    else if (field === 2) {
      const [seconds = 0n, nanos = 0n] = readIntegers(`${path}.duration`, value.message(), 2)
      maxAgeDuration = { seconds, nanos: Number(nanos) }
    } else if (field === 3) maxBytes = value.int64()
    else return false
    return true
  })
  return { maxAgeNumBlocks, maxAgeDuration, maxBytes }
}

function readParams(path: string, data: Uint8Array): ConsensusParams {
  let block: readonly bigint[] = []
  let version: readonly bigint[] = []
  let abci: readonly bigint[] = []
  let evidence = DEFAULT_PARAMS.evidence
  const pubKeyTypes: string[] = []
  readFields(path, data, (field, value) => {
    if (field === 1) block = readIntegers(`${path}.block`, value.message(), 2)
    else if (field === 2) evidence = readEvidence(`${path}.evidence`, value.message())
    else if (field === 3) {
      readFields(`${path}.validator`, value.message(), (inner, type) => {
        if (inner !== 1) return false
        pubKeyTypes.push(type.string(32))
        return true
      })
    } else if (field === 4) version = readIntegers(`${path}.version`, value.message(), 1)
    else if (field === 5) abci = readIntegers(`${path}.abci`, value.message(), 1)
    else return false
    return true
  })
  return {
    block: { maxBytes: block[0] ?? 0n, maxGas: block[1] ?? 0n },
    evidence,
    validator: { pubKeyTypes },
    version: { app: BigInt.asUintN(64, version[0] ?? 0n) },
    abci: { voteExtensionsEnableHeight: abci[0] ?? 0n },
  }
}

/** Strict decoding; throws CodecError. Call `validateParams` for the limits. */
export function decodeConsensusParams(data: Uint8Array): ConsensusParams {
  return decodeCanonical('ConsensusParams', data, 4096, readParams, encodeConsensusParams)
}
