import { expect } from 'chai'
import fc from 'fast-check'
import { fromHex, toHex } from '../bytes.ts'
import { ChainError } from '../errors.ts'
import { averagePriority, incrementPriority, MAX_TOTAL_POWER, totalPower } from '../priority.ts'
import type { Validator } from '../types.ts'
import {
  addressOf,
  applyChanges,
  copyIncrementPriority,
  decodeValidatorSet,
  encodeValidatorSet,
  newValidatorSet,
  nextValidators,
  proposerOf,
  updateValidators,
  validatorsHash,
} from '../validators.ts'
import { type ValidatorJson, validatorOf, vectors } from './support.ts'

const EMPTY_KEY = new Uint8Array(0)
const change = (v: { address: string; voting_power: string }) => ({
  address: fromHex(v.address),
  pubKey: EMPTY_KEY,
  power: BigInt(v.voting_power),
})
const start = (initial: { address: string; voting_power: string }[]) =>
  incrementPriority(applyChanges([], initial.map(change)), 1)
const view = (validators: readonly Validator[]) =>
  validators.map((v) => ({
    address: toHex(v.address),
    voting_power: `${v.power}`,
    proposer_priority: `${v.priority}`,
  }))

interface RunState {
  validators: { address: string; voting_power: string; proposer_priority: string }[]
  proposer: string
}

describe('Validator sets', () => {
  const hashes = vectors<{ validators_in_canonical_order: ValidatorJson[]; hash: string }[]>(
    'comet-validators-hash/validators_hash.json',
  )

  it(`hash as CometBFT does (${hashes.length} vectors)`, () => {
    for (const { validators_in_canonical_order, hash } of hashes) {
      const validators = validators_in_canonical_order.map(validatorOf)
      expect(toHex(validatorsHash({ validators }))).to.equal(hash)
      const set = newValidatorSet(validators)
      expect(toHex(validatorsHash(set))).to.equal(hash)
      for (const v of validators) expect(toHex(addressOf(v.pubKey))).to.equal(toHex(v.address))
    }
  })

  const sequences = vectors<
    {
      name: string
      initial: { address: string; voting_power: string }[]
      proposers?: string[]
      counts?: number[]
    }[]
  >('comet-proposer-priority/proposer_sequences.json')

  it(`rotate proposers as the reference tests print them (${sequences.length} sequences)`, () => {
    for (const { name, initial, proposers, counts } of sequences) {
      let state = start(initial)
      const seen = Array.from({ length: proposers?.length ?? 120 }, () => {
        const address = toHex(state.proposer.address)
        state = incrementPriority(state.validators, 1)
        return address
      })
      if (proposers) expect(seen, name).to.deep.equal(proposers)
      else {
        const turns = initial.map((v) => seen.filter((address) => address === v.address).length)
        expect(turns, name).to.deep.equal(counts)
      }
    }
  })

  const averaging = vectors<{
    average: { priorities: string[]; average: string }[]
    increment_zero_power: { priorities: string[]; times: number; expected: string[] }[]
    increment_with_power: {
      initial: { address: string; voting_power: string }[]
      cases: { times: number; priorities: string[]; proposer: string }[]
    }
  }>('comet-proposer-priority/averaging.json')
  const averagingCount =
    averaging.average.length +
    averaging.increment_zero_power.length +
    averaging.increment_with_power.cases.length

  it(`centre with floor division (${averagingCount} vectors)`, () => {
    const withPriority = (priority: string, i: number): Validator => ({
      address: Uint8Array.of(i),
      pubKey: EMPTY_KEY,
      power: 0n,
      priority: BigInt(priority),
    })
    for (const { priorities, average } of averaging.average) {
      expect(`${averagePriority(priorities.map(withPriority))}`).to.equal(average)
    }
    for (const { priorities, times, expected } of averaging.increment_zero_power) {
      const { validators } = incrementPriority(priorities.map(withPriority), times)
      expect(validators.map((v) => `${v.priority}`)).to.deep.equal(expected)
    }
    const { initial, cases } = averaging.increment_with_power
    const fresh = initial.map((v) => ({ ...change(v), priority: 0n }))
    for (const { times, priorities, proposer } of cases) {
      const result = incrementPriority(fresh, times)
      expect(result.validators.map((v) => `${v.priority}`)).to.deep.equal(priorities)
      expect(toHex(result.proposer.address)).to.equal(proposer)
    }
    expect(averagePriority(['-1', '-1', '-2'].map(withPriority))).to.equal(-2n)
  })

  const updates = vectors<
    {
      start: { address: string; voting_power: string }[]
      changes: { address: string; voting_power: string }[]
      expected_order: { address: string; voting_power: string }[]
      derived_priorities_after: string[]
    }[]
  >('comet-proposer-priority/updates.json')

  it(`apply power changes as CometBFT does (${updates.length} vectors)`, () => {
    for (const vector of updates) {
      const after = applyChanges(start(vector.start).validators, vector.changes.map(change))
      expect(view(after)).to.deep.equal(
        vector.expected_order.map((v, i) => ({
          ...v,
          proposer_priority: vector.derived_priorities_after[i],
        })),
      )
    }
  })

  const runs = vectors<
    {
      name: string
      initial: { address: string; voting_power: string }[]
      after_creation: RunState
      steps: {
        changes: { address: string; voting_power: string }[]
        increment: number
        state: RunState
      }[]
    }[]
  >('comet-proposer-priority/derived_runs.json')
  const steps = runs.reduce((sum, run) => sum + run.steps.length, 0)

  it(`keep the full priority state over joins, leaves and rescaling (${steps} steps of ${runs.length} runs)`, () => {
    for (const run of runs) {
      let state = start(run.initial)
      expect(view(state.validators), run.name).to.deep.equal(run.after_creation.validators)
      for (const step of run.steps) {
        const changed = applyChanges(state.validators, step.changes.map(change))
        state = incrementPriority(changed, step.increment)
        expect(view(state.validators), run.name).to.deep.equal(step.state.validators)
        expect(toHex(state.proposer.address), run.name).to.equal(step.state.proposer)
      }
    }
  })

  const key = (n: number) => new Uint8Array(32).fill(n)

  it('refuse bad changes and stay as they were', () => {
    const set = newValidatorSet([{ pubKey: key(1), power: 10n }])
    const bad = [
      [{ pubKey: key(1), power: -1n }],
      [{ pubKey: key(1), power: 0n }],
      [{ pubKey: key(2), power: 0n }],
      [{ pubKey: key(2), power: MAX_TOTAL_POWER }],
      [
        { pubKey: key(2), power: 1n },
        { pubKey: key(2), power: 2n },
      ],
      [{ pubKey: new Uint8Array(31), power: 1n }],
    ]
    for (const changes of bad) expect(() => updateValidators(set, changes)).to.throw(ChainError)
    expect(() => newValidatorSet([])).to.throw(ChainError)
    expect(set.totalPower).to.equal(10n)
  })

  it('name the proposer of a round by rotating a copy', () => {
    const set = newValidatorSet([1, 2, 3, 4].map((n) => ({ pubKey: key(n), power: 10n })))
    const four = [0, 1, 2, 3].map((round) => toHex(proposerOf(set, round).address))
    expect(new Set(four).size).to.equal(4)
    expect(proposerOf(set, 0)).to.equal(set.proposer)
    expect(copyIncrementPriority(set, 0)).to.equal(set)
  })

  it('give each validator turns in proportion to its power and survive their codec', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(1n, 50n), { minLength: 1, maxLength: 6 }), (powers) => {
        const changes = powers.map((power, i) => ({ pubKey: key(i), power }))
        let set = newValidatorSet(changes)
        expect(decodeValidatorSet(encodeValidatorSet(set))).to.deep.equal(set)
        const turns = new Map<string, bigint>()
        const total = totalPower(set.validators)
        for (let i = 0n; i < total; i++) {
          const address = toHex(set.proposer.address)
          turns.set(address, (turns.get(address) ?? 0n) + 1n)
          set = nextValidators(set, [])
        }
        for (const v of set.validators) {
          const got = turns.get(toHex(v.address)) ?? 0n
          expect(got >= v.power - 1n && got <= v.power + 1n).to.equal(true)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('refuse encodings with a foreign address, order or total', () => {
    const set = newValidatorSet([1, 2].map((n) => ({ pubKey: key(n), power: BigInt(n) })))
    const [a, b] = set.validators
    if (a === undefined || b === undefined) throw new Error('two validators expected')
    const decode = (other: typeof set) => () => decodeValidatorSet(encodeValidatorSet(other))
    expect(decode({ ...set, validators: [b, a] })).to.throw(ChainError, 'out of order')
    expect(decode({ ...set, totalPower: 4n })).to.throw(ChainError, 'not the sum')
    expect(decode({ ...set, validators: [a, { ...b, address: a.address }] })).to.throw(
      ChainError,
      'key',
    )
  })
})
