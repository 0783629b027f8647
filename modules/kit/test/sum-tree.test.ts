import { expect } from 'chai'
import fc from 'fast-check'
import { concatBytes, toHex, utf8Encode } from '../bytes.ts'
import {
  buildTree,
  foldRange,
  proveRange,
  type SumLeaf,
  type SumNode,
  sameNode,
  splitPoint,
} from '../sum-tree.ts'
import { nobleHasher } from '../testing/noble-crypto.ts'

const MAX = (1n << 64n) - 1n
const leaf = (text: string, importWh: bigint, exportWh: bigint): SumLeaf => ({
  bytes: utf8Encode(text),
  importWh,
  exportWh,
})
const numbered = (count: number): SumLeaf[] =>
  Array.from({ length: count }, (_, k) => {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setUint32(0, k)
    return { bytes, importWh: BigInt(k * 7), exportWh: BigInt(k * k) }
  })
const abc = [leaf('a', 1n, 10n), leaf('b', 2n, 20n), leaf('c', 3n, 30n)]

/** RFC 6962 without sums, over the splits of the library. */
function plainRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves
  if (first === undefined) return nobleHasher.sha256(new Uint8Array())
  if (leaves.length === 1) return nobleHasher.sha256(concatBytes(Uint8Array.of(0), first))
  const middle = splitPoint(leaves.length)
  const sides = [plainRoot(leaves.slice(0, middle)), plainRoot(leaves.slice(middle))]
  return nobleHasher.sha256(concatBytes(Uint8Array.of(1), ...sides))
}

const trees = fc
  .array(
    fc.record({
      bytes: fc.uint8Array({ maxLength: 40 }),
      importWh: fc.bigInt(0n, 1_000_000n),
      exportWh: fc.bigInt(0n, 1_000_000n),
    }),
    { minLength: 1, maxLength: 70 },
  )
  .chain((leaves) =>
    fc.record({
      leaves: fc.constant(leaves),
      from: fc.nat(leaves.length - 1),
      length: fc.integer({ min: 1, max: leaves.length }),
    }),
  )
  .map(({ leaves, from, length }) => ({
    leaves,
    from,
    to: Math.min(leaves.length, from + length),
  }))

describe('sum tree', () => {
  it('splits as RFC 6962 does: 2 published roots of the form without sums', () => {
    expect(toHex(plainRoot([]))).to.equal(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
    expect(toHex(plainRoot(abc.map((one) => one.bytes)))).to.equal(
      '36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1',
    )
    expect([2, 3, 4, 5, 8, 9, 1024, 1025].map(splitPoint)).to.eql([1, 2, 2, 4, 4, 8, 512, 1024])
  })

  // Computed with Python's hashlib from the formula, by recursion over the splits.
  const golden: [string, SumLeaf[], string, bigint, bigint][] = [
    ['none', [], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0n, 0n],
    [
      'a',
      abc.slice(0, 1),
      '68646305b7589b921d7adbf04b9f247970f0084ce423a0dd5e0edbcd65f36f23',
      1n,
      10n,
    ],
    [
      'a, b',
      abc.slice(0, 2),
      '01fcd861cb5f2c5edc50c5a49c6d60081d3f830ee09aa4ba6f5e6e61a886c5cb',
      3n,
      30n,
    ],
    ['a, b, c', abc, '3997f67b87c53894898147b89514ace7c358b61bc579247236203fb17921dea8', 6n, 60n],
    [
      'five',
      numbered(5),
      'fd7c642403c3d1bba06ef870810a2828305aef42a45fe5104ab618bdd24d8180',
      70n,
      30n,
    ],
    [
      'a thousand',
      numbered(1000),
      '8e04b0067e10c29920ce04e7af1ec1adc5f1ae26fa825e9db1b66975572d79ce',
      3_496_500n,
      332_833_500n,
    ],
  ]
  it(`has the roots and sums of ${golden.length} independently computed trees`, () => {
    for (const [name, leaves, hash, importWh, exportWh] of golden) {
      const { root } = buildTree(nobleHasher, leaves)
      expect(toHex(root.hash), name).to.equal(hash)
      expect([root.importWh, root.exportWh], name).to.eql([importWh, exportWh])
    }
  })

  it('proves every single leaf of every size up to 33 with at most six subtrees', () => {
    for (let count = 1; count <= 33; count++) {
      const leaves = numbered(count)
      const tree = buildTree(nobleHasher, leaves)
      for (const [i, one] of leaves.entries()) {
        const path = proveRange(tree, i, i + 1)
        expect(path.length).to.be.at.most(6)
        const root = foldRange(nobleHasher, count, i, [one], path) as SumNode
        expect(sameNode(root, tree.root), `leaf ${i} of ${count}`).to.equal(true)
      }
    }
  })

  it('proves any range, and nothing else with the same path', () => {
    const tampered = fc.constantFrom<(leaf: SumLeaf) => SumLeaf>(
      (l) => ({ ...l, bytes: concatBytes(l.bytes, Uint8Array.of(0)) }),
      (l) => ({ ...l, importWh: l.importWh + 1n }),
      (l) => ({ ...l, exportWh: l.exportWh + 1n }),
      (l) => ({ ...l, importWh: l.exportWh + 1n, exportWh: l.importWh }),
    )
    fc.assert(
      fc.property(trees, tampered, fc.nat(), ({ leaves, from, to }, tamper, pick) => {
        const tree = buildTree(nobleHasher, leaves)
        const path = proveRange(tree, from, to)
        const shown = leaves.slice(from, to)
        const fold = (at: number, list: readonly SumLeaf[], nodes: readonly SumNode[], n: number) =>
          foldRange(nobleHasher, n, at, list, nodes)
        const proven = (root: SumNode | undefined): boolean =>
          root !== undefined && sameNode(root, tree.root)
        expect(proven(fold(from, shown, path, leaves.length))).to.equal(true)
        const at = pick % shown.length
        const changed = shown.map((one, i) => (i === at ? tamper(one) : one))
        expect(proven(fold(from, changed, path, leaves.length))).to.equal(false)
        const longer = [...path, tree.root]
        expect(proven(fold(from, shown, longer, leaves.length))).to.equal(false)
        expect(proven(fold(from, shown, path.slice(1), leaves.length))).to.equal(path.length === 0)
        if (path.length === 0) return
        const other = path.map((node, i) =>
          i === pick % path.length ? { ...node, exportWh: node.exportWh + 1n } : node,
        )
        expect(proven(fold(from, shown, other, leaves.length))).to.equal(false)
      }),
    )
  })

  it('does not prove a leaf at another index', () => {
    const leaves = numbered(13)
    const tree = buildTree(nobleHasher, leaves)
    for (const [i, one] of leaves.entries()) {
      const path = proveRange(tree, i, i + 1)
      for (let other = 0; other < 13; other++) {
        const root = foldRange(nobleHasher, 13, other, [one], path)
        const same = root !== undefined && sameNode(root, tree.root)
        expect(same, `${i} as ${other}`).to.equal(i === other)
      }
    }
  })

  it('binds the totals: no pair of sides gives one hash under two sums', () => {
    const tree = buildTree(nobleHasher, abc)
    const shifted = buildTree(nobleHasher, [
      leaf('a', 2n, 10n),
      leaf('b', 1n, 20n),
      leaf('c', 3n, 30n),
    ])
    expect(shifted.root.importWh).to.equal(tree.root.importWh)
    expect(sameNode(shifted.root, tree.root)).to.equal(false)
    const swapped = { ...tree.root, importWh: tree.root.importWh + 1n }
    expect(sameNode(swapped, tree.root)).to.equal(false)
  })

  it('does not take an inner node for a leaf, nor a leaf list with its last leaf twice', () => {
    const two = buildTree(nobleHasher, abc.slice(0, 2))
    const posing = { bytes: two.root.hash, importWh: 3n, exportWh: 30n }
    const three = buildTree(nobleHasher, abc)
    const path = proveRange(three, 2, 3)
    const root = foldRange(nobleHasher, 2, 0, [posing], path)
    expect(root === undefined || sameNode(root, three.root)).to.equal(false)
    const twice = buildTree(nobleHasher, [...abc, abc[2] as SumLeaf])
    expect(sameNode(twice.root, three.root)).to.equal(false)
  })

  it('refuses negative Wh and sums beyond 64 bits when it builds, and trusts none when it folds', () => {
    expect(() => buildTree(nobleHasher, [leaf('a', -1n, 0n)])).to.throw(RangeError, '-1 and 0 Wh')
    expect(() => buildTree(nobleHasher, [leaf('a', 0n, MAX + 1n)])).to.throw(RangeError)
    const full = [leaf('a', MAX, 0n), leaf('b', 1n, 0n)]
    expect(() => buildTree(nobleHasher, full)).to.throw(RangeError, 'exceeds 64 bits')
    expect(buildTree(nobleHasher, [leaf('a', MAX, 0n)]).root.importWh).to.equal(MAX)
    const hash = new Uint8Array(32)
    const beside = (importWh: bigint): SumNode[] => [{ hash, importWh, exportWh: 0n }]
    expect(foldRange(nobleHasher, 2, 0, full.slice(0, 1), beside(1n))).to.equal(undefined)
    expect(foldRange(nobleHasher, 2, 0, [leaf('a', 5n, 0n)], beside(-1n))).to.equal(undefined)
    expect(foldRange(nobleHasher, 1, 0, [leaf('a', -5n, 0n)], [])).to.equal(undefined)
    const short = [{ hash: new Uint8Array(31), importWh: 0n, exportWh: 0n }]
    expect(foldRange(nobleHasher, 2, 0, abc.slice(0, 1), short)).to.equal(undefined)
  })

  it('refuses ranges that are empty or leave the tree', () => {
    const tree = buildTree(nobleHasher, abc)
    for (const [from, to] of [
      [0, 0],
      [2, 1],
      [0, 4],
      [-1, 1],
    ] as const) {
      expect(() => proveRange(tree, from, to), `${from} ${to}`).to.throw(RangeError)
    }
    expect(foldRange(nobleHasher, 3, 2, abc.slice(0, 2), [])).to.equal(undefined)
    expect(foldRange(nobleHasher, 3, 0, [], [])).to.equal(undefined)
  })
})
