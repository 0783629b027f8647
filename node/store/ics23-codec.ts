import { ByteReader, ByteWriter } from './bytes.ts'

/** `cosmos.ics23.v1.HashOp`. */
export const HashOp = {
  NO_HASH: 0,
  SHA256: 1,
  SHA512: 2,
  KECCAK256: 3,
  RIPEMD160: 4,
  BITCOIN: 5,
  SHA512_256: 6,
  BLAKE2B_512: 7,
  BLAKE2S_256: 8,
  BLAKE3: 9,
} as const

/** `cosmos.ics23.v1.LengthOp`. */
export const LengthOp = {
  NO_PREFIX: 0,
  VAR_PROTO: 1,
  VAR_RLP: 2,
  FIXED32_BIG: 3,
  FIXED32_LITTLE: 4,
  FIXED64_BIG: 5,
  FIXED64_LITTLE: 6,
  REQUIRE_32_BYTES: 7,
  REQUIRE_64_BYTES: 8,
} as const

/** `cosmos.ics23.v1.LeafOp`: hash(prefix | length(prehash(key)) | length(prehash(value))). */
export interface LeafOp {
  readonly hash: number
  readonly prehashKey: number
  readonly prehashValue: number
  readonly length: number
  readonly prefix: Uint8Array
}

/** `cosmos.ics23.v1.InnerOp`: hash(prefix | child | suffix). */
export interface InnerOp {
  readonly hash: number
  readonly prefix: Uint8Array
  readonly suffix: Uint8Array
}

/** `cosmos.ics23.v1.ExistenceProof`; the path leads from the leaf to the root. */
export interface ExistenceProof {
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly leaf?: LeafOp
  readonly path: readonly InnerOp[]
}

/** `cosmos.ics23.v1.NonExistenceProof`: the neighbours of an absent key. */
export interface NonExistenceProof {
  readonly key: Uint8Array
  readonly left?: ExistenceProof
  readonly right?: ExistenceProof
}

/** `cosmos.ics23.v1.CommitmentProof` of one key. Batch and compressed proofs are not used by this chain. */
export interface CommitmentProof {
  readonly exist?: ExistenceProof
  readonly nonexist?: NonExistenceProof
}

/** The bytes are not a canonical CommitmentProof of one key. */
export class ProofFormatError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ProofFormatError'
  }
}

const VARINT = 0
const BYTES = 2

function number(writer: ByteWriter, field: number, value: number): void {
  if (value !== 0) writer.uvarint(field * 8 + VARINT).uvarint(value)
}

function bytes(writer: ByteWriter, field: number, value: Uint8Array): void {
  if (value.length > 0) writer.uvarint(field * 8 + BYTES).bytes(value)
}

/** An embedded message is written even when it is empty: its presence means something. */
function message(writer: ByteWriter, field: number, value: Uint8Array | undefined): void {
  if (value !== undefined) writer.uvarint(field * 8 + BYTES).bytes(value)
}

function encodeLeafOp(op: LeafOp): Uint8Array {
  const writer = new ByteWriter()
  number(writer, 1, op.hash)
  number(writer, 2, op.prehashKey)
  number(writer, 3, op.prehashValue)
  number(writer, 4, op.length)
  bytes(writer, 5, op.prefix)
  return writer.finish()
}

function encodeInnerOp(op: InnerOp): Uint8Array {
  const writer = new ByteWriter()
  number(writer, 1, op.hash)
  bytes(writer, 2, op.prefix)
  bytes(writer, 3, op.suffix)
  return writer.finish()
}

function encodeExistence(proof: ExistenceProof): Uint8Array {
  const writer = new ByteWriter()
  bytes(writer, 1, proof.key)
  bytes(writer, 2, proof.value)
  message(writer, 3, proof.leaf && encodeLeafOp(proof.leaf))
  for (const op of proof.path) message(writer, 4, encodeInnerOp(op))
  return writer.finish()
}

/** Protobuf bytes of a proof, as the SDK writes them. */
export function encodeCommitmentProof(proof: CommitmentProof): Uint8Array {
  const writer = new ByteWriter()
  message(writer, 1, proof.exist && encodeExistence(proof.exist))
  if (proof.nonexist !== undefined) {
    const inner = new ByteWriter()
    bytes(inner, 1, proof.nonexist.key)
    message(inner, 2, proof.nonexist.left && encodeExistence(proof.nonexist.left))
    message(inner, 3, proof.nonexist.right && encodeExistence(proof.nonexist.right))
    message(writer, 2, inner.finish())
  }
  return writer.finish()
}

/** The fields of one message: numbers and byte strings by field number, in order. */
function fields(source: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const reader = new ByteReader(source)
  const found = new Map<number, (number | Uint8Array)[]>()
  try {
    while (!reader.done) {
      const tag = reader.uvarint()
      const kind = tag % 8
      if (kind !== VARINT && kind !== BYTES) throw new ProofFormatError(`wire type ${kind}`)
      const value = kind === VARINT ? reader.uvarint() : reader.bytes().slice()
      const list = found.get(Math.floor(tag / 8))
      if (list === undefined) found.set(Math.floor(tag / 8), [value])
      else list.push(value)
    }
  } catch (error) {
    if (error instanceof RangeError) throw new ProofFormatError(error.message)
    throw error
  }
  return found
}

class Message {
  private readonly found: Map<number, (number | Uint8Array)[]>

  constructor(source: Uint8Array, known: number) {
    this.found = fields(source)
    for (const field of this.found.keys()) {
      if (field < 1 || field > known) throw new ProofFormatError(`unknown field ${field}`)
    }
  }

  number(field: number): number {
    const value = this.one(field) ?? 0
    if (typeof value !== 'number') throw new ProofFormatError(`field ${field} is not a number`)
    return value
  }

  bytes(field: number): Uint8Array {
    return this.message(field) ?? new Uint8Array(0)
  }

  message(field: number): Uint8Array | undefined {
    const value = this.one(field)
    if (typeof value === 'number') throw new ProofFormatError(`field ${field} is not bytes`)
    return value
  }

  messages(field: number): Uint8Array[] {
    return (this.found.get(field) ?? []).map((value) => {
      if (typeof value === 'number') throw new ProofFormatError(`field ${field} is not bytes`)
      return value
    })
  }

  private one(field: number): number | Uint8Array | undefined {
    const values = this.found.get(field) ?? []
    if (values.length > 1) throw new ProofFormatError(`field ${field} is given twice`)
    return values[0]
  }
}

function decodeLeafOp(source: Uint8Array): LeafOp {
  const found = new Message(source, 5)
  return {
    hash: found.number(1),
    prehashKey: found.number(2),
    prehashValue: found.number(3),
    length: found.number(4),
    prefix: found.bytes(5),
  }
}

function decodeInnerOp(source: Uint8Array): InnerOp {
  const found = new Message(source, 3)
  return { hash: found.number(1), prefix: found.bytes(2), suffix: found.bytes(3) }
}

function decodeExistence(source: Uint8Array): ExistenceProof {
  const found = new Message(source, 4)
  const leaf = found.message(3)
  return {
    key: found.bytes(1),
    value: found.bytes(2),
    ...(leaf === undefined ? {} : { leaf: decodeLeafOp(leaf) }),
    path: found.messages(4).map(decodeInnerOp),
  }
}

/** Reads a proof of one key; throws ProofFormatError on anything else, batch proofs included. */
export function decodeCommitmentProof(source: Uint8Array): CommitmentProof {
  const found = new Message(source, 2)
  const exist = found.message(1)
  const nonexist = found.message(2)
  if ((exist === undefined) === (nonexist === undefined)) {
    throw new ProofFormatError('expected one existence or one non-existence proof')
  }
  if (exist !== undefined) return { exist: decodeExistence(exist) }
  const inner = new Message(nonexist as Uint8Array, 3)
  const left = inner.message(2)
  const right = inner.message(3)
  return {
    nonexist: {
      key: inner.bytes(1),
      ...(left === undefined ? {} : { left: decodeExistence(left) }),
      ...(right === undefined ? {} : { right: decodeExistence(right) }),
    },
  }
}
