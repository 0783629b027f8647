import { decRaw } from '../../kit/dec.ts'
import { ChainError } from '../../kit/errors.ts'
import { Model, parts, Refused } from './model.ts'
import {
  consensus,
  exported,
  exportedContent,
  reimported,
  T,
  valoper,
  type World,
  who,
  world,
} from './world.ts'

const SLOTS = 10
const ACCOUNTS = 14
const UNBONDING = 60n
const ONE = 10n ** 18n

/** What a run did: how often each operation was done and refused. */
export interface Tally {
  readonly done: Map<string, number>
  readonly refused: Map<string, number>
  blocks: number
  updates: number
}

/** Runs this many random operations, 2,000 in each world, against the model. Throws where they differ. */
export function runOperations(seed: number, count: number): Tally {
  const tally: Tally = { done: new Map(), refused: new Map(), blocks: 0, updates: 0 }
  for (let left = count, i = 0; left > 0; left -= 2000, i++)
    runWorld(seed * 1000 + i, Math.min(left, 2000), tally)
  return tally
}

function runWorld(seed: number, count: number, tally: Tally): void {
  const pick = randomOf(seed)
  const start = [1, 2, 3, 4, 5].map((n) => [n, BigInt(n) * 20n * T + BigInt(pick(1000))] as const)
  const real = world(start, {
    unbondingTime: { seconds: UNBONDING, nanos: 0 },
    maxValidators: 5 + pick(3),
    maxEntries: 3,
  })
  const { maxValidators, maxEntries } = real.api.params(real.chain.query())
  const model = new Model(
    { time: real.chain.time, unbondingTime: UNBONDING, maxEntries, maxValidators },
    start,
  )
  for (let n = 1; n <= 20; n++) model.balances.set(n, real.balance(n))
  const supply = real.bank.supply(real.chain.query(), 'ustrom')
  for (let i = 0; i < count; i++) {
    const name = step(real, model, pick, tally)
    if (name === 'block') {
      tally.blocks += 1
      if (tally.blocks % 8 === 0) compare(real, model, supply, `world ${seed}, operation ${i}`)
    }
  }
  compare(real, model, supply, `world ${seed}, end`)
  compareImport(real, model, `world ${seed}`)
}

/** What the world exports makes the same world again, once whoever bounds powers has said its bounds. */
function compareImport(real: World, model: Model, where: string): void {
  // Genesis is taken between blocks.
  real.block(0n)
  const twin = reimported(real)
  for (const [n, { cap }] of model.validators)
    if (cap !== undefined) twin.api.setPowerCap(twin.chain.write(), who(n), cap)
  same(JSON.stringify(exported(twin)), JSON.stringify(exported(real)), `${where}: genesis`)
  same(exportedContent(twin), exportedContent(real), `${where}: content after import`)
  same(twin.broken().join(), '', `${where}: laws after import`)
  same(twin.block().join(), '', `${where}: updates after import`)
}

type Pick = (below: number) => number

/** One operation on both; the name of what was done. */
function step(real: World, model: Model, pick: Pick, tally: Tally): string {
  const name = chooseName(pick)
  if (name === 'block') {
    endBlocks(real, model, pick, tally)
    return name
  }
  const [onReal, onModel] = operation(name, real, model, pick)
  const twin = name === 'redelegate' ? model.copy() : undefined
  const expected = outcome(onModel)
  if (expected !== undefined && twin !== undefined) Object.assign(model, twin)
  // Rolling back copies every store, so only where the module finds the fault after it has written.
  real.atomic = expected === 'staking 30' || expected === 'staking 34'
  const found = outcome(onReal)
  real.chain.takeEvents()
  if (found !== expected)
    throw new Error(`${name}: ${found ?? 'accepted'}, the model says ${expected ?? 'accepted'}`)
  const counts = expected === undefined ? tally.done : tally.refused
  const label = expected === undefined ? name : `${name} ${expected}`
  counts.set(label, (counts.get(label) ?? 0) + 1)
  return name
}

function outcome(run: () => void): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof Refused) return error.code
    if (error instanceof ChainError) return `${error.codespace} ${error.code}`
    throw error
  }
}

const WEIGHTS: readonly (readonly [string, number])[] = [
  ['delegate', 24],
  ['undelegate', 18],
  ['redelegate', 14],
  ['cancel', 7],
  ['slash', 4],
  ['jail', 3],
  ['unjail', 4],
  ['cap', 5],
  ['create', 3],
  ['edit', 2],
  ['params', 1],
  ['block', 15],
]

function chooseName(pick: Pick): string {
  let at = pick(WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0))
  for (const [name, weight] of WEIGHTS) {
    if (at < weight) return name
    at -= weight
  }
  return 'block'
}

type Pair = readonly [onReal: () => void, onModel: () => void]

function operation(name: string, real: World, model: Model, pick: Pick): Pair {
  const d = 1 + pick(ACCOUNTS)
  const v = 1 + pick(SLOTS)
  const amount = someAmount(pick)
  switch (name) {
    case 'delegate':
      return [() => real.delegate(d, v, amount), () => model.delegate(d, v, amount)]
    case 'undelegate': {
      const [who, from, part] = somePart(model, pick, d, v)
      return [() => real.undelegate(who, from, part), () => model.undelegate(who, from, part)]
    }
    case 'redelegate': {
      const [who, from, part] = somePart(model, pick, d, v)
      const to = 1 + pick(SLOTS)
      return [
        () => real.redelegate(who, from, to, part),
        () => model.redelegate(who, from, to, part),
      ]
    }
    case 'cancel':
      return someCancel(real, model, pick)
    case 'create': {
      const least = BigInt(1 + pick(3)) * T
      const minSelfDelegation = least.toString()
      return [
        () => real.create(v, amount, { minSelfDelegation }),
        () => model.create(v, amount, least),
      ]
    }
    case 'edit':
      return someEdit(real, model, v, BigInt(1 + pick(5)) * T)
    default:
      return authorityOperation(name, real, model, pick, v)
  }
}

/** What no account can do: faults, jail, bounds and parameters. */
function authorityOperation(
  name: string,
  { api, chain, updateParams }: World,
  model: Model,
  pick: Pick,
  v: number,
): Pair {
  const validator = model.validators.get(v)
  const nothing: Pair = [() => undefined, () => undefined]
  if (name === 'params') {
    const maxValidators = 3 + pick(6)
    return [
      () => updateParams({ maxValidators }),
      () => {
        model.maxValidators = maxValidators
      },
    ]
  }
  if (name === 'slash') {
    const fraction =
      (ONE * BigInt([1, 5, 10, 33, 1, 5, 10, pick(20) === 0 ? 100 : 2][pick(8)] ?? 1)) / 100n
    let at = model.height - BigInt(pick(12))
    while (at < 1n || model.time - (model.times[Number(at)] ?? 0n) > UNBONDING) at += 1n
    const order = {
      infractionHeight: at,
      fraction: decRaw(fraction),
      reason: 'double_sign',
    } as const
    let burned = -1n
    return [
      () => same(api.slash(chain.write(), consensus(v), order), burned, 'burned by a slash'),
      () => {
        burned = model.slash(v, at, fraction)
      },
    ]
  }
  if (validator === undefined) return nothing
  if (name === 'cap') {
    const cap = pick(3) === 0 ? undefined : BigInt(pick(80))
    return [
      () => api.setPowerCap(chain.write(), who(v), cap),
      () => {
        validator.cap = cap
      },
    ]
  }
  const jailed = name === 'jail'
  if (validator.jailed === jailed) return nothing
  return [
    () => (jailed ? api.jail : api.unjail)(chain.write(), consensus(v)),
    () => {
      validator.jailed = jailed
    },
  ]
}

function someEdit(real: World, model: Model, v: number, least: bigint): Pair {
  return [
    () => real.edit(v, { minSelfDelegation: least.toString() }),
    () => {
      const validator = model.validators.get(v)
      if (validator === undefined) throw new Refused('staking 3')
      if (least <= validator.minSelf) throw new Refused('staking 17')
      if (least > validator.tokens) throw new Refused('staking 16')
      validator.minSelf = least
    },
  ]
}

function someCancel(real: World, model: Model, pick: Pick): Pair {
  const names = [...model.unbondings.keys()]
  const name = names[pick(Math.max(names.length, 1))] ?? '1/1'
  const [d = 1, v = 1] = parts(name)
  const entries = model.unbondings.get(name) ?? []
  const entry = entries[pick(Math.max(entries.length, 1))]
  const height = entry?.height ?? 1n
  const balance = entry?.balance ?? 1n
  const amount = pick(2) === 0 && balance > 0n ? balance : 1n + (balance * BigInt(pick(11))) / 10n
  return [() => real.cancel(d, v, amount, height), () => model.cancel(d, v, amount, height)]
}

function someAmount(pick: Pick): bigint {
  const kind = pick(4)
  if (kind === 0) return BigInt(1 + pick(5))
  if (kind === 1) return BigInt(1 + pick(1_000_000))
  return BigInt(1 + pick(30)) * T + BigInt(pick(1_000_000))
}

/** Mostly a delegation that exists, and often all of it. */
function somePart(model: Model, pick: Pick, d: number, v: number): [number, number, bigint] {
  const names = [...model.delegations.keys()]
  if (pick(10) === 0 || names.length === 0) return [d, v, someAmount(pick)]
  const name = names[pick(names.length)] ?? ''
  const [who = d, from = v] = parts(name)
  const validator = model.validators.get(from)
  const shares = model.delegations.get(name) ?? 0n
  const worth =
    validator === undefined || validator.shares === 0n
      ? 0n
      : (shares * validator.tokens) / validator.shares
  if (pick(3) === 0 && worth > 0n) return [who, from, worth]
  return [who, from, 1n + (worth * BigInt(pick(102))) / 100n]
}

function endBlocks(real: World, model: Model, pick: Pick, tally: Tally): void {
  const seconds = pick(12) === 0 ? BigInt(20 + pick(60)) : 6n
  const updates = real.block(seconds)
  const expected = [...model.endBlock()].map(([n, power]) => `${n}: ${power}`)
  model.nextBlock(seconds)
  tally.updates += updates.length
  same([...updates].sort().join(', '), expected.sort().join(', '), 'updates to consensus')
  same(new Set(updates.map((line) => line.split(':')[0])).size, updates.length, 'names in updates')
  const set = real.api.bondedValidators(real.chain.query())
  same(
    set
      .map(({ operator, power }) => `${operator[0]}: ${power}`)
      .sort()
      .join(', '),
    [...model.last]
      .map(([n, power]) => `${n}: ${power}`)
      .sort()
      .join(', '),
    'the set',
  )
  same(set.length > 0, true, 'the set has members')
}

/** Everything both know, and the laws of the module. */
function compare(real: World, model: Model, supply: bigint, where: string): void {
  const ctx = real.chain.query()
  const text = (lines: readonly string[]): string => [...lines].sort().join('\n')
  const validators = real.api.validators(ctx)
  same(
    text(
      validators.map((v) => {
        const status = ['', 'unbonded', 'unbonding', 'bonded'][v.status]
        return `${v.operatorAddress}: ${v.tokens} ${v.delegatorShares} ${status} ${v.jailed}`
      }),
    ),
    text(
      [...model.validators].map(
        ([n, v]) => `${addressOf(n)}: ${v.tokens} ${v.shares} ${v.status} ${v.jailed}`,
      ),
    ),
    `${where}: validators`,
  )
  const found: string[] = []
  for (let n = 1; n <= ACCOUNTS; n++) {
    for (const { validatorAddress, shares } of real.api.delegationsOf(ctx, who(n)))
      found.push(`delegation ${n} ${validatorAddress} ${shares}`)
    for (const { validatorAddress, entries } of real.api.unbondingsOf(ctx, who(n)))
      for (const e of entries)
        found.push(
          `unbonding ${n} ${validatorAddress} ${e.creationHeight} ${e.completionTime.seconds} ${e.initialBalance} ${e.balance}`,
        )
    for (const r of real.api.redelegationsOf(ctx, who(n)))
      for (const e of r.entries)
        found.push(
          `redelegation ${n} ${r.validatorSrcAddress} ${r.validatorDstAddress} ${e.creationHeight} ${e.completionTime.seconds} ${e.initialBalance} ${e.sharesDst}`,
        )
    found.push(`balance ${n} ${real.balance(n)}`)
  }
  same(text(found), text(expectedRows(model)), `${where}: what accounts have`)
  const [bonded, rest] = real.pools()
  const staked = (inSet: boolean): bigint =>
    [...model.validators.values()]
      .filter((v) => (v.status === 'bonded') === inSet)
      .reduce((sum, v) => sum + v.tokens, 0n)
  const unbonding = [...model.unbondings.values()].flat().reduce((sum, e) => sum + e.balance, 0n)
  same(bonded, staked(true), `${where}: the bonded pool`)
  same(rest, staked(false) + unbonding, `${where}: the not bonded pool`)
  same(supply - real.bank.supply(ctx, 'ustrom'), model.burned, `${where}: what was burned`)
  same(real.broken().join(), '', `${where}: laws`)
}

function expectedRows(model: Model): string[] {
  const rows: string[] = []
  for (const [name, shares] of model.delegations) {
    const [d = 0, v = 0] = parts(name)
    rows.push(`delegation ${d} ${addressOf(v)} ${shares}`)
  }
  for (const [name, entries] of model.unbondings) {
    const [d = 0, v = 0] = parts(name)
    for (const e of entries)
      rows.push(`unbonding ${d} ${addressOf(v)} ${e.height} ${e.time} ${e.initial} ${e.balance}`)
  }
  for (const [name, entries] of model.redelegations) {
    const [d = 0, s = 0, v = 0] = parts(name)
    for (const e of entries)
      rows.push(
        `redelegation ${d} ${addressOf(s)} ${addressOf(v)} ${e.height} ${e.time} ${e.initial} ${e.shares}`,
      )
  }
  for (let n = 1; n <= ACCOUNTS; n++) rows.push(`balance ${n} ${model.balances.get(n) ?? 0n}`)
  return rows
}

function same(found: unknown, expected: unknown, what: string): void {
  if (found === expected) return
  throw new Error(`${what}: found\n${String(found)}\nexpected\n${String(expected)}`)
}

const names = new Map<number, string>()
function addressOf(n: number): string {
  const found = names.get(n) ?? valoper(n)
  names.set(n, found)
  return found
}

/** A small generator of equal numbers for equal seeds (mulberry32). */
function randomOf(seed: number): Pick {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}
