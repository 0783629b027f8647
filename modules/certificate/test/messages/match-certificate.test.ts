import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { MatchPolicy } from '../../../../proto/gen/strom/certificate/v1/state.ts'
import { MsgMatchCertificate } from '../../../../proto/gen/strom/certificate/v1/tx.ts'
import { Device } from '../../../../proto/gen/strom/device/v1/state.ts'
import type { FakeChain } from '../../../kit/testing/fake-context.ts'
import { matchCertificate } from '../../messages/match-certificate.ts'
import { record } from '../../record.ts'
import { sameTime } from '../../rules.ts'
import { state } from '../../state.ts'
import {
  ALICE,
  BOB,
  checkInvariants,
  deliver,
  interval,
  issued,
  LOAD,
  passTo,
  START,
  send,
  setParams,
  slice,
  started,
  states,
  transfer,
} from '../fixture.ts'

interface TimeCase {
  readonly name: string
  readonly generation: readonly number[]
  readonly use: readonly number[]
  readonly same_tick: boolean
  readonly enclosing: boolean
}

const cases = JSON.parse(
  readFileSync(new URL('../../testdata/allocation_cases.json', import.meta.url), 'utf8'),
) as readonly TimeCase[]

const match = (
  chain: FakeChain,
  first: bigint,
  last: bigint,
  change: Partial<MsgMatchCertificate> = {},
): string =>
  deliver(
    chain,
    matchCertificate,
    MsgMatchCertificate.create({
      ...slice(ALICE, first, last),
      consumptionDevice: LOAD.id,
      consumptionStart: START,
      ...change,
    }),
  )

const consumed = (chain: FakeChain, wh: bigint, change: object = {}, device = LOAD): void =>
  record(chain.write(), 'consumption', interval(device, wh, START, change))

const elsewhere = Device.create({ ...LOAD, zone: 'FR' })

describe('MsgMatchCertificate', () => {
  it('uses as many Wh of generation and consumption, each of them once', () => {
    const chain = started()
    issued(chain, 1_000n)
    consumed(chain, 600n)
    expect(match(chain, 1n, 400n)).to.equal('done')
    expect(match(chain, 401n, 600n)).to.equal('done')
    expect(state.claims.must(chain.query(), 2n)).to.include({
      consumptionFirst: 401n,
      consumptionLast: 600n,
      beneficiary: ALICE,
    })
    expect(states(chain)).to.deep.equal([
      '1-400 alice claimed',
      '401-600 alice claimed',
      '601-1000 alice',
    ])
    expect(match(chain, 601n, 601n)).to.equal('certificate 19')
    expect(state.consumptions.must(chain.query(), [LOAD.id, START]).matchedWh).to.equal(600n)
    checkInvariants(chain)
  })
  it('fails when the consumption is unknown or of another account', () => {
    const chain = started()
    issued(chain, 1_000n)
    expect(match(chain, 1n, 1n)).to.equal('certificate 18')
    consumed(chain, 600n, { owner: BOB })
    expect(match(chain, 1n, 1n)).to.equal('certificate 18')
    send(chain, transfer(ALICE, 1n, 10n, BOB))
    expect(match(chain, 1n, 10n, { owner: BOB })).to.equal('done')
  })
  it('fails when not as many Wh are unmatched', () => {
    const chain = started()
    issued(chain, 1_000n)
    consumed(chain, 600n)
    expect(match(chain, 1n, 601n)).to.equal('certificate 19')
  })
  it('fails when the consumption is locked, until the lock lapses', () => {
    const chain = started()
    issued(chain, 1_000n)
    consumed(chain, 600n, { lockedUntil: START + 700n })
    expect(match(chain, 1n, 600n)).to.equal('certificate 10')
    passTo(chain, START + 700n)
    expect(match(chain, 1n, 600n)).to.equal('done')
  })
  it('fails when the times differ; a zone may allow a consumption that encloses the generation', () => {
    const chain = started()
    issued(chain, 1_000n)
    consumed(chain, 600n, { end: START + 3_600n })
    expect(match(chain, 1n, 600n)).to.equal('certificate 20')
    const zones = [{ zone: 'DE-LU', matchPolicy: MatchPolicy.MATCH_POLICY_ENCLOSING } as const].map(
      (zone) => ({ ...emptyZone, ...zone }),
    )
    setParams(chain, { zones })
    expect(match(chain, 1n, 600n)).to.equal('done')
    checkInvariants(chain)
  })
  it('fails when the zones may not be matched; partners of the zone of consumption may', () => {
    const chain = started()
    issued(chain, 1_000n)
    consumed(chain, 600n, {}, elsewhere)
    expect(match(chain, 1n, 600n)).to.equal('certificate 21')
    setParams(chain, { zones: [{ ...emptyZone, zone: 'DE-LU', partners: ['FR'] }] })
    expect(match(chain, 1n, 600n)).to.equal('certificate 21')
    setParams(chain, { zones: [{ ...emptyZone, zone: 'FR', partners: ['DE-LU'] }] })
    expect(match(chain, 1n, 600n)).to.equal('done')
  })
  it('fails when the certificate is unknown, used, of another holder or the text no text', () => {
    const chain = started()
    consumed(chain, 600n)
    expect(match(chain, 1n, 1n)).to.equal('certificate 4')
    issued(chain, 1_000n)
    expect(match(chain, 1n, 1n, { purpose: '\n' })).to.equal('certificate 16')
    expect(match(chain, 1n, 1n, { owner: BOB })).to.equal('certificate 5')
    expect(match(chain, 1n, 1n, { owner: 'x' })).to.equal('sdk 7')
    expect(match(chain, 0n, 1n)).to.equal('certificate 6')
    expect(match(chain, 1n, 1n)).to.equal('done')
    expect(match(chain, 1n, 1n)).to.equal('certificate 12')
  })
  it(`${cases.length} recorded cases of time are accepted or rejected under either policy`, () => {
    for (const { name, generation, use, same_tick, enclosing } of cases) {
      const period = ([start, end]: readonly number[]) => ({
        start: START + BigInt(start as number),
        end: START + BigInt(end as number),
      })
      expect(sameTime(period(generation), period(use), false), name).to.equal(same_tick)
      expect(sameTime(period(generation), period(use), true), name).to.equal(enclosing)
    }
  })
})

const emptyZone = {
  zone: '',
  expiryS: 0n,
  matchPolicy: MatchPolicy.MATCH_POLICY_UNSPECIFIED,
  partners: [],
  omGPerKwh: 0n,
  bmGPerKwh: 0n,
  omWeights: [],
  gridCfePermille: [],
}
