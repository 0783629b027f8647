import type {
  ExistenceProof,
  InnerOp,
  NonExistenceProof,
} from '../../proto/gen/cosmos/ics23/v1/proofs.ts'
import { CommitmentProof } from '../../proto/gen/cosmos/ics23/v1/proofs.ts'
import { sameBytes } from './bytes.ts'
import { applyInner, applyLeaf, doHashOrNoop, ProofError } from './ics23-ops.ts'
import type { InnerSpec, ProofSpec } from './ics23-spec.ts'
import { checkAgainstSpec } from './ics23-spec.ts'

/** The root a proof leads to. Throws ProofError when it leads nowhere. */
export function calculateRoot(proof: ExistenceProof, spec?: ProofSpec): Uint8Array {
  if (proof.leaf === undefined) throw new ProofError('existence proof without a leaf')
  let hash = applyLeaf(proof.leaf, proof.key, proof.value)
  for (const op of proof.path) {
    hash = applyInner(op, hash)
    const limit = spec?.innerSpec.childSize ?? 0
    if (limit >= 32 && hash.length > limit) throw new ProofError('inner hash is too long')
  }
  return hash
}

function checkExistence(
  spec: ProofSpec,
  root: Uint8Array,
  proof: ExistenceProof,
  key: Uint8Array,
  value: Uint8Array,
): void {
  checkAgainstSpec(proof, spec)
  if (!sameBytes(key, proof.key)) throw new ProofError('the proof is about another key')
  if (!sameBytes(value, proof.value)) throw new ProofError('the proof is about another value')
  if (!sameBytes(root, calculateRoot(proof, spec))) throw new ProofError('the root does not match')
}

/**
 * Throws ProofError unless `proof` (protobuf bytes or decoded) shows that `root` holds `key` with `value`; bytes that
 * are no proof throw CodecError.
 */
export function verifyMembership(
  spec: ProofSpec,
  root: Uint8Array,
  proof: CommitmentProof | Uint8Array,
  key: Uint8Array,
  value: Uint8Array,
): void {
  const { exist } = proof instanceof Uint8Array ? CommitmentProof.decode(proof) : proof
  if (exist === undefined) throw new ProofError('not an existence proof')
  checkExistence(spec, root, exist, key, value)
}

/** Throws ProofError unless `proof` shows that `root` holds no such `key`; bytes that are no proof throw CodecError. */
export function verifyNonMembership(
  spec: ProofSpec,
  root: Uint8Array,
  proof: CommitmentProof | Uint8Array,
  key: Uint8Array,
): void {
  const { nonexist } = proof instanceof Uint8Array ? CommitmentProof.decode(proof) : proof
  if (nonexist === undefined) throw new ProofError('not a non-existence proof')
  checkNonExistence(spec, root, nonexist, key)
}

function checkNonExistence(
  spec: ProofSpec,
  root: Uint8Array,
  proof: NonExistenceProof,
  key: Uint8Array,
): void {
  const { left, right } = proof
  if (left !== undefined) checkExistence(spec, root, left, left.key, left.value)
  if (right !== undefined) checkExistence(spec, root, right, right.key, right.value)
  const order = (other: Uint8Array): number =>
    Buffer.compare(comparable(spec, key), comparable(spec, other))
  if (right !== undefined && order(right.key) >= 0) {
    throw new ProofError('the key is not left of the right neighbour')
  }
  if (left !== undefined && order(left.key) <= 0) {
    throw new ProofError('the key is not right of the left neighbour')
  }
  const { innerSpec } = spec
  if (left !== undefined && right !== undefined) {
    if (!isLeftNeighbor(innerSpec, left.path, right.path)) {
      throw new ProofError('the two neighbours are not next to each other')
    }
  } else if (right !== undefined) {
    if (!isEdge(innerSpec, right.path, 'left')) {
      throw new ProofError('the right neighbour is not the first leaf')
    }
  } else if (left !== undefined) {
    if (!isEdge(innerSpec, left.path, 'right')) {
      throw new ProofError('the left neighbour is not the last leaf')
    }
  } else {
    throw new ProofError('both neighbours are missing')
  }
}

function comparable(spec: ProofSpec, key: Uint8Array): Uint8Array {
  return spec.prehashKeyBeforeComparison ? doHashOrNoop(spec.leafSpec.prehashKey, key) : key
}

/** Whether every step of a path keeps to one side of the tree, empty siblings not counted. */
function isEdge(spec: InnerSpec, path: readonly InnerOp[], side: 'left' | 'right'): boolean {
  const branch = side === 'left' ? 0 : spec.childOrder.length - 1
  const empty = side === 'left' ? leftBranchesAreEmpty : rightBranchesAreEmpty
  return path.every((op) => hasPadding(spec, op, branch) || empty(spec, op))
}

function isLeftNeighbor(
  spec: InnerSpec,
  left: readonly InnerOp[],
  right: readonly InnerOp[],
): boolean {
  let i = left.length - 1
  let j = right.length - 1
  while (i >= 0 && j >= 0 && sameStep(left[i] as InnerOp, right[j] as InnerOp)) {
    i -= 1
    j -= 1
  }
  const topLeft = left[i]
  const topRight = right[j]
  if (topLeft === undefined || topRight === undefined) return false
  const leftBranch = branchOf(spec, topLeft)
  const rightBranch = branchOf(spec, topRight)
  if (leftBranch === undefined || rightBranch !== leftBranch + 1) return false
  return isEdge(spec, left.slice(0, i), 'right') && isEdge(spec, right.slice(0, j), 'left')
}

function sameStep(a: InnerOp, b: InnerOp): boolean {
  return sameBytes(a.prefix, b.prefix) && sameBytes(a.suffix, b.suffix)
}

/** Place of a child among the hashed children. */
function positionOf(spec: InnerSpec, branch: number): number {
  const position = spec.childOrder.indexOf(branch)
  if (position < 0) throw new ProofError(`the spec has no branch ${branch}`)
  return position
}

function hasPadding(spec: InnerSpec, op: InnerOp, branch: number): boolean {
  const position = positionOf(spec, branch)
  const before = position * spec.childSize
  const after = (spec.childOrder.length - 1 - position) * spec.childSize
  return (
    op.prefix.length >= before + spec.minPrefixLength &&
    op.prefix.length <= before + spec.maxPrefixLength &&
    op.suffix.length === after
  )
}

function branchOf(spec: InnerSpec, op: InnerOp): number | undefined {
  const found = spec.childOrder.findIndex((_, branch) => hasPadding(spec, op, branch))
  return found < 0 ? undefined : found
}

/** Whether all siblings left of a step's child are the spec's empty child. */
export function leftBranchesAreEmpty(spec: InnerSpec, op: InnerOp): boolean {
  const branches = branchOf(spec, op) ?? 0
  const start = op.prefix.length - branches * spec.childSize
  if (branches === 0 || start < 0) return false
  return areEmpty(spec, op.prefix.subarray(start), branches)
}

/** Whether all siblings right of a step's child are the spec's empty child. */
export function rightBranchesAreEmpty(spec: InnerSpec, op: InnerOp): boolean {
  const branch = branchOf(spec, op)
  const branches = branch === undefined ? 0 : spec.childOrder.length - 1 - branch
  if (branches === 0 || op.suffix.length !== branches * spec.childSize) return false
  return areEmpty(spec, op.suffix, branches)
}

function areEmpty(spec: InnerSpec, siblings: Uint8Array, branches: number): boolean {
  for (let i = 0; i < branches; i += 1) {
    const from = positionOf(spec, i) * spec.childSize
    if (!sameBytes(spec.emptyChild, siblings.subarray(from, from + spec.childSize))) return false
  }
  return true
}
