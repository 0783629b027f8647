import { expect } from 'chai'
import { type Params, ZoneParams } from '../../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgCancelCertificate,
  MsgClaimCertificate,
  MsgEnterGeneration,
  MsgUpdateParams,
} from '../../../../proto/gen/strom/certificate/v1/tx.ts'
import type { FakeChain } from '../../../kit/testing/fake-context.ts'
import { cancelCertificate } from '../../messages/cancel-certificate.ts'
import { claimCertificate } from '../../messages/claim-certificate.ts'
import { enterGeneration } from '../../messages/enter-generation.ts'
import { updateParams } from '../../messages/update-params.ts'
import { defaultParams } from '../../params.ts'
import { residualMix } from '../../queries/residual-mix.ts'
import { record } from '../../record.ts'
import { monthOf } from '../../rules.ts'
import {
  ALICE,
  BOB,
  checkInvariants,
  deliver,
  interval,
  issued,
  setParams,
  slice,
  started,
  WIND,
} from '../fixture.ts'

const enter = (chain: FakeChain, change: Partial<MsgEnterGeneration> = {}): string =>
  deliver(
    chain,
    enterGeneration,
    MsgEnterGeneration.create({
      authority: BOB,
      zone: 'DE-LU',
      month: 202_601,
      source: 'gas',
      quantityWh: 500_000_000n,
      ...change,
    }),
  )

describe('MsgEnterGeneration', () => {
  it('solar 300, wind 200 and gas 500 MWh with 250 and 150 claimed leave 50/50/500: 8.33, 8.33, 83.33 %', () => {
    const chain = started()
    setParams(chain, { authority: BOB })
    issued(chain, 300_000_000n)
    record(chain.write(), 'production', interval(WIND, 200_000_000n))
    expect(enter(chain)).to.equal('done')
    const mine = slice(ALICE, 1n, 250_000_000n)
    expect(deliver(chain, claimCertificate, MsgClaimCertificate.create(mine))).to.equal('done')
    const wind = { ...slice(ALICE, 1n, 150_000_000n), device: WIND.id }
    expect(deliver(chain, cancelCertificate, MsgCancelCertificate.create(wind))).to.equal('done')
    const mix = residualMix.handle(chain.query(), { zone: 'DE-LU', month: 202_601 })
    const MWH = 1_000_000n
    expect(mix.shares.map(({ row, residualWh }) => [row.source, residualWh / MWH])).to.deep.equal([
      ['gas', 500n],
      ['solar', 50n],
      ['wind', 50n],
    ])
    expect(mix.shares.map(({ sharePpm }) => sharePpm)).to.deep.equal([833_334n, 83_333n, 83_333n])
    expect(mix).to.include({
      generationWh: 1_000n * MWH,
      residualWh: 600n * MWH,
      openWh: 100n * MWH,
    })
    checkInvariants(chain)
  })
  it('replaces an earlier statement, with old and new value in the event', () => {
    const chain = started()
    setParams(chain, { authority: BOB })
    enter(chain)
    enter(chain, { quantityWh: 7n })
    expect(Object.fromEntries(chain.takeEvents().at(-1)?.attributes ?? [])).to.include({
      old_wh: '500000000',
      new_wh: '7',
    })
    const mix = residualMix.handle(chain.query(), { zone: 'DE-LU', month: 202_601 })
    expect(mix.residualWh).to.equal(7n)
  })
  it('fails when the sender is not the authority, or there is none', () => {
    const chain = started()
    expect(enter(chain)).to.equal('certificate 28')
    setParams(chain, { authority: BOB })
    expect(enter(chain, { authority: ALICE })).to.equal('certificate 28')
  })
  it('fails when month, zone or source cannot be', () => {
    const chain = started()
    setParams(chain, { authority: BOB })
    for (const month of [0, 202_600, 202_613, 196_912]) {
      expect(enter(chain, { month })).to.equal('certificate 30')
    }
    expect(enter(chain, { zone: '' })).to.equal('certificate 16')
    expect(enter(chain, { source: '' })).to.equal('certificate 16')
    expect(enter(chain, { source: 'g\u0000as' })).to.equal('certificate 16')
    expect(enter(chain, { authority: 'x' })).to.equal('sdk 7')
  })
  it('months are those of the calendar in UTC, leap years included', () => {
    for (const [text, month] of [
      ['1970-01-01T00:00:00Z', 197_001],
      ['2000-02-29T23:59:59Z', 200_002],
      ['2026-01-31T23:59:59Z', 202_601],
      ['2026-02-01T00:00:00Z', 202_602],
      ['2028-02-29T12:00:00Z', 202_802],
      ['2099-12-31T23:59:59Z', 209_912],
      ['2100-03-01T00:00:00Z', 210_003],
    ] as const) {
      expect(monthOf(BigInt(Date.parse(text) / 1_000)), text).to.equal(month)
    }
  })
})

describe('MsgUpdateParams', () => {
  const update = (chain: FakeChain, params: Params, authority = BOB): string =>
    deliver(chain, updateParams, MsgUpdateParams.create({ authority, params }))

  it('replaces the params; certificates keep the expiry they were issued with', () => {
    const chain = started()
    setParams(chain, { authority: BOB })
    issued(chain, 10n)
    const params = { ...defaultParams(), authority: BOB, expiryS: 86_400n }
    expect(update(chain, params)).to.equal('done')
    issued(chain, 10n, 1_767_225_600n + 900n)
    checkInvariants(chain)
  })
  it('fails when the sender is not the authority', () => {
    const chain = started()
    setParams(chain, { authority: BOB })
    expect(update(chain, defaultParams(), ALICE)).to.equal('certificate 28')
    expect(update(chain, defaultParams(), 'x')).to.equal('sdk 7')
  })
  it('fails when a param cannot be', () => {
    const chain = started()
    setParams(chain, { authority: BOB })
    const zone = (change: Partial<ZoneParams>): Partial<Params> => ({
      zones: [ZoneParams.create({ zone: 'DE-LU', ...change })],
    })
    const wrong: Partial<Params>[] = [
      { carrier: 'steam' },
      { expiryS: 400_000_000n },
      { maxLots: 1_001 },
      { zones: [ZoneParams.create()] },
      { zones: [ZoneParams.create({ zone: 'B' }), ZoneParams.create({ zone: 'A' })] },
      zone({ expiryS: 400_000_000n }),
      zone({ matchPolicy: 3 }),
      zone({ omGPerKwh: 5_001n }),
      zone({ omWeights: [{ source: 'solar', omPpm: 1_000_001n }] }),
      zone({ gridCfePermille: [1, 2] }),
      zone({ gridCfePermille: [1_001] }),
    ]
    for (const change of wrong) {
      expect(update(chain, { ...defaultParams(), ...change })).to.equal('certificate 8')
    }
    expect(update(chain, { ...defaultParams(), authority: 'x' })).to.equal('sdk 7')
  })
})
