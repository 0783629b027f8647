import { createHash } from 'node:crypto'
import type { InnerOp, LeafOp } from '../../proto/gen/cosmos/ics23/v1/proofs.ts'
import { HashOp, LengthOp } from '../../proto/gen/cosmos/ics23/v1/proofs.ts'
import { concat, uvarint } from './bytes.ts'

/** A proof that does not hold; the message says which rule it breaks. */
export class ProofError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ProofError'
  }
}

const ALGORITHMS: Readonly<Record<number, string>> = {
  [HashOp.SHA256]: 'sha256',
  [HashOp.SHA512]: 'sha512',
  [HashOp.RIPEMD160]: 'ripemd160',
  [HashOp.SHA512_256]: 'sha512-256',
  [HashOp.BLAKE2B_512]: 'blake2b512',
  [HashOp.BLAKE2S_256]: 'blake2s256',
}

/** Applies a hash operation; throws ProofError for one without an implementation (Keccak, BLAKE3) and for none. */
export function doHash(op: number, preimage: Uint8Array): Uint8Array {
  if (op === HashOp.BITCOIN) return doHash(HashOp.RIPEMD160, doHash(HashOp.SHA256, preimage))
  const algorithm = ALGORITHMS[op]
  if (algorithm === undefined) throw new ProofError(`unsupported hash operation ${op}`)
  return new Uint8Array(createHash(algorithm).update(preimage).digest())
}

/** Applies a hash operation, or nothing for NO_HASH. */
export function doHashOrNoop(op: number, preimage: Uint8Array): Uint8Array {
  return op === HashOp.NO_HASH ? preimage : doHash(op, preimage)
}

function doLength(op: number, data: Uint8Array): Uint8Array {
  const fixed = new DataView(new ArrayBuffer(8))
  switch (op) {
    case LengthOp.NO_PREFIX:
      return data
    case LengthOp.VAR_PROTO:
      return concat(uvarint(data.length), data)
    case LengthOp.REQUIRE_32_BYTES:
    case LengthOp.REQUIRE_64_BYTES:
      if (data.length !== (op === LengthOp.REQUIRE_32_BYTES ? 32 : 64)) {
        throw new ProofError(`data of ${data.length} bytes has the wrong length`)
      }
      return data
    case LengthOp.FIXED32_BIG:
    case LengthOp.FIXED32_LITTLE:
      fixed.setUint32(0, data.length, op === LengthOp.FIXED32_LITTLE)
      return concat(new Uint8Array(fixed.buffer, 0, 4), data)
    case LengthOp.FIXED64_BIG:
    case LengthOp.FIXED64_LITTLE:
      fixed.setBigUint64(0, BigInt(data.length), op === LengthOp.FIXED64_LITTLE)
      return concat(new Uint8Array(fixed.buffer), data)
    default:
      throw new ProofError(`unsupported length operation ${op}`)
  }
}

/** The leaf's hash; key and value must not be empty. */
export function applyLeaf(op: LeafOp, key: Uint8Array, value: Uint8Array): Uint8Array {
  if (key.length === 0) throw new ProofError('leaf without a key')
  if (value.length === 0) throw new ProofError('leaf without a value')
  const left = doLength(op.length, doHashOrNoop(op.prehashKey, key))
  const right = doLength(op.length, doHashOrNoop(op.prehashValue, value))
  return doHash(op.hash, concat(op.prefix, left, right))
}

/** The parent's hash; the child must not be empty. */
export function applyInner(op: InnerOp, child: Uint8Array): Uint8Array {
  if (child.length === 0) throw new ProofError('inner step without a child')
  return doHash(op.hash, concat(op.prefix, child, op.suffix))
}
