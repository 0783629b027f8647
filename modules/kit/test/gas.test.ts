import { expect } from 'chai'
import { ChainError, defineErrors, InvariantError, invariant } from '../errors.ts'
import { gasMeter, meteredStore } from '../gas.ts'
import { memoryKV } from '../testing/memory-kv.ts'

describe('gas', () => {
  it('charges the SDK prices for reads, writes, deletions and scans', () => {
    const meter = gasMeter('infinite')
    const store = meteredStore(memoryKV(), meter)
    const spent = (run: () => unknown): bigint => {
      const before = meter.consumed()
      run()
      return meter.consumed() - before
    }
    const key = Uint8Array.of(1, 2)
    expect(spent(() => store.set(key, new Uint8Array(10).fill(1)))).to.equal(2000n + 30n * 12n)
    expect(spent(() => store.get(key))).to.equal(1000n + 3n * 12n)
    expect(spent(() => store.get(Uint8Array.of(9)))).to.equal(1000n + 3n)
    expect(spent(() => store.has(key))).to.equal(1000n)
    expect(spent(() => [...store.iterate()])).to.equal(30n + 30n + 3n * 12n)
    expect(spent(() => store.delete(key))).to.equal(1000n)
  })

  it('stops past the limit with sdk 11 and the place, before anything is written', () => {
    const inner = memoryKV()
    const store = meteredStore(inner, gasMeter(2000n))
    expect(() => store.set(Uint8Array.of(1), Uint8Array.of(1)))
      .to.throw(
        ChainError,
        'out of gas in location: WritePerByte; gasWanted: 2000, gasUsed: 2060: out of gas',
      )
      .with.property('code', 11)
    expect(inner.size).to.equal(0)
  })
})

describe('errors', () => {
  it('carry codespace, code and the SDK wording', () => {
    const errors = defineErrors('shop', {
      closed: [2, 'shop is closed'],
      empty: [3, 'nothing left'],
    })
    expect(errors.closed('on sunday')).to.include({
      codespace: 'shop',
      code: 2,
      message: 'on sunday: shop is closed',
    })
    expect(errors.empty().message).to.equal('nothing left')
    expect(() => defineErrors('shop', { a: [2, 'x'], b: [2, 'y'] })).to.throw(
      'code 2 is used twice',
    )
  })

  it('a broken invariant is not a user error', () => {
    expect(() => invariant(false, 'sum is off')).to.throw(InvariantError, 'sum is off')
    expect(() => invariant(true, 'fine')).not.to.throw()
  })
})
