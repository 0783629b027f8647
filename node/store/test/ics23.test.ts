import {
  iavlSpec as confioIavl,
  verifyMembership as confioMember,
  verifyNonMembership as confioNonMember,
  tendermintSpec as confioTendermint,
  ics23,
} from '@confio/ics23'
import { expect } from 'chai'
import { CodecError } from '../../../proto/codec.ts'
import type { ExistenceProof, InnerOp, LeafOp } from '../../../proto/gen/cosmos/ics23/v1/proofs.ts'
import { CommitmentProof } from '../../../proto/gen/cosmos/ics23/v1/proofs.ts'
import { hex } from '../bytes.ts'
import {
  calculateRoot,
  leftBranchesAreEmpty,
  rightBranchesAreEmpty,
  verifyMembership,
  verifyNonMembership,
} from '../ics23.ts'
import { applyInner, applyLeaf, doHash, ProofError } from '../ics23-ops.ts'
import type { ProofSpec } from '../ics23-spec.ts'
import { checkAgainstSpec, checkLeaf, iavlSpec, smtSpec, tendermintSpec } from '../ics23-spec.ts'
import { ascii, readVectors, unbase64, unhex } from './vectors.ts'

interface RawLeaf {
  hash?: number
  prehash_key?: number
  prehash_value?: number
  length?: number
  prefix?: string
}

interface RawInner {
  hash?: number
  prefix?: string
  suffix?: string
}

interface RawProof {
  key?: string
  value?: string
  leaf?: RawLeaf
  path?: RawInner[]
}

interface RawSpec {
  leaf_spec?: RawLeaf
  inner_spec?: {
    child_order?: number[]
    child_size?: number
    min_prefix_length?: number
    max_prefix_length?: number
    empty_child?: string
    hash?: number
  }
  max_depth?: number
  min_depth?: number
}

const leafOp = (raw: RawLeaf): LeafOp => ({
  hash: raw.hash ?? 0,
  prehashKey: raw.prehash_key ?? 0,
  prehashValue: raw.prehash_value ?? 0,
  length: raw.length ?? 0,
  prefix: unbase64(raw.prefix),
})

const innerOp = (raw: RawInner): InnerOp => ({
  hash: raw.hash ?? 0,
  prefix: unbase64(raw.prefix),
  suffix: unbase64(raw.suffix),
})

const existence = (raw: RawProof): ExistenceProof => ({
  key: unbase64(raw.key),
  value: unbase64(raw.value),
  leaf: raw.leaf && leafOp(raw.leaf),
  path: (raw.path ?? []).map(innerOp),
})

const proofSpec = (raw: RawSpec): ProofSpec => ({
  leafSpec: leafOp(raw.leaf_spec ?? {}),
  innerSpec: {
    childOrder: raw.inner_spec?.child_order ?? [],
    childSize: raw.inner_spec?.child_size ?? 0,
    minPrefixLength: raw.inner_spec?.min_prefix_length ?? 0,
    maxPrefixLength: raw.inner_spec?.max_prefix_length ?? 0,
    emptyChild: unbase64(raw.inner_spec?.empty_child),
    hash: raw.inner_spec?.hash ?? 0,
  },
  maxDepth: raw.max_depth ?? 0,
  minDepth: raw.min_depth ?? 0,
  prehashKeyBeforeComparison: false,
})

interface Recorded {
  root: string
  proof: string
  key: string
  value: string
}

const specs: Record<string, ProofSpec> = {
  iavl: iavlSpec,
  tendermint: tendermintSpec,
  smt: smtSpec,
}
const cases = [
  'exist_left',
  'exist_middle',
  'exist_right',
  'nonexist_left',
  'nonexist_middle',
  'nonexist_right',
]

describe('recorded ICS-23 proofs', () => {
  for (const [tree, spec] of Object.entries(specs)) {
    it(`verifies ${cases.length} ${tree} proofs, refuses them when altered, and encodes them again`, () => {
      for (const name of cases) {
        const raw = readVectors<Recorded>(`ics23/${tree}/${name}.json`)
        const [root, proof, key, value] = [raw.root, raw.proof, raw.key, raw.value].map(unhex) as [
          Uint8Array,
          Uint8Array,
          Uint8Array,
          Uint8Array,
        ]
        const verify = (r: Uint8Array, p: Uint8Array, k: Uint8Array): void =>
          name.startsWith('exist')
            ? verifyMembership(spec, r, p, k, value)
            : verifyNonMembership(spec, r, p, k)
        verify(root, proof, key)
        const confio = { iavl: confioIavl, tendermint: confioTendermint }[tree]
        if (confio !== undefined) {
          const decoded = ics23.CommitmentProof.decode(proof)
          const verdict = name.startsWith('exist')
            ? confioMember(decoded, confio, root, key, value)
            : confioNonMember(decoded, confio, root, key)
          expect(verdict, name).to.equal(true)
        }
        expect(hex(CommitmentProof.encode(CommitmentProof.decode(proof)))).to.equal(raw.proof)
        const otherRoot = root.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
        expect(() => verify(otherRoot, proof, key), name).to.throw(ProofError)
        const proven = CommitmentProof.decode(proof)
        const held = proven.exist?.key ?? proven.nonexist?.left?.key ?? proven.nonexist?.right?.key
        const otherKey = name.startsWith('exist') ? ascii('another key') : (held as Uint8Array)
        expect(() => verify(root, proof, otherKey), name).to.throw(ProofError)
        expect(() => verify(root, proof.subarray(0, proof.length - 1), key)).to.throw(CodecError)
      }
    })
  }
})

type Table<T> = Record<string, T>
interface HashCase {
  HashOp: number
  Preimage?: string
  PreImage?: string
  ExpectedHash: string
}
interface LeafCase {
  Leaf: RawLeaf
  Spec: RawLeaf
  IsErr: boolean
}
interface LeafOpCase {
  Op: RawLeaf
  Key: string | null
  Value: string | null
  IsErr: boolean
  Expected: string | null
}
interface InnerOpCase {
  Op: RawInner
  Child: string | null
  IsErr: boolean
  Expected: string | null
}
interface ExistenceCase {
  Proof: RawProof
  IsErr: boolean
  Expected: string | null
}
interface SpecCase {
  Proof: RawProof
  Spec: RawSpec
  Err: string
}
interface BranchCase {
  Op: RawInner
  Spec: RawSpec
  IsLeft: boolean
  IsRight: boolean
}

const hashes = readVectors<Table<HashCase>>('ics23/ops/TestDoHashData.json')
const leaves = readVectors<Table<LeafCase>>('ics23/ops/TestCheckLeafData.json')
const leafOps = readVectors<Table<LeafOpCase>>('ics23/ops/TestLeafOpData.json')
const innerOps = readVectors<Table<InnerOpCase>>('ics23/ops/TestInnerOpData.json')
const existences = readVectors<Table<ExistenceCase>>('ics23/ops/TestExistenceProofData.json')
const against = readVectors<Table<SpecCase>>('ics23/ops/TestCheckAgainstSpecData.json')
const branches = readVectors<BranchCase[]>('ics23/ops/TestEmptyBranchData.json')
const count = (table: object): number => Object.keys(table).length

/** Runs one row: either an error is due, or the result has these base64 bytes. */
function expectRow(
  name: string,
  isErr: boolean,
  expected: string | null,
  run: () => Uint8Array,
): void {
  if (isErr) expect(run, name).to.throw(ProofError)
  else expect(hex(run()), name).to.equal(hex(unbase64(expected)))
}

describe('ICS-23 operation tables', () => {
  it(`computes ${count(hashes)} hash operations`, () => {
    for (const [name, row] of Object.entries(hashes)) {
      const preimage = ascii(row.Preimage ?? row.PreImage ?? '')
      expect(hex(doHash(row.HashOp, preimage)), name).to.equal(row.ExpectedHash)
    }
    expect(() => doHash(0, ascii('food'))).to.throw(ProofError)
  })

  it(`applies ${count(leafOps)} leaf and ${count(innerOps)} inner operations`, () => {
    for (const [name, row] of Object.entries(leafOps)) {
      expectRow(name, row.IsErr, row.Expected, () =>
        applyLeaf(leafOp(row.Op), unbase64(row.Key), unbase64(row.Value)),
      )
    }
    for (const [name, row] of Object.entries(innerOps)) {
      expectRow(name, row.IsErr, row.Expected, () =>
        applyInner(innerOp(row.Op), unbase64(row.Child)),
      )
    }
  })

  it(`calculates ${count(existences)} existence proofs`, () => {
    for (const [name, row] of Object.entries(existences)) {
      expectRow(name, row.IsErr, row.Expected, () => calculateRoot(existence(row.Proof)))
    }
  })

  it(`checks ${count(leaves)} leaf operations and ${count(against)} proofs against specs`, () => {
    for (const [name, row] of Object.entries(leaves)) {
      const check = (): void => checkLeaf(leafOp(row.Leaf), proofSpec({ leaf_spec: row.Spec }))
      if (row.IsErr) expect(check, name).to.throw(ProofError)
      else expect(check, name).not.to.throw()
    }
    for (const [name, row] of Object.entries(against)) {
      const check = (): void => checkAgainstSpec(existence(row.Proof), proofSpec(row.Spec))
      if (row.Err !== '') expect(check, name).to.throw(ProofError)
      else expect(check, name).not.to.throw()
    }
  })

  it(`tells empty branches in ${branches.length} cases`, () => {
    for (const row of branches) {
      const spec = proofSpec(row.Spec).innerSpec
      expect(leftBranchesAreEmpty(spec, innerOp(row.Op))).to.equal(row.IsLeft)
      expect(rightBranchesAreEmpty(spec, innerOp(row.Op))).to.equal(row.IsRight)
    }
  })
})
