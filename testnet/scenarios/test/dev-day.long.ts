import { expect } from 'chai'
import { type Ended, freeOffset, strom } from '../command.ts'

/** The one object of `-o json`. */
interface Statement {
  readonly readings: { accepted: string; refused: string; refused_by_reason: object }
  readonly energy_wh: Record<string, string>
  readonly certificates: { issued_wh: string; ranges: string }
  readonly conservation: { ok: boolean; difference_wh: number }
  readonly operators: readonly Operator[]
}

interface Operator {
  readonly moniker: string
  readonly battery: string
  readonly rewards_ustrom: string
  readonly commission_ustrom: string
  readonly slashes: number
  readonly silent: number
  readonly jailed: number
  readonly jailed_now: boolean
  readonly verified_wh: string
  readonly challenges: readonly Challenge[]
}

interface Challenge {
  readonly deep: boolean
  readonly target_wh: string
  readonly measured_wh: string
  readonly reversed: boolean
  readonly outcome: string
}

describe('a day of the town', function () {
  this.timeout(600_000)
  let offset: number

  const dev = async (...args: string[]): Promise<Ended> =>
    await strom(['dev', '--for', '1d', '-o', 'json', '--port-offset', String(offset), ...args])
  const statement = (run: Ended): Statement => {
    expect(run.code, run.stderr).to.equal(0)
    return JSON.parse(run.stdout) as Statement
  }

  before(async () => {
    offset = await freeOffset(4)
  })

  it('challenges, jails and frees its operators in a day, and asks the same of them again with the same seed', async () => {
    const first = statement(await dev('--seed', '7'))
    expect(first.conservation).to.deep.equal({ ok: true, difference_wh: 0 })
    const { operators } = first
    expect(operators.map(({ moniker, battery }) => [moniker, battery])).to.deep.equal(
      [0, 1, 2, 3].map((i) => [`node${i}`, `storage-${i + 1}-battery`]),
    )
    for (const operator of operators) {
      const silent = operator.moniker === 'node3' ? 1 : 0
      expect([operator.jailed, operator.jailed_now], operator.moniker).to.deep.equal([
        silent,
        false,
      ])
      expect(operator.silent >= silent, operator.moniker).to.equal(true)
      // Silence costs the reward of its time and no stake.
      expect(operator.slashes).to.equal(0)
      expect(BigInt(operator.rewards_ustrom) > BigInt(operator.commission_ustrom)).to.equal(true)
      const ended = operator.challenges.filter(({ outcome }) => outcome !== 'open')
      expect(ended).to.have.length(3)
      expect(ended[0]?.deep).to.equal(true)
      for (const challenge of ended.filter(({ outcome }) => outcome === 'met')) {
        const target = BigInt(challenge.target_wh) * (challenge.reversed ? -1n : 1n)
        expect(BigInt(challenge.measured_wh)).to.equal(target)
      }
      const missed = ended.filter(({ outcome }) => outcome !== 'met')
      // The silent one may be asked in its silence; nobody else misses anything.
      expect(missed.length <= silent, JSON.stringify(missed)).to.equal(true)
      if (silent === 0) expect(BigInt(operator.verified_wh) > 0n).to.equal(true)
    }
    const second = statement(await dev('--seed', '7'))
    for (const part of ['readings', 'energy_wh', 'certificates', 'conservation'] as const) {
      expect(second[part], part).to.deep.equal(first[part])
    }
    const asked = (run: Statement): unknown => run.operators.map(({ challenges }) => challenges)
    expect(asked(second)).to.deep.equal(asked(first))
  })
})
