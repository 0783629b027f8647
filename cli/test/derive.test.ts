import { expect } from 'chai'
import { fromBech32, toBech32 } from '../../modules/kit/address.ts'
import { CliError } from '../errors.ts'
import { accountOf } from '../gateway/account.ts'
import {
  deriveKey,
  hdPath,
  keyOfSeed,
  mnemonicOf,
  newMnemonic,
  readMnemonic,
} from '../keys/derive.ts'
import { readVectors } from './vectors.ts'

interface HdVector {
  readonly mnemonic: string
  readonly priv: string
  readonly pub: string
  readonly addr: string
}
interface Slip10Vector {
  readonly curve: string
  readonly seed: string
  readonly path: string
  readonly privkey: string
}

const hd = readVectors<HdVector[]>('sdk-hd-derivation/test.json')
const bip39 = readVectors<{
  encoding: { [words: string]: { entropy: string; mnemonic: string }[] }
}>('cosmjs-bip39/bip39.json')
const slip10 = readVectors<Slip10Vector[]>('slip10-derivation/slip10.json').filter(
  (vector) => vector.curve === 'secp256k1',
)
const sentences = Object.values(bip39.encoding).flat()

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('keys: derivation', () => {
  it(`derives the SDK's keys and addresses from ${hd.length} mnemonics at m/44'/118'/0'/0/0`, async () => {
    for (const vector of hd) {
      const privkey = await deriveKey(readMnemonic(vector.mnemonic), hdPath())
      expect(hex(privkey)).to.equal(vector.priv)
      const account = accountOf(privkey)
      expect(hex(account.pubkey)).to.equal(vector.pub)
      expect(hex(fromBech32(account.address))).to.equal(vector.addr)
    }
  }).timeout(60_000)

  it(`writes ${sentences.length} entropies as their mnemonics and accepts each of them`, () => {
    for (const { entropy, mnemonic } of sentences) {
      expect(mnemonicOf(Buffer.from(entropy, 'hex'))).to.equal(mnemonic)
      expect(readMnemonic(`  ${mnemonic.toUpperCase().replaceAll(' ', '  ')} `)).to.equal(mnemonic)
    }
  })

  it(`derives ${slip10.length} SLIP-10 keys on secp256k1 from seed and path`, () => {
    for (const { seed, path, privkey } of slip10) {
      expect(hex(keyOfSeed(Buffer.from(seed, 'hex'), path)), path).to.equal(privkey)
    }
  })

  it('makes mnemonics of 24 words that differ', () => {
    const first = newMnemonic()
    expect(first.split(' ')).to.have.length(24)
    expect(readMnemonic(first)).to.equal(first)
    expect(newMnemonic()).not.to.equal(first)
  })

  it('refuses unknown words, a wrong checksum and malformed paths', () => {
    expect(() => readMnemonic('abandon abandon strom')).to.throw(
      CliError,
      '"strom" is not a BIP-39 word',
    )
    expect(() => readMnemonic(Array(12).fill('abandon').join(' '))).to.throw(CliError, 'checksum')
    expect(() => keyOfSeed(new Uint8Array(32), "44'/118'")).to.throw(
      CliError,
      'not a derivation path',
    )
    expect(() => hdPath(2n ** 31n)).to.throw(CliError, 'cannot stand in a derivation path')
  })

  it('names accounts with the prefix of the chain', () => {
    expect(toBech32(new Uint8Array(20))).to.match(/^strom1/)
  })
})
