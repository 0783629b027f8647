import { expect } from 'chai'
import fc from 'fast-check'
import type { JsonValue } from '../../../proto/codec.ts'
import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/cosmos/slashing/v1beta1/tx.ts'
import { BondStatus } from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { govAuthority } from '../../kit/authority.ts'
import { ChainError } from '../../kit/errors.ts'
import type { Module } from '../../kit/module.ts'
import { fakeChain } from '../../kit/testing/fake-context.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { defaultParams } from '../../slashing/params.ts'
import {
  account,
  consensus,
  STROM,
  stakeModules,
  startWorld,
  type World,
} from '../../slashing/test/world.ts'

const N = 4
const who = fc.integer({ min: 0, max: N - 1 })
const amount = fc.bigInt({ min: 1n, max: 900n * STROM })

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('blocks' as const),
      absent: fc.subarray([0, 1, 2]),
      count: fc.integer({ min: 1, max: 7 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      n: who,
      ago: fc.integer({ min: 0, max: 30 }),
      attack: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('delegate' as const),
      n: who,
      by: fc.integer({ min: 10, max: 12 }),
      amount,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('undelegate' as const),
      n: who,
      by: fc.integer({ min: 10, max: 12 }),
      amount,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('redelegate' as const),
      n: who,
      to: who,
      by: fc.integer({ min: 10, max: 12 }),
      amount,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), n: who, amount }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unjail' as const), n: who }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cap' as const),
      n: who,
      cap: fc.bigInt({ min: 0n, max: 2000n }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('window' as const),
      window: fc.bigInt({ min: 1n, max: 40n }),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Runs what a user may try; a refusal is part of the history, anything else is a fault of ours. */
function attempt(run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ChainError)) throw error
  }
}

function setWindow(world: World, window: bigint): void {
  const params = { ...defaultParams(), signedBlocksWindow: window }
  const message = { authority: govAuthority({ hasher: nobleHasher }), params }
  world.router.deliver(pack(MsgUpdateParams, message), MsgUpdateParamsResponse)
}

/** Tells a fault, and checks that whoever was barred before, or is free, pays nothing and all others are barred. */
function tell(world: World, now: Extract<Step, { kind: 'fault' }>): void {
  const height = world.chain.height - BigInt(now.ago)
  if (height < 1n || world.powerAt(now.n, height) === undefined) return
  const type = now.attack ? 'light_client_attack' : 'duplicate_vote'
  const fault = world.fault(now.n, height, type)
  const barred = world.slashing.isTombstoned(world.chain.query(), consensus(now.n))
  world.chain.takeEvents()
  world.next({ faults: [fault, fault] })
  const slashes = world.chain
    .takeEvents()
    .filter(({ attributes }) => attributes.some(([, value]) => value === 'double_sign'))
  const after = world.staking.validator(world.chain.query(), account(now.n))
  const free = after === undefined || after.status === BondStatus.BOND_STATUS_UNBONDED
  expect(slashes).to.have.length(barred || free ? 0 : 1)
  if (free) return
  expect(after.jailed).to.equal(true)
  expect(world.slashing.isTombstoned(world.chain.query(), consensus(now.n))).to.equal(true)
}

function take(world: World, now: Step): void {
  switch (now.kind) {
    case 'blocks':
      for (let i = 0; i < now.count; i++) world.next({ absent: now.absent })
      return
    case 'fault':
      tell(world, now)
      return
    case 'delegate':
      attempt(() => world.delegate(now.by, now.n, now.amount))
      return
    case 'undelegate':
      attempt(() => world.undelegate(now.by, now.n, now.amount))
      return
    case 'redelegate':
      attempt(() => world.redelegate(now.by, now.n, now.to, now.amount))
      return
    case 'leave':
      attempt(() => world.undelegate(now.n, now.n, now.amount))
      return
    case 'unjail':
      attempt(() => world.unjail(now.n))
      return
    case 'cap':
      if (world.staking.validator(world.chain.query(), account(now.n)) !== undefined)
        world.staking.setPowerCap(world.chain.write(), account(now.n), now.cap)
      return
    case 'window':
      setWindow(world, now.window)
  }
}

const exportOf = (chain: World['chain'], modules: readonly Module[]): Record<string, JsonValue> =>
  Object.fromEntries(modules.map(({ name, genesis }) => [name, genesis.export(chain.query())]))

/** Imports an exported chain, staking before slashing, which reads the keys of its validators. */
function checkRoundTrip(world: World): void {
  const wired = stakeModules()
  const order = ['auth', 'bank', 'staking', 'slashing', 'evidence']
  const modules = order.map(
    (name) => wired.modules.find((module) => module.name === name) as Module,
  )
  const json = exportOf(world.chain, world.modules)
  const chain = fakeChain({ height: world.chain.height, time: world.chain.time })
  for (const module of modules) {
    const own = json[module.name] ?? null
    module.genesis.validate(own)
    module.genesis.init(chain.write(), own)
  }
  expect(exportOf(chain, modules)).to.deep.equal(json)
  for (const store of ['slashing', 'evidence'])
    expect(chain.contentHash(store), store).to.equal(world.chain.contentHash(store))
}

describe('random histories of stake, absence and faults', () => {
  it('keep every law, punish nobody twice, and export and import to the same', function () {
    this.timeout(120_000)
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const world = startWorld({
          stakes: [1000n * STROM, 700n * STROM, 1500n * STROM, 4000n * STROM],
          slashing: { signedBlocksWindow: 12n },
          staking: { unbondingTime: { seconds: 120n, nanos: 0 } },
        })
        for (const now of steps) {
          take(world, now)
          world.checkLaws()
        }
        checkRoundTrip(world)
      }),
      { numRuns: 25 },
    )
  })
})
