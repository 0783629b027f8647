import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { expect } from 'chai'
import { contentHash } from '../content.ts'
import type { Scheme } from '../crypto.ts'
import { fakeChain } from '../testing/fake-context.ts'
import { memoryKV } from '../testing/memory-kv.ts'
import { nobleHasher } from '../testing/noble-crypto.ts'

const secret = new Uint8Array(32).fill(3)
const bytes = Buffer.from('one reading')

describe('the fake chain', () => {
  it('drops writes and events of a transaction that throws', () => {
    const chain = fakeChain()
    chain.store('a').set(Uint8Array.of(1), Uint8Array.of(1))
    const failing = (): void =>
      chain.atomically((ctx) => {
        ctx.store('a').delete(Uint8Array.of(1))
        ctx.store('b').set(Uint8Array.of(2), Uint8Array.of(2))
        ctx.emit({ type: 'gone', attributes: [] })
        throw new Error('no')
      })
    expect(failing).to.throw('no')
    expect([chain.store('a').size, chain.store('b').size, chain.events.length]).to.deep.equal([
      1, 0, 0,
    ])
  })

  it('verifies real signatures of each scheme and refuses changed bytes and malformed keys', () => {
    const ctx = fakeChain().write()
    const cases: [Scheme, Uint8Array, Uint8Array][] = [
      ['secp256k1', secp256k1.getPublicKey(secret), secp256k1.sign(bytes, secret)],
      ['p256', p256.getPublicKey(secret), p256.sign(bytes, secret)],
      ['ed25519', ed25519.getPublicKey(secret), ed25519.sign(bytes, secret)],
    ]
    for (const [scheme, key, signature] of cases) {
      expect(ctx.verified(scheme, key, bytes, signature), scheme).to.equal(true)
      expect(ctx.verified(scheme, key, Buffer.from('one readinG'), signature), scheme).to.equal(
        false,
      )
      expect(ctx.verified(scheme, key.slice(1), bytes, signature), scheme).to.equal(false)
    }
  })

  it('refuses high S for accounts and takes either S from meters', () => {
    const ctx = fakeChain().write()
    const flip = (signature: Uint8Array, order: bigint): Uint8Array => {
      const s = order - BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
      return Buffer.concat([
        signature.subarray(0, 32),
        Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
      ])
    }
    const account = flip(secp256k1.sign(bytes, secret), secp256k1.Point.Fn.ORDER)
    const meter = flip(p256.sign(bytes, secret), p256.Point.Fn.ORDER)
    expect(ctx.verified('secp256k1', secp256k1.getPublicKey(secret), bytes, account)).to.equal(
      false,
    )
    expect(ctx.verified('p256', p256.getPublicKey(secret), bytes, meter)).to.equal(true)
  })
})

describe('the store in memory', () => {
  it('refuses empty values and writes in the midst of a scan', () => {
    const store = memoryKV([1, 2, 3].map((n) => [Uint8Array.of(n), Uint8Array.of(n)]))
    expect(() => store.set(Uint8Array.of(1), new Uint8Array())).to.throw('empty value')
    const scan = (): void => {
      for (const [key] of store.iterate()) store.delete(key)
    }
    expect(scan).to.throw('collect first')
  })

  it('has one content hash whatever the order of writes, and another one after any change', () => {
    const rows = Array.from(
      { length: 3000 },
      (_, i) => [Uint8Array.of(i >> 8, i & 255), Uint8Array.of(1)] as const,
    )
    const hash = (store: ReturnType<typeof memoryKV>): string =>
      Buffer.from(contentHash(nobleHasher, store)).toString('hex')
    const [forward, backward] = [memoryKV(rows), memoryKV([...rows].reverse())]
    expect(hash(forward)).to.equal(hash(backward))
    backward.set(Uint8Array.of(5, 5), Uint8Array.of(2))
    expect(hash(forward)).not.to.equal(hash(backward))
    expect(hash(memoryKV([[Uint8Array.of(1), Uint8Array.of(2, 3)]]))).not.to.equal(
      hash(memoryKV([[Uint8Array.of(1, 2), Uint8Array.of(3)]])),
    )
  })
})
