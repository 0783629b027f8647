import type { Challenge } from '../../proto/gen/strom/operator/v1/state.ts'
import { adviceOf } from './advice.ts'
import type { StorageFacts, ValidatorFacts } from './facts.ts'
import { boundsOf, challengesOf, exitOf, secretOf, signingOf, statusOf } from './standing.ts'
import { verdict } from './words.ts'

/** How a validator stands, for programs: times are unix seconds, energies Wh, coins as the chain has them. */
export function statusJson(facts: ValidatorFacts): { readonly [name: string]: unknown } {
  const { validator, rules, rewards, storage, now } = facts
  const row = rules.power.rows.find((one) => one.validatorAddress === validator.operatorAddress)
  const signing = signingOf(facts)
  const exit = exitOf(facts)
  const advice = adviceOf(facts)
  return {
    chain_id: facts.chainId,
    height: facts.height,
    time: now,
    validator_address: validator.operatorAddress,
    moniker: validator.description.moniker,
    status: statusOf(validator),
    signing: {
      missed_blocks: signing.missed,
      window: signing.window,
      allowed: signing.allowed,
      jailed: signing.jailed,
      jailed_until: signing.jailedUntil,
      tombstoned: signing.tombstoned,
    },
    power: {
      tokens: validator.tokens,
      by_tokens: row?.tokenPower ?? 0n,
      capped: row?.capped ?? false,
      cap: row?.cap ?? 0n,
      target: row?.target ?? 0n,
      effective: row?.effectivePower ?? 0n,
      total: rules.power.total,
    },
    storage: storage === undefined ? null : storageJson(facts, storage),
    rewards: {
      outstanding: rewards.outstanding,
      commission: rewards.commission,
      own: rewards.own,
      storage_pool: rules.period.rewardPool,
    },
    exit:
      exit === undefined
        ? null
        : {
            place: exit.place,
            waiting: exit.waiting,
            reason: exit.reason,
            since_tick: exit.sinceTick,
          },
    next: { mood: advice.mood, text: advice.text },
  }
}

function storageJson({ rules, now }: ValidatorFacts, storage: StorageFacts) {
  const { operator, presence, capacity } = storage
  const { last, next } = challengesOf(storage.challenges, now)
  const bounds = boundsOf(storage)
  return {
    battery: operator.battery,
    meter: operator.meter,
    site: operator.site,
    silent_ticks: presence.silentTicks,
    max_silent_ticks: presence.maxSilentTicks,
    last_present_tick: presence.lastPresent,
    epoch_present: presence.epochPresent,
    epoch_counted: presence.epochCounted,
    verified_wh: capacity.verifiedWh,
    counted_wh: capacity.countedWh,
    factor_ppm: capacity.factorPpm,
    fault: capacity.fault,
    bounds: Object.fromEntries(bounds.map(({ name, wh }) => [name.replace(' ', '_'), wh ?? null])),
    binding: bounds.filter(({ binds }) => binds).map(({ name }) => name.replace(' ', '_')),
    last_challenge: challengeJson(last),
    next_challenge: challengeJson(next),
    secret: {
      period: rules.period.nextPeriod,
      state: secretOf(storage),
      committing: rules.period.committing,
    },
  }
}

function challengeJson(challenge: Challenge | undefined) {
  if (challenge === undefined) return null
  return {
    period: challenge.period,
    tick: challenge.tick,
    ticks: challenge.ticks,
    target_wh: challenge.targetWh,
    tolerance_wh: challenge.toleranceWh,
    deep: challenge.deep,
    reversed: challenge.reversed,
    measured_wh: challenge.measuredWh,
    status: verdict(challenge),
    reason: challenge.reason,
  }
}
