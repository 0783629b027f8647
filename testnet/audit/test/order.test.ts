import { expect } from 'chai'
import type { AppState } from '../chain/genesis.ts'
import { ATTACKS } from './attacks.ts'
import { worldOf } from './case-world.ts'
import { blocksOf } from './delivery.ts'
import { Random } from './random.ts'
import { runBlocks } from './run-case.ts'
import type { Mail, World } from './world.ts'

const CASES = Number(process.env.AUDIT_ORDERS ?? 20)
const STEP = 300n

/** Attacks that send within the window of settlement what the device itself says in order of time. */
const NAMES = ['replay', 'over plate', 'ramp', 'register rollback', 'wrong unit or sign']

/** The same messages after other delays; of one block, in another order and other batches. */
function delivered(world: World, delayOf: (one: Mail) => bigint): World {
  return { ...world, mails: world.mails.map((one) => ({ ...one, at: one.time + delayOf(one) })) }
}

/** What must be equal: everything but when refused messages knocked. */
function comparable(state: AppState): AppState {
  const metering = state.metering as { [field: string]: unknown }
  return {
    metering: { ...metering, unattributed: [] } as never,
    certificate: state.certificate ?? null,
    device: state.device ?? null,
  }
}

function states(world: World, number: number, delayOf: (random: Random) => (one: Mail) => bigint) {
  return [1, 2, 3].map((order) => {
    const random = new Random(number * 10 + order)
    const sent = delivered(world, delayOf(random))
    return comparable(runBlocks(sent, blocksOf(random, sent, STEP)).state)
  })
}

/** Every third message of a device that reports each quarter hour, unless it is the last. */
function latecomers({ mails, sheets }: World): Set<string> {
  const late = new Set<string>()
  for (const { id, intervalS } of sheets.devices) {
    const own = mails.filter(({ device }) => device === id)
    for (const [i, one] of own.entries())
      if (intervalS === 900n && i % 3 === 1 && i < own.length - 1) late.add(`${id}/${one.time}`)
  }
  return late
}

describe('the order of arrival', function () {
  this.timeout(300_000)

  it(`leaves no trace when messages come before their window closes: ${CASES} worlds in 3 orders`, () => {
    for (let number = 0; number < CASES; number += 1) {
      const attack = ATTACKS.find(({ name }) => name === NAMES[number % NAMES.length])
      const world = worldOf(new Random(number + 77), attack)
      const found = states(world, number, (random) => () => random.upTo(1_500n))
      expect(found[1], `world ${number}`).to.deep.equal(found[0])
      expect(found[2], `world ${number}`).to.deep.equal(found[0])
    }
  })

  it(`leaves none among messages that come after it either: ${CASES} worlds in 3 orders`, () => {
    for (let number = 0; number < CASES; number += 1) {
      const world = worldOf(new Random(number + 777), undefined)
      const late = latecomers(world)
      // A latecomer arrives when its successor is settled and before its own final close.
      const found = states(world, number, (random) => (one) => {
        const comesLate = late.has(`${one.device}/${one.time}`)
        return comesLate ? 4_500n + random.upTo(2_400n) : random.upTo(1_200n)
      })
      expect(found[1], `world ${number}`).to.deep.equal(found[0])
      expect(found[2], `world ${number}`).to.deep.equal(found[0])
    }
  })
})
