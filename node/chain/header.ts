import { EMPTY } from './bytes.ts'
import {
  ADDRESS_SIZE,
  encodeBlockId,
  encodeTime,
  HASH_SIZE,
  isNilBlockId,
  NIL_BLOCK_ID,
  readBlockId,
  readTime,
} from './codec.ts'
import { ChainError } from './errors.ts'
import { merkleRoot } from './hash.ts'
import { remembered } from './remembered.ts'
import { GO_ZERO_TIME } from './time.ts'
import type { BlockId, Header } from './types.ts'
import { decodeCanonical, readFields, Writer } from './wire.ts'

/** `version.block` of CometBFT 0.38; light clients refuse another. */
export const BLOCK_PROTOCOL = 11n
/** Longest chain id in bytes. */
export const MAX_CHAIN_ID_LENGTH = 50
/** Largest encoded header in bytes (CometBFT `MaxHeaderBytes`). */
export const MAX_HEADER_BYTES = 626

function encodeVersion(version: Header['version']): Uint8Array {
  return new Writer().varint(1, version.block).varint(2, version.app).finish()
}

/** `tendermint.types.Header`. */
export function encodeHeader(header: Header): Uint8Array {
  return new Writer()
    .message(1, encodeVersion(header.version))
    .string(2, header.chainId)
    .varint(3, header.height)
    .message(4, encodeTime(header.time))
    .message(5, encodeBlockId(header.lastBlockId))
    .bytes(6, header.lastCommitHash)
    .bytes(7, header.dataHash)
    .bytes(8, header.validatorsHash)
    .bytes(9, header.nextValidatorsHash)
    .bytes(10, header.consensusHash)
    .bytes(11, header.appHash)
    .bytes(12, header.lastResultsHash)
    .bytes(13, header.evidenceHash)
    .bytes(14, header.proposerAddress)
    .finish()
}

const HASH_FIELDS = [
  'lastCommitHash',
  'dataHash',
  'validatorsHash',
  'nextValidatorsHash',
  'consensusHash',
  'appHash',
  'lastResultsHash',
  'evidenceHash',
  'proposerAddress',
] as const

type HashField = (typeof HASH_FIELDS)[number]

/** Reads a Header as part of a larger message. */
export function readHeader(path: string, data: Uint8Array): Header {
  let version = { block: 0n, app: 0n }
  let chainId = ''
  let height = 0n
  let time = GO_ZERO_TIME
  let lastBlockId: BlockId = NIL_BLOCK_ID
  const hashes: Record<HashField, Uint8Array> = {
    lastCommitHash: EMPTY,
    dataHash: EMPTY,
    validatorsHash: EMPTY,
    nextValidatorsHash: EMPTY,
    consensusHash: EMPTY,
    appHash: EMPTY,
    lastResultsHash: EMPTY,
    evidenceHash: EMPTY,
    proposerAddress: EMPTY,
  }
  readFields(path, data, (field, value) => {
    const hash = HASH_FIELDS[field - 6]
    if (field === 1) version = readVersion(`${path}.version`, value.message())
    else if (field === 2) chainId = value.string(MAX_CHAIN_ID_LENGTH)
    else if (field === 3) height = value.int64()
    else if (field === 4) time = readTime(`${path}.time`, value.message())
    else if (field === 5) lastBlockId = readBlockId(`${path}.lastBlockId`, value.message())
    else if (hash !== undefined) hashes[hash] = value.bytes(HASH_SIZE)
    else return false
    return true
  })
  return { version, chainId, height, time, lastBlockId, ...hashes }
}

function readVersion(path: string, data: Uint8Array): Header['version'] {
  let block = 0n
  let app = 0n
  readFields(path, data, (field, value) => {
    if (field === 1) block = value.uint64()
    else if (field === 2) app = value.uint64()
    else return false
    return true
  })
  return { block, app }
}

/** Strict decoding of a Header; throws CodecError. */
export function decodeHeader(data: Uint8Array): Header {
  return decodeCanonical('Header', data, MAX_HEADER_BYTES, readHeader, encodeHeader)
}

function wrapped(bytes: Uint8Array): Uint8Array {
  return new Writer().bytes(1, bytes).finish()
}

/**
 * Header hash: Merkle root of the fourteen encoded fields in order; scalars sit in wrapper messages. A header without
 * `validatorsHash` has no hash in CometBFT; here it throws `invalid_header`, because nothing may be signed over it.
 */
export function headerHash(header: Header): Uint8Array {
  return hashOf(header)
}

const hashOf = remembered((header: Header): Uint8Array => {
  if (header.validatorsHash.length === 0) {
    throw new ChainError('invalid_header', 'a header without validators hash has no hash')
  }
  return merkleRoot([
    encodeVersion(header.version),
    new Writer().string(1, header.chainId).finish(),
    new Writer().varint(1, header.height).finish(),
    encodeTime(header.time),
    encodeBlockId(header.lastBlockId),
    ...HASH_FIELDS.map((field) => wrapped(header[field])),
  ])
})

function checkHash(name: string, hash: Uint8Array): void {
  if (hash.length !== 0 && hash.length !== HASH_SIZE) {
    throw new ChainError(
      'invalid_header',
      `${name} has ${hash.length} bytes, expected ${HASH_SIZE}`,
    )
  }
}

/** Throws `invalid_block` unless both hashes are empty or 32 bytes. */
export function checkBlockId(id: BlockId): void {
  for (const hash of [id.hash, id.parts.hash]) {
    if (hash.length !== 0 && hash.length !== HASH_SIZE) {
      throw new ChainError('invalid_block', `block id hash has ${hash.length} bytes`)
    }
  }
}

/** True when hash, part count and part hash are all there: what a proposal must name. */
export function isCompleteBlockId(id: BlockId): boolean {
  return id.hash.length === HASH_SIZE && id.parts.total > 0 && id.parts.hash.length === HASH_SIZE
}

/** Checks a header by itself (CometBFT `Header.ValidateBasic`); throws `invalid_header`. */
export function validateHeader(header: Header): void {
  const fail = (reason: string): never => {
    throw new ChainError('invalid_header', reason)
  }
  if (header.version.block !== BLOCK_PROTOCOL) fail(`block protocol ${header.version.block}`)
  if (header.chainId.length > MAX_CHAIN_ID_LENGTH) fail('chain id is longer than 50')
  if (header.height < 1n) fail(`height ${header.height}`)
  checkBlockId(header.lastBlockId)
  if (!isNilBlockId(header.lastBlockId) && !isCompleteBlockId(header.lastBlockId)) {
    fail('last block id is neither empty nor complete')
  }
  for (const field of HASH_FIELDS) {
    if (field !== 'proposerAddress' && field !== 'appHash') checkHash(field, header[field])
  }
  if (header.proposerAddress.length !== ADDRESS_SIZE) fail('proposer address is not 20 bytes')
}
