import type { ExistenceProof, InnerOp, LeafOp } from '../../proto/gen/cosmos/ics23/v1/proofs.ts'
import { HashOp, LengthOp } from '../../proto/gen/cosmos/ics23/v1/proofs.ts'
import { ProofError } from './ics23-ops.ts'

/** `cosmos.ics23.v1.InnerSpec`; `childOrder` holds the positions of the children in the hashed bytes. */
export interface InnerSpec {
  readonly childOrder: readonly number[]
  readonly childSize: number
  readonly minPrefixLength: number
  readonly maxPrefixLength: number
  readonly emptyChild: Uint8Array
  readonly hash: number
}

/** `cosmos.ics23.v1.ProofSpec`; depth 0 means the default: no minimum, at most 128. */
export interface ProofSpec {
  readonly leafSpec: LeafOp
  readonly innerSpec: InnerSpec
  readonly maxDepth: number
  readonly minDepth: number
  readonly prehashKeyBeforeComparison: boolean
}

const DEFAULT_MAX_DEPTH = 128
const NOTHING = new Uint8Array(0)

const sha256Leaf: LeafOp = {
  hash: HashOp.SHA256,
  prehashKey: HashOp.NO_HASH,
  prehashValue: HashOp.SHA256,
  length: LengthOp.VAR_PROTO,
  prefix: Uint8Array.of(0),
}

/** Proofs in a store: one length byte before each child hash, prefixes of three varints. */
export const iavlSpec: ProofSpec = {
  leafSpec: sha256Leaf,
  innerSpec: {
    childOrder: [0, 1],
    childSize: 33,
    minPrefixLength: 4,
    maxPrefixLength: 12,
    emptyChild: NOTHING,
    hash: HashOp.SHA256,
  },
  maxDepth: 0,
  minDepth: 0,
  prehashKeyBeforeComparison: false,
}

/** Proofs of a store's root in the multistore: RFC 6962. */
export const tendermintSpec: ProofSpec = {
  ...iavlSpec,
  innerSpec: { ...iavlSpec.innerSpec, childSize: 32, minPrefixLength: 1, maxPrefixLength: 1 },
}

/** Sparse Merkle trees of other chains: hashed keys, an empty child is 32 zero bytes. */
export const smtSpec: ProofSpec = {
  leafSpec: { ...sha256Leaf, prehashKey: HashOp.SHA256, length: LengthOp.NO_PREFIX },
  innerSpec: { ...tendermintSpec.innerSpec, emptyChild: new Uint8Array(32) },
  maxDepth: 256,
  minDepth: 0,
  prehashKeyBeforeComparison: true,
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte)
}

function isIavl(spec: ProofSpec): boolean {
  const a = spec.leafSpec
  const b = sha256Leaf
  const inner = spec.innerSpec
  const model = iavlSpec.innerSpec
  return (
    a.hash === b.hash &&
    a.prehashKey === b.prehashKey &&
    a.prehashValue === b.prehashValue &&
    a.length === b.length &&
    inner.hash === model.hash &&
    inner.minPrefixLength === model.minPrefixLength &&
    inner.maxPrefixLength === model.maxPrefixLength &&
    inner.childSize === model.childSize &&
    inner.childOrder.length === model.childOrder.length
  )
}

/** Length of one zig-zag varint at `at`; throws ProofError when it is cut off, too long or negative. */
function skipVarint(bytes: Uint8Array, at: number): { value: bigint; next: number } {
  let value = 0n
  for (let i = at; i < at + 10; i += 1) {
    const byte = bytes[i]
    if (byte === undefined) throw new ProofError('IAVL prefix is cut off')
    value |= BigInt(byte & 0x7f) << BigInt(7 * (i - at))
    if (byte < 0x80) {
      if (value >> 64n !== 0n) throw new ProofError('IAVL prefix holds an overlong number')
      if ((value & 1n) === 1n) throw new ProofError('IAVL prefix holds a negative number')
      return { value: value >> 1n, next: i + 1 }
    }
  }
  throw new ProofError('IAVL prefix holds an overlong number')
}

/** An IAVL prefix is height, size, version and then nothing (leaf), or 1 or 34 bytes (left or right child). */
function checkIavlPrefix(prefix: Uint8Array, minHeight: number): void {
  const height = skipVarint(prefix, 0)
  const size = skipVarint(prefix, height.next)
  const version = skipVarint(prefix, size.next)
  if (height.value < BigInt(minHeight)) throw new ProofError('IAVL node is not high enough')
  const rest = prefix.length - version.next
  if (minHeight === 0 ? rest !== 0 : rest !== 1 && rest !== 34) {
    throw new ProofError(`IAVL prefix has ${rest} bytes too many`)
  }
}

/** Throws ProofError unless a leaf operation is the one the spec asks for. */
export function checkLeaf(op: LeafOp, spec: ProofSpec): void {
  const { leafSpec } = spec
  if (isIavl(spec)) checkIavlPrefix(op.prefix, 0)
  if (op.hash !== leafSpec.hash) throw new ProofError(`unexpected hash operation ${op.hash}`)
  if (op.prehashKey !== leafSpec.prehashKey) {
    throw new ProofError(`unexpected key prehash ${op.prehashKey}`)
  }
  if (op.prehashValue !== leafSpec.prehashValue) {
    throw new ProofError(`unexpected value prehash ${op.prehashValue}`)
  }
  if (op.length !== leafSpec.length) {
    throw new ProofError(`unexpected length operation ${op.length}`)
  }
  if (!startsWith(op.prefix, leafSpec.prefix)) {
    throw new ProofError('leaf prefix does not start as the spec says')
  }
}

function checkInner(op: InnerOp, spec: ProofSpec, layer: number): void {
  const { innerSpec } = spec
  if (op.hash !== innerSpec.hash) throw new ProofError(`unexpected hash operation ${op.hash}`)
  if (isIavl(spec)) checkIavlPrefix(op.prefix, layer)
  if (startsWith(op.prefix, spec.leafSpec.prefix)) {
    throw new ProofError('inner prefix starts like a leaf')
  }
  if (op.prefix.length < innerSpec.minPrefixLength) {
    throw new ProofError(`inner prefix too short (${op.prefix.length})`)
  }
  const leftChildren = (innerSpec.childOrder.length - 1) * innerSpec.childSize
  if (op.prefix.length > innerSpec.maxPrefixLength + leftChildren) {
    throw new ProofError(`inner prefix too long (${op.prefix.length})`)
  }
  if (innerSpec.childSize <= 0) throw new ProofError('the spec has no child size')
  if (op.suffix.length % innerSpec.childSize !== 0) throw new ProofError('inner suffix malformed')
}

/** Throws ProofError unless every step of a proof has the form the spec asks for. */
export function checkAgainstSpec(proof: ExistenceProof, spec: ProofSpec): void {
  if (proof.leaf === undefined) throw new ProofError('existence proof without a leaf')
  checkLeaf(proof.leaf, spec)
  const depth = proof.path.length
  if (spec.minDepth > 0 && depth < spec.minDepth) throw new ProofError(`path too short: ${depth}`)
  if (depth > (spec.maxDepth === 0 ? DEFAULT_MAX_DEPTH : spec.maxDepth)) {
    throw new ProofError(`path too long: ${depth}`)
  }
  for (const [i, op] of proof.path.entries()) checkInner(op, spec, i + 1)
}
