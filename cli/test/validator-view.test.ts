import { expect } from 'chai'
import {
  QueryPresenceResponse,
  QueryVerifiedCapacityResponse,
} from '../../proto/gen/strom/operator/v1/query.ts'
import { Challenge, ChallengeStatus, Operator } from '../../proto/gen/strom/operator/v1/state.ts'
import { cellText, coinsText, lengthText, percentText } from '../query/format.ts'
import { baseUnits, durationOf, rateJson, secondsOf } from '../tx/composed/values.ts'
import type { StorageFacts } from '../validator/facts.ts'
import { boundsOf, challengesOf, share } from '../validator/standing.ts'
import { stepsText } from '../validator/walk.ts'
import { asked, hours, span } from '../validator/words.ts'

const NOW = 1_472_256_000n // 2016-08-27 00:00 UTC
const TICK = NOW / 900n

function storage(capacity: Partial<QueryVerifiedCapacityResponse>): StorageFacts {
  return {
    operator: Operator.create({}),
    presence: QueryPresenceResponse.create({}),
    capacity: QueryVerifiedCapacityResponse.create(capacity),
    challenges: [],
    secret: undefined,
  }
}

const binding = (capacity: Partial<QueryVerifiedCapacityResponse>): string[] =>
  boundsOf(storage(capacity)).flatMap(({ name, binds }) => (binds ? [name] : []))

describe('how a validator stands', () => {
  it('names the bound that decides, and leaves out the charge that no battery states', () => {
    const all = { nameplateWh: 9_000n, drawdownWh: 8_000n, socDrawdownWh: 8_400n, provenWh: 8_200n }
    expect(binding({ ...all, verifiedWh: 8_000n })).to.deep.equal(['meter'])
    expect(binding({ ...all, socDrawdownWh: 0n, verifiedWh: 8_000n })).to.deep.equal(['meter'])
    expect(binding({ ...all, provenWh: 0n })).to.deep.equal(['proof'])
    expect(binding({ ...all, socDrawdownWh: 0n })).to.deep.equal(['charge state'])
    expect(binding({ ...all, nameplateWh: 8_000n, verifiedWh: 8_000n })).to.deep.equal([
      'nameplate',
      'meter',
    ])
  })

  it('tells the last, the waiting and the next challenge apart', () => {
    const at = (tick: bigint, status: number): Challenge =>
      Challenge.create({ tick, ticks: 1, status, period: tick, targetWh: 2_000n, toleranceWh: 40n })
    const { CHALLENGE_STATUS_MET: met, CHALLENGE_STATUS_OPEN: open } = ChallengeStatus
    const list = [at(TICK - 90n, met), at(TICK - 4n, open), at(TICK, open), at(TICK + 9n, open)]
    const found = challengesOf(list, NOW + 60n)
    expect(found.last?.tick).to.equal(TICK - 90n)
    expect(found.judged?.tick).to.equal(TICK - 4n)
    expect(found.next?.tick).to.equal(TICK)
    expect(hours(at(TICK, open))).to.equal('2016-08-27 00:00 to 00:15 UTC')
  })

  it('says a challenge in the direction that is asked', () => {
    const one = Challenge.create({ targetWh: -4_000n, toleranceWh: 200n, deep: true })
    expect(asked(one)).to.equal('charge 4.000 kWh (+-0.200), deep')
    expect(asked({ ...one, reversed: true })).to.equal('discharge 4.000 kWh (+-0.200), deep')
  })

  it('writes times, shares and coins as people read them', () => {
    expect([59n, 3_600n, 13_200n, 273_600n].map(span)).to.deep.equal([
      '59 s',
      '1 h 0 min',
      '3 h 40 min',
      '3 d 4 h',
    ])
    expect(share(1n, 3n)).to.equal('33.3 %')
    expect(share(1n, 0n)).to.equal('0 %')
    expect(percentText('0.334000000000000000')).to.equal('33.4 %')
    expect(lengthText('1814400s')).to.equal('21 d')
    expect(lengthText('5400s')).to.equal('90 min')
    expect(coinsText([{ denom: 'ustrom', amount: '1234567.890000' }])).to.equal('1.234567 STROM')
    expect(cellText('-4000', 'signed-wh')).to.equal('-4.000')
    expect(cellText('4000', 'signed-wh')).to.equal('+4.000')
    expect(cellText([{ option: 'VOTE_OPTION_NO', weight: '1.0' }], 'vote')).to.equal('no')
  })

  it('shows the command of what is missing, and none of what is done or comes later', () => {
    const text = stepsText([
      { name: 'key', state: 'done', detail: 'me', command: 'not shown' },
      { name: 'battery', state: 'missing', detail: 'none', command: 'strom tx device register' },
      { name: 'bonded', state: 'later', detail: 'after', command: 'not shown' },
    ])
    expect(text).to.contain('strom tx device register').and.not.contain('not shown')
    expect(text).to.contain('1 of 3 steps are done; "battery" is missing')
  })
})

describe('values of stake commands', () => {
  it('take rates as shares or percent, lengths with units, amounts with denominations', () => {
    expect(rateJson('10%', '--r')).to.equal('0.10')
    expect(rateJson('7.5%', '--r')).to.equal('0.075')
    expect(rateJson('100%', '--r')).to.equal('1.00')
    expect(rateJson('0.25', '--r')).to.equal('0.25')
    expect(durationOf('30d', '--p')).to.equal(2_592_000n)
    expect(durationOf('90', '--p')).to.equal(90n)
    expect(baseUnits('1.5STROM', '--m')).to.equal('1500000')
    expect(baseUnits('7', '--m')).to.equal('7')
    expect(secondsOf('2016-08-27', '--t')).to.equal(NOW)
  })

  it('refuse what is none, naming the flag', () => {
    expect(() => rateJson('ten', '--commission-rate')).to.throw('--commission-rate')
    expect(() => durationOf('1 month', '--period')).to.throw('--period')
    expect(() => secondsOf('soon', '--expiration')).to.throw('--expiration')
  })
})
