import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import { MsgSubmitReceipts, type ReadingResult } from '../../../proto/gen/strom/metering/v1/tx.ts'
import { utf8Encode } from '../../kit/bytes.ts'
import { compressedKey, parseKey } from '../../kit/ocmf/key.ts'
import { isProblem } from '../../kit/ocmf/problem.ts'
import { fakeChain } from '../../kit/testing/fake-context.ts'
import { withheldFor } from '../account.ts'
import { GATEWAY, plant, type Town, townGenesis, townModules, townOn } from './fixture.ts'

interface Vector {
  readonly id: string
  readonly record: string
  readonly publicKey: string
  readonly curve: string
  readonly meterSerial: string
}

// Receipts of real chargers; source and licence stand beside them.
const VECTORS = JSON.parse(
  readFileSync(new URL('../../kit/testdata/ocmf/vectors.json', import.meta.url), 'utf8'),
) as Vector[]

function vector(id: string): Vector {
  const found = VECTORS.find((one) => one.id === id)
  if (found === undefined) throw new Error(`no vector ${id}`)
  return found
}

/** A charger whose registered key is that of a real receipt, on a chain whose clock stands at `iso`. */
function charger(of: Vector, iso: string, serial = ''): Town {
  const key = parseKey(of.publicKey)
  if (isProblem(key)) throw new Error(key.detail)
  const scheme = of.curve === 'secp256r1' ? 'p256' : 'secp256k1'
  const device = plant('evse', {
    kind: Kind.KIND_EVSE,
    nameplateW: 300_000n,
    scheme,
    pubkey: compressedKey(key),
    serial,
  })
  const chain = fakeChain({ time: BigInt(Date.parse(iso)) / 1000n })
  const modules = townModules()
  const genesis: Record<
    string,
    ReturnType<(typeof modules)[0]['genesis']['defaults']>
  > = townGenesis([device])
  for (const module of modules) {
    module.genesis.init(chain.write(), genesis[module.name] ?? module.genesis.defaults())
  }
  return townOn(chain, modules)
}

function submit(t: Town, ...records: string[]): ReadingResult[] {
  const receipts = records.map((record) => ({ device: 'evse', record: utf8Encode(record) }))
  return (t.send(MsgSubmitReceipts, { gateway: GATEWAY, receipts }) as { results: ReadingResult[] })
    .results
}

/** Lets both closes pass on the chain's own clock. */
function close(t: Town): void {
  for (const seconds of [86_400n + 900n, 6n * 86_400n]) {
    t.chain.nextBlock(seconds)
    for (let i = 0; i < 3; i += 1) {
      for (const module of t.modules) module.beginBlock?.(t.chain.write())
      t.chain.nextBlock(0n)
    }
  }
  t.checkInvariants()
}

describe('receipts that chargers signed', () => {
  it('a KEBA record of P-256 with begin and end is one session of 0 Wh: 259.6 to 259.7 Wh', () => {
    const keba = vector('ocmf-001')
    const t = charger(keba, '2019-08-13T10:10:00Z')
    expect(submit(t, keba.record)[0]).to.include({ accepted: true, duplicate: false })
    expect(submit(t, keba.record)[0]).to.include({ accepted: true, duplicate: true })
    close(t)
    expect(t.state('evse')).to.include({ context: 'T', accepted: 2n, newestSeq: 65n })
    expect(t.state('evse').settled?.importMwh).to.equal(259_700n)
    expect(t.state('evse').import.creditedWh).to.equal(0n)
  })
  it('a secp256k1 session over two records, with high s, is recorded as consumption', () => {
    const [begin, end] = [vector('ocmf-006'), vector('ocmf-007')]
    const t = charger(begin, '2021-10-26T12:00:00Z', '1DZG0033016824')
    const results = submit(t, end.record, begin.record)
    expect(results.map((r) => `${r.accepted} ${r.reason} ${r.detail}`)).to.deep.equal([
      'true  ',
      'true  ',
    ])
    close(t)
    const { opening, settled } = t.state('evse')
    const wh = (settled?.importMwh ?? 0n) / 1000n - (opening?.importMwh ?? 0n) / 1000n
    expect(t.state('evse').import.creditedWh).to.equal(wh)
    expect(withheldFor(t.state('evse').import, 'between_sessions')).to.equal(0n)
  })
  it('fails when the payload or the key is another, and when nothing can be read, the meter is another or the device no charger', () => {
    const keba = vector('ocmf-001')
    const t = charger(keba, '2019-08-13T10:10:00Z')
    const reasons = (...records: string[]) => submit(t, ...records).map((r) => r.reason)
    expect(reasons(keba.record.replace('0.2597', '0.9597'))).to.deep.equal(['bad_signature'])
    expect(reasons(vector('ocmf-004').record)).to.deep.equal(['bad_signature'])
    expect(reasons('OCMF|{}|{}', 'hello')).to.deep.equal(['receipt', 'receipt'])
    const other = charger(keba, '2019-08-13T10:10:00Z', 'another-meter')
    expect(submit(other, keba.record)[0]).to.include({ reason: 'receipt' })
    const early = charger(keba, '2019-08-13T09:00:00Z')
    expect(submit(early, keba.record)[0]).to.include({ reason: 'clock_ahead' })
    for (const one of [t, other, early]) one.checkInvariants()
  })
})
