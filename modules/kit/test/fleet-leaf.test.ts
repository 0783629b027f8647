import { expect } from 'chai'
import fc from 'fast-check'
import { Leaf } from '../../../proto/gen/strom/fleet/v1/leaf.ts'
import { DeviceMessage, type SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { concatBytes, equalBytes } from '../bytes.ts'
import { MAX_LEAF_BYTES, makeLeaf, readLeaf, registerWh } from '../fleet-leaf.ts'
import { nobleHasher } from '../testing/noble-crypto.ts'

const signature = new Uint8Array(64).fill(5)
function message(fields: Partial<DeviceMessage>): SignedReading {
  const given = { chainId: 'c', device: 'pv', seq: 1n, time: 900n, ...fields }
  return { message: DeviceMessage.encode(DeviceMessage.create(given)), signature }
}
const opening = message({ exportMwh: 999n })
const prevHash = nobleHasher.sha256(opening.message)

describe('leaf of a fleet', () => {
  it('credits whole Wh of each register: chained intervals telescope', () => {
    expect(registerWh(999n, 1000n, 0n)).to.equal(1n)
    expect(registerWh(1000n, 1999n, 0n)).to.equal(0n)
    const registers = fc.array(fc.bigInt(0n, 1n << 50n), { minLength: 2, maxLength: 20 })
    fc.assert(
      fc.property(registers, (list) => {
        const values = list.sort((a, b) => (a < b ? -1 : 1))
        const sum = values
          .slice(1)
          .reduce((total, to, i) => total + (registerWh(values[i] as bigint, to, 0n) as bigint), 0n)
        expect(sum).to.equal(registerWh(values[0] as bigint, values.at(-1) as bigint, 0n))
      }),
    )
  })

  it('goes over a modulus once, and falls without one', () => {
    expect(registerWh(9_999_500n, 1_000_200n, 10_000_000n)).to.equal(1001n)
    expect(registerWh(2n, 1n, 0n)).to.equal(undefined)
    expect(registerWh(2n, 10n, 10n)).to.equal(undefined)
    expect(registerWh(10n, 2n, 10n)).to.equal(undefined)
  })

  it('leaves the signature of an opening out only where the reading names it', () => {
    const linked = makeLeaf(nobleHasher, message({ seq: 2n, exportMwh: 2000n, prevHash }), opening)
    const loose = makeLeaf(nobleHasher, message({ seq: 3n, exportMwh: 2000n }), opening)
    expect([linked.exportWh, loose.exportWh, linked.importWh]).to.eql([2n, 2n, 0n])
    expect(Leaf.decode(linked.bytes).opening?.signature.length).to.equal(0)
    expect(Leaf.decode(loose.bytes).opening?.signature).to.eql(signature)
    for (const [leaf, is] of [
      [linked, true],
      [loose, false],
    ] as const) {
      const open = readLeaf(nobleHasher, 'c', leaf.bytes)
      if (typeof open === 'string') throw new Error(open)
      expect(open.linked).to.equal(is)
      expect(equalBytes(open.opening?.identity ?? new Uint8Array(), prevHash)).to.equal(true)
    }
  })

  it('states nothing without an opening, and refuses registers that fell', () => {
    const alone = makeLeaf(nobleHasher, message({ exportMwh: 5000n }), undefined)
    expect([alone.importWh, alone.exportWh]).to.eql([0n, 0n])
    const fell = message({ seq: 2n, exportMwh: 998n, prevHash })
    expect(() => makeLeaf(nobleHasher, fell, opening)).to.throw(RangeError, 'of pv fell')
  })

  it('is read strictly', () => {
    const { bytes } = makeLeaf(nobleHasher, message({}), undefined)
    const said = (given: Uint8Array, chain = 'c') => readLeaf(nobleHasher, chain, given)
    expect(said(bytes)).to.be.an('object')
    expect(said(bytes, 'd')).to.equal('reading: signed for another chain')
    expect(said(bytes.subarray(1))).to.match(/no canonical leaf/)
    expect(said(concatBytes(bytes, Uint8Array.of(18, 0)))).to.match(/opening: /)
    expect(said(new Uint8Array(MAX_LEAF_BYTES + 1))).to.match(/longer than/)
    const loose = concatBytes(message({}).message, Uint8Array.of(72, 0))
    const reading = { message: loose, signature }
    expect(said(Leaf.encode({ reading, opening: undefined }))).to.match(/no canonical device/)
    const long = { message: new Uint8Array(1025), signature }
    expect(said(Leaf.encode({ reading: long, opening: undefined }))).to.match(/longer than 1024/)
  })
})
