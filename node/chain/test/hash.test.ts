import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { fromHex, toHex } from '../bytes.ts'
import { innerHash, merkleProofs, merkleRoot, sha256, verifyMerkleProof } from '../hash.ts'
import { vectors } from './support.ts'

describe('Merkle trees', () => {
  const roots = vectors<{ name: string; items: string[]; root: string }[]>(
    'rfc6962-merkle/hash_from_byte_slices.json',
  )
  const inner = vectors<{ left: string; right: string; hash: string }[]>(
    'rfc6962-merkle/inner_node.json',
  )

  it(`match RFC 6962 (${roots.length} roots and ${inner.length} inner node)`, () => {
    for (const { items, root } of roots) {
      expect(toHex(merkleRoot(items.map(fromHex)))).to.equal(root.toUpperCase())
    }
    for (const { left, right, hash } of inner) {
      expect(toHex(innerHash(fromHex(left), fromHex(right)))).to.equal(hash.toUpperCase())
    }
  })

  it('use the same SHA-256 as the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(toHex(sha256(bytes))).to.equal(
          createHash('sha256').update(bytes).digest('hex').toUpperCase(),
        )
      }),
    )
  })

  it('give every item a proof that holds for it and for nothing else', () => {
    const items = fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(items, fc.nat(), fc.nat(), (contents, pick, twist) => {
        // Distinct items: a proof does hold for an equal item elsewhere.
        const list = contents.map((bytes, i) => Uint8Array.of(i, ...bytes))
        const { root, proofs } = merkleProofs(list)
        expect(toHex(root)).to.equal(toHex(merkleRoot(list)))
        const index = pick % list.length
        const proof = proofs[index]
        const item = list[index]
        if (proof === undefined || item === undefined) throw new Error('no proof')
        expect(verifyMerkleProof(proof, root, item)).to.equal(true)
        expect(verifyMerkleProof(proof, root, Uint8Array.of(...item, 1))).to.equal(false)
        const moved = { ...proof, index: BigInt(twist % (list.length + 1)) }
        if (moved.index !== proof.index && proof.aunts.length > 0) {
          expect(verifyMerkleProof(moved, root, item)).to.equal(false)
        }
        const longer = { ...proof, aunts: [...proof.aunts, root] }
        expect(verifyMerkleProof(longer, root, item)).to.equal(false)
      }),
    )
  })
})
