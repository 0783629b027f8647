import { expect } from 'chai'
import { toBech32 } from '../../kit/address.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { ACCOUNT } from '../needs.ts'
import { type Deed, valoper, World } from './world.ts'

const four = { stakes: [100n, 100n, 100n, 100n] }
const cycling =
  (world: World, more: (n: number, tick: bigint) => Deed = () => ({})) =>
  (n: number, tick: bigint): Deed => ({
    ...(world.asked(n, tick) === 0n ? { net: (tick / 8n) % 2n === 0n ? -3_325n : 3_000n } : {}),
    ...more(n, tick),
  })

/** What waits for the end of the epoch, and what each operator was paid so far. */
function books(world: World): { waits: bigint; paid: bigint[]; account: string } {
  const account = world.api.auth.api.moduleAddress(nobleHasher, ACCOUNT)
  const paid = [0, 1, 2, 3].map((n) =>
    world
      .events('storage_reward')
      .filter(({ attributes }) => attributes[0]?.[1] === valoper(n))
      .reduce(
        (sum, { attributes }) => sum + BigInt((attributes[1]?.[1] ?? '').replace(/\D/g, '')),
        0n,
      ),
  )
  const waits = world.api.bank.api.balance(world.chain.query(), account, 'ustrom')
  return { waits, paid, account: toBech32(account) }
}

/** The newest reward of an operator. */
function lastPaid(world: World, n: number): bigint {
  const own = world
    .events('storage_reward')
    .filter(({ attributes }) => attributes[0]?.[1] === valoper(n))
  return BigInt((own[own.length - 1]?.attributes[1]?.[1] ?? '0').replace(/\D/g, ''))
}

/** All that ever reached the account of the reward, from the transfers of mint. */
function received(world: World, account: string): bigint {
  return world
    .events('coin_received')
    .filter(({ attributes }) => attributes[0]?.[1] === account)
    .reduce(
      (sum, { attributes }) => sum + BigInt((attributes[1]?.[1] ?? '').replace(/\D/g, '')),
      0n,
    )
}

/** What left it for the community pool or validators. */
function spent(world: World, account: string): bigint {
  return world
    .events('coin_spent')
    .filter(({ attributes }) => attributes[0]?.[1] === account)
    .reduce(
      (sum, { attributes }) => sum + BigInt((attributes[1]?.[1] ?? '').replace(/\D/g, '')),
      0n,
    )
}

describe('the storage reward', () => {
  it('goes by verified capacity and presence, and all of it goes somewhere', () => {
    // Without a limit on makers each verified Wh counts.
    const world = new World({ ...four, params: { makerMinimum: 100 } })
    // Operator 3 has no anchor in half of the ticks, operator 2 moves little.
    const deed = cycling(world, (n, tick) => ({
      ...(n === 2 && world.asked(2, tick) === 0n
        ? { net: (tick / 8n) % 2n === 0n ? -500n : 450n }
        : {}),
      ...(n === 3 ? { unanchored: tick % 2n === 0n } : {}),
    }))
    world.run(24 * 3, deed)
    const { waits, paid, account } = books(world)
    expect((paid[0] ?? 0n) > (paid[2] ?? 0n)).to.equal(true)
    expect((paid[2] ?? 0n) > 0n).to.equal(true)
    // Half present, half paid: in the last epoch it gets half of what operator 0 gets for each Wh.
    const perWh = (n: number): bigint => (lastPaid(world, n) * 1_000_000n) / world.op(n).verifiedWh
    const [half, whole] = [perWh(3), perWh(0)]
    expect(half * 10n > whole * 4n && half * 10n < whole * 6n, `${half} of ${whole}`).to.equal(true)
    expect(received(world, account)).to.equal(spent(world, account) + waits)
    const sum = paid.reduce((a, b) => a + b, 0n)
    expect(sum <= spent(world, account)).to.equal(true)
  }).timeout(60_000)

  it('is lost for the period whose secret is withheld, and for no other operator', () => {
    const world = new World(four)
    world.run(24 * 2, cycling(world))
    const before = books(world).paid
    world.run(
      24,
      cycling(world, (n) => ({ mute: n === 1 })),
    )
    // The period under way was served by a secret given before; the next one is not.
    const between = books(world).paid
    expect((between[1] ?? 0n) > (before[1] ?? 0n)).to.equal(true)
    world.run(24, cycling(world))
    const after = books(world).paid
    expect(after[1]).to.equal(between[1])
    expect((after[0] ?? 0n) > (between[0] ?? 0n)).to.equal(true)
    world.run(24, cycling(world))
    expect((books(world).paid[1] ?? 0n) > (after[1] ?? 0n)).to.equal(true)
  }).timeout(60_000)

  it('stays with the community pool while nothing is verified', () => {
    const world = new World({ ...four, operators: [] })
    world.run(17)
    const { paid, waits, account } = books(world)
    expect(paid).to.deep.equal([0n, 0n, 0n, 0n])
    expect(received(world, account)).to.equal(spent(world, account) + waits)
    expect(spent(world, account) > 0n).to.equal(true)
  })
})
