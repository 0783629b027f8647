import type { StorageFacts, ValidatorFacts } from './facts.ts'
import { challengesOf, secretOf, signingOf, statusOf } from './standing.ts'
import { done, later, missing, type Step, waits } from './step.ts'
import { asked, clock, hours, kwh, TICK_S, tickClock, verdict } from './words.ts'

/** What the steps after registration need to know. */
export interface ProofGround {
  readonly facts: ValidatorFacts | undefined
  readonly from: string
  readonly address: string
}

/** Presence, secret, challenge and bond: what the gateway and time bring. */
export function proofSteps(ground: ProofGround): readonly Step[] {
  const { facts } = ground
  const storage = facts?.storage
  if (facts === undefined || storage === undefined)
    return [
      later('presence', 'after the storage'),
      later('secret', 'after the storage'),
      later('challenge', 'after the storage'),
      facts === undefined ? later('bonded', 'after the validator') : bondedStep(facts, ground.from),
    ]
  return [
    presenceStep(ground, storage),
    secretStep(facts, storage, ground.from),
    challengeStep(facts, storage),
    bondedStep(facts, ground.from),
  ]
}

function presenceStep({ address }: ProofGround, { operator, presence }: StorageFacts): Step {
  const { lastPresent, silentTicks, maxSilentTicks } = presence
  const table = `add to gateway.toml: [operator] validator = "${address}", battery = "${operator.battery}", meter = "${operator.meter}"; then strom gateway run`
  if (silentTicks > 0n)
    return missing(
      'presence',
      `silent for ${silentTicks} of at most ${maxSilentTicks} ticks, since ${tickClock(lastPresent)} UTC`,
      table,
    )
  // Registering counts as presence, so that nobody is silent before the first tick is over.
  if (lastPresent <= operator.registeredTick)
    return waits('presence', 'no reading with an anchor has counted yet', table)
  return done('presence', `last present ${tickClock(lastPresent)} UTC`)
}

function secretStep({ rules }: ValidatorFacts, storage: StorageFacts, from: string): Step {
  const { nextPeriod, committing, revealTick, endTick } = rules.period
  const state = secretOf(storage)
  if (state === 'revealed') return done('secret', `revealed for period ${nextPeriod}`)
  if (state === 'committed')
    return committing
      ? done(
          'secret',
          `committed for period ${nextPeriod}; to be revealed from ${tickClock(revealTick)} UTC`,
        )
      : missing(
          'secret',
          `committed and not revealed for period ${nextPeriod}, until ${tickClock(endTick)} UTC`,
          `strom tx operator reveal --from ${from}   (a gateway with [operator] does it by itself)`,
        )
  return committing
    ? missing(
        'secret',
        `none is committed for period ${nextPeriod}, until ${tickClock(revealTick)} UTC`,
        `strom tx operator commit --from ${from}   (a gateway with [operator] does it by itself)`,
      )
    : waits('secret', `commitments are taken again from ${tickClock(endTick)} UTC`)
}

function challengeStep(facts: ValidatorFacts, { challenges, capacity }: StorageFacts): Step {
  if (capacity.verifiedWh > 0n)
    return done('challenge', `met; ${kwh(capacity.verifiedWh)} are verified`)
  const { next, judged, last } = challengesOf(challenges, facts.now)
  const before = last === undefined ? '' : `the last was ${verdict(last)}; `
  if (next !== undefined) return waits('challenge', `${before}next: ${asked(next)}, ${hours(next)}`)
  if (judged !== undefined) return waits('challenge', `that of ${hours(judged)} is not judged yet`)
  const at = tickClock(facts.rules.period.endTick)
  return waits(
    'challenge',
    `${before}the next is drawn at ${at} UTC; the first that counts is deep`,
  )
}

function bondedStep(facts: ValidatorFacts, from: string): Step {
  const { validator, rules, now } = facts
  const row = rules.power.rows.find((one) => one.validatorAddress === validator.operatorAddress)
  const power = row?.effectivePower ?? 0n
  if (statusOf(validator) === 'bonded')
    return done('bonded', `power ${power} of ${rules.power.total}`)
  const { jailed, jailedUntil, tombstoned } = signingOf(facts)
  if (tombstoned)
    return missing(
      'bonded',
      'barred for good: it signed two blocks of one height',
      'begin anew with a new node key and a new account',
    )
  if (jailed)
    return jailedUntil > now
      ? waits(
          'bonded',
          `jailed until ${clock(jailedUntil)} UTC`,
          `then: strom tx slashing unjail --from ${from}`,
        )
      : missing('bonded', 'jailed', `strom tx slashing unjail --from ${from}`)
  const least = rules.power.rows
    .filter((one) => one.bonded)
    .map((one) => one.effectivePower)
    .sort((a, b) => (a < b ? -1 : 1))[0]
  return missing(
    'bonded',
    `its power is ${power}; the least in the set has ${least ?? 0n}, the period ends at ${clock(rules.period.endTick * TICK_S)} UTC`,
    `strom tx staking delegate ${validator.operatorAddress} 100STROM --from ${from}`,
  )
}
