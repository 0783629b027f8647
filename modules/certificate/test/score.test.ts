import { expect } from 'chai'
import fc from 'fast-check'
import { QueryScoreRequest } from '../../../proto/gen/strom/certificate/v1/query.ts'
import { ZoneParams } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgClaimCertificate,
  MsgMatchCertificate,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { Device } from '../../../proto/gen/strom/device/v1/state.ts'
import type { FakeChain } from '../../kit/testing/fake-context.ts'
import { claimCertificate } from '../messages/claim-certificate.ts'
import { matchCertificate } from '../messages/match-certificate.ts'
import { score } from '../queries/score.ts'
import { record } from '../record.ts'
import { scoreOf } from '../score.ts'
import {
  ALICE,
  attempt,
  BOB,
  deliver,
  interval,
  LOAD,
  PV,
  START,
  setParams,
  slice,
  started,
} from './fixture.ts'

const HOUR = 3_600n
const GRID = [300, 200, 400, 500]

/** Four hours of 100 Wh of load, with 0, 250, 60 and 40 Wh claimed. */
function fourHours(): FakeChain {
  const chain = started()
  for (const [i, claimed] of [0n, 250n, 60n, 40n].entries()) {
    const start = START + BigInt(i) * HOUR
    // Four quarter hours of load make an hour of the score.
    for (let quarter = 0n; quarter < 4n; quarter++) {
      record(chain.write(), 'consumption', interval(LOAD, 25n, start + quarter * 900n))
    }
    if (claimed === 0n) continue
    record(chain.write(), 'production', interval(PV, claimed + 5n, start))
    const mine = { ...slice(ALICE, 1n, claimed), intervalStart: start }
    expect(deliver(chain, claimCertificate, MsgClaimCertificate.create(mine))).to.equal('done')
  }
  return chain
}

const ask = (chain: FakeChain, change: Partial<QueryScoreRequest> = {}) =>
  score.handle(
    chain.query(),
    QueryScoreRequest.create({ owner: ALICE, from: START, to: START + 4n * HOUR, ...change }),
  )

describe('Score', () => {
  it('load 4 x 100, claimed 0/250/60/40, grid 300/200/400/500 permille: 690.0, 500 and 875', () => {
    const answer = ask(fourHours(), { gridCfePermille: GRID })
    expect(answer).to.include({
      hourlyPpm: 690_000n,
      procuredPpm: 500_000n,
      annualPpm: 875_000n,
      loadWh: 400n,
      claimedWh: 350n,
      coveredWh: 200n,
    })
    expect(answer.hours.map(({ claimedWh }) => claimedWh)).to.deep.equal([0n, 250n, 60n, 40n])
  })
  it('takes the grid of the zone where none is given, by hour of the day or one for all', () => {
    const chain = fourHours()
    expect(ask(chain).hourlyPpm).to.equal(500_000n)
    const day = [...GRID, ...new Array<number>(20).fill(0)]
    setParams(chain, { zones: [ZoneParams.create({ zone: 'DE-LU', gridCfePermille: day })] })
    expect(ask(chain).hourlyPpm).to.equal(690_000n)
    setParams(chain, { zones: [ZoneParams.create({ zone: 'DE-LU', gridCfePermille: [1_000] })] })
    expect(ask(chain).hourlyPpm).to.equal(1_000_000n)
    expect(ask(chain, { gridCfePermille: [0] }).hourlyPpm).to.equal(500_000n)
  })
  it('counts the consumption and the claims of one account, and of the devices that are named', () => {
    const chain = fourHours()
    const other = Device.create({ ...LOAD, id: 'load-2' })
    record(chain.write(), 'consumption', interval(other, 100n))
    record(chain.write(), 'consumption', interval(other, 50n, START + HOUR, { owner: BOB }))
    expect(ask(chain).loadWh).to.equal(500n)
    expect(ask(chain, { devices: [LOAD.id, LOAD.id] }).loadWh).to.equal(400n)
    record(chain.write(), 'production', interval(PV, 100n))
    const match = {
      ...slice(ALICE, 1n, 100n),
      consumptionDevice: 'load-2',
      consumptionStart: START,
    }
    expect(deliver(chain, matchCertificate, MsgMatchCertificate.create(match))).to.equal('done')
    expect(ask(chain).claimedWh).to.equal(450n)
    expect(ask(chain, { devices: [LOAD.id] }).claimedWh).to.equal(350n)
    expect(ask(chain, { owner: BOB }).loadWh).to.equal(50n)
    expect(ask(chain, { owner: 'nobody' })).to.include({ loadWh: 0n, hourlyPpm: 0n, annualPpm: 0n })
  })
  it('pages its hours', () => {
    const pagination = {
      key: new Uint8Array(),
      offset: 2n,
      limit: 1n,
      countTotal: true,
      reverse: false,
    }
    const answer = ask(fourHours(), { pagination })
    expect(answer.hours.map(({ start }) => start)).to.deep.equal([START + 2n * HOUR])
    expect(answer.pagination?.total).to.equal(4n)
    expect(answer.loadWh).to.equal(400n)
  })
  it('fails when the period is no whole hours, empty or over a year, or the grid does not fit it', () => {
    const chain = started()
    const wrong: Partial<QueryScoreRequest>[] = [
      { from: START + 1n },
      { to: START },
      { to: START - HOUR },
      { to: START + 367n * 24n * HOUR },
      { gridCfePermille: [1, 2] },
      { gridCfePermille: [1_001] },
    ]
    for (const change of wrong) expect(attempt(() => ask(chain, change))).to.equal('certificate 30')
  })
  it('procured is never above hourly or annual, and none is above one', () => {
    const wh = fc.bigInt({ min: 0n, max: 1_000n })
    const hour = fc.record({ loadWh: wh, claimedWh: wh, gridCfePermille: wh })
    fc.assert(
      fc.property(fc.array(hour, { maxLength: 30 }), (hours) => {
        const { procuredPpm, hourlyPpm, annualPpm } = scoreOf(hours)
        expect(procuredPpm <= hourlyPpm && procuredPpm <= annualPpm).to.equal(true)
        expect(hourlyPpm <= 1_000_000n && annualPpm <= 1_000_000n).to.equal(true)
      }),
    )
  })
})
