import { expect } from 'chai'
import { type Challenge, ChallengeStatus } from '../../../proto/gen/strom/operator/v1/state.ts'
import { Rig } from './support/gateway-rig.ts'

/** A quarter of an hour passes in five seconds: enough for a process that was killed to come back in one. */
const SPEED = 180
const TICKS = 3n
const TICK_S = 900n
/** First second of a period of three ticks. */
const FIRST = (1_780_300_800n / (TICKS * TICK_S)) * (TICKS * TICK_S)
const { CHALLENGE_STATUS_OPEN, CHALLENGE_STATUS_MET, CHALLENGE_STATUS_MISSED } = ChallengeStatus

interface Words {
  readonly presence: string
  readonly secret: string
  readonly last: string
  readonly problems: readonly string[]
}

describe('a gateway process that keeps the battery of a real validator', function () {
  this.timeout(180_000)
  let rig: Rig
  /** The first period that was drawn: later than planned where the node was slow to start. */
  let period = 0n

  const challenge = async (of: bigint): Promise<Challenge | undefined> =>
    (await rig.chain.challenges()).find((one) => one.period === of)
  const judged = async (of: bigint): Promise<Challenge> => {
    let found: Challenge | undefined
    await rig.until(`the judgement of period ${of}`, async () => {
      found = await challenge(of)
      return found !== undefined && found.status !== CHALLENGE_STATUS_OPEN
    })
    return found as unknown as Challenge
  }
  const words = async (): Promise<Words> => (await rig.status())['operator'] as Words

  before(async () => {
    rig = await Rig.start({
      speed: SPEED,
      start: FIRST - TICK_S,
      // One place is left for a deep challenge of two ticks: the second and third of each period.
      params: { period_ticks: Number(TICKS), deep_ticks: 2, notice_ticks: 1, deep_periods: 9 },
    })
  })
  after(() => rig?.stop())

  it('commits, is killed in the midst of a challenge, goes on, and reveals', async () => {
    await rig.until('a challenge', async () => {
      period = (await rig.chain.challenges())[0]?.period ?? 0n
      return period > 0n
    })
    await rig.until('a commitment', async () => (await rig.chain.secret(period + 1n)) !== undefined)
    const asked = await challenge(period)
    expect([asked?.deep, asked?.ticks]).to.deep.equal([true, 2])
    await rig.until('power', () => rig.plant.held && Math.abs(rig.plant.watts) > 1_000)
    expect((await rig.chain.secret(period + 1n))?.secret).to.have.length(0)
    await rig.killGateway()
    const killed = rig.now
    await rig.until('the end of the setpoint', () => !rig.plant.held)
    // The battery lets go by itself after revert_s; what is above it is the grain of this test.
    expect(rig.now - killed).to.be.lessThan(300 + 100)
    rig.startGateway()
    await rig.until('power again', () => rig.plant.held)
    await rig.until('the secret', async () => {
      return ((await rig.chain.secret(period + 1n))?.secret.length ?? 0) === 32
    })
    await rig.until('the release', () => /was let go: -?\d+ of/.test(rig.said))
    expect(rig.plant.held).to.equal(false)
    // From here on the battery says yes and does nothing.
    rig.plant.deaf = true
  })

  it('lets the battery go when it is asked to stop in the midst of a challenge', async () => {
    await rig.until('the next setpoint', () => rig.plant.held)
    await rig.stopGateway()
    const stopped = rig.now
    await rig.until('the end of the setpoint', () => !rig.plant.held)
    // At once, and not because revert_s has passed.
    expect(rig.now - stopped).to.be.lessThan(100)
    rig.startGateway()
  })

  it('meets the challenge at its meter, and is there in the ticks of it', async () => {
    const found = await judged(period)
    expect([found.status, found.reason]).to.deep.equal([CHALLENGE_STATUS_MET, ''])
    expect([found.targetWh, -found.targetWh]).to.include(4_000n)
    expect(Number(found.measuredWh - found.targetWh)).to.be.within(-200, 200)
    expect(found.reversed).to.equal(false)
    const presence = await rig.chain.presence()
    expect(Number(presence?.lastPresent)).to.be.within(
      Number(found.tick),
      Math.floor(rig.now / Number(TICK_S)),
    )
    expect(Number(presence?.epochPresent)).to.be.greaterThan(1)
    const operator = await rig.chain.operator()
    expect([operator?.provenWh, operator?.factorPpm]).to.deep.equal([20_000n, 1_000_000n])
    expect((await words()).last).to.equal(
      `the challenge of period ${period} was met: ${found.measuredWh} Wh of ${found.targetWh} Wh, ± 200`,
    )
  })

  it('misses that of a battery that does not follow, and says so before and after', async () => {
    const found = await judged(period + 1n)
    expect(found.status).to.equal(CHALLENGE_STATUS_MISSED)
    expect(found.reason).to.match(/^-?\d+ Wh instead of -?\d+, off by more than \d+$/)
    expect(rig.said).to.match(/warning: operator: bess does not follow: in \d+ s it was asked to /)
    await rig.until('the word of it', () => rig.said.includes(found.reason))
    expect((await rig.chain.operator())?.factorPpm).to.equal(750_000n)
    const shown = await words()
    expect(shown.last).to.contain(found.reason)
    expect(shown.problems).to.deep.equal([])
    expect(rig.plant.held).to.equal(false)
  })

  it('sent one commitment and one secret for each period, over the kill too', async () => {
    const sent = await rig.operatorMessages()
    expect(sent).to.include(`MsgCommitSecret ${period + 1n}`)
    expect(sent).to.include(`MsgRevealSecret ${period + 1n}`)
    expect(sent).to.deep.equal([...new Set(sent)])
  })
})
