import { readFileSync } from 'node:fs'
import { bech32 } from '@scure/base'
import { expect } from 'chai'
import fc from 'fast-check'
import { fromBech32, moduleAddress, PREFIX, secp256k1Address, toBech32 } from '../address.ts'
import { bech32Bytes, bech32Text } from '../bech32.ts'
import { fromHex, toHex } from '../bytes.ts'
import { ChainError } from '../errors.ts'
import { nobleHasher } from '../testing/noble-crypto.ts'

interface Vectors {
  readonly valid: readonly string[]
  readonly invalid: readonly {
    readonly string?: string
    readonly hex?: string
    readonly why: string
  }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../testdata/bip173.json', import.meta.url), 'utf8'),
) as Vectors

function decodeCarefully(text: string, wanted: string): Uint8Array | undefined {
  try {
    const { prefix, words } = bech32.decode(text as `${string}1${string}`, 1023)
    return prefix === wanted ? bech32.fromWords(words) : undefined
  } catch {
    return undefined
  }
}

describe('addresses', () => {
  it(`the bech32 codec accepts ${vectors.valid.length} valid strings of BIP 173`, () => {
    for (const text of vectors.valid) {
      const { prefix, words } = bech32.decode(text as `${string}1${string}`)
      expect(bech32.encode(prefix, words)).to.equal(text.toLowerCase())
    }
  })

  it(`refuses ${vectors.invalid.length} invalid strings of BIP 173 as sdk 7`, () => {
    for (const row of vectors.invalid) {
      const text = row.string ?? Buffer.from(row.hex ?? '', 'hex').toString('latin1')
      expect(() => fromBech32(text, 'strom'), row.why)
        .to.throw(ChainError)
        .with.property('code', 7)
    }
  })

  it('reads back what it writes for every length from 1 to 255 bytes', () => {
    for (let length = 1; length <= 255; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255)
      expect(toHex(fromBech32(toBech32(bytes)))).to.equal(toHex(bytes))
    }
  })

  it('writes and reads as the reference codec does, for 500 random texts and changes of one character', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.constantFrom('strom', 'stromvaloper', 'x1'),
        fc.nat(),
        fc.constantFrom('q', 'b', '1', 'L', 'é', ''),
        (bytes, prefix, at, wrong) => {
          const text = bech32.encode(prefix, bech32.toWords(bytes), 1023)
          expect(bech32Text(prefix, bytes)).to.equal(text)
          expect(bech32Bytes(prefix, text)).to.deep.equal(bytes)
          const index = at % text.length
          const changed = text.slice(0, index) + wrong + text.slice(index + 1)
          const careful = decodeCarefully(changed, prefix)
          // Upper case is left to the careful decoder, and nothing it refuses is read.
          const quick = bech32Bytes(prefix, changed)
          if (quick !== undefined) expect(careful).to.deep.equal(quick)
          else if (careful !== undefined) expect(changed).to.not.equal(changed.toLowerCase())
        },
      ),
      { numRuns: 500 },
    )
  })

  it('names the prefix it expected when another chain or kind of address is given', () => {
    const text = toBech32(new Uint8Array(20), PREFIX.validator)
    expect(() => fromBech32(text)).to.throw(
      'invalid Bech32 prefix; expected strom, got stromvaloper: invalid address',
    )
    expect(() => fromBech32('  ')).to.throw('empty address string is not allowed: invalid address')
  })

  it('derives the account of the generator point and the address of the fee collector', () => {
    const generator = fromHex('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
    expect(toHex(secp256k1Address(nobleHasher, generator))).to.equal(
      '751e76e8199196d454941c45d1b3a323f1433bd6',
    )
    expect(toHex(moduleAddress(nobleHasher, 'fee_collector'))).to.equal(
      'f1829676db577682e944fc3493d451b67ff3e29f',
    )
  })
})
