import type { StorageFacts, ValidatorFacts } from './facts.ts'
import { challengesOf, exitOf, secretOf, signingOf, statusOf } from './standing.ts'
import { asked, clock, hours, span, TICK_S, tickClock } from './words.ts'

/** How much a thing matters. */
export type Mood = 'good' | 'warn' | 'bad'

/** What to do next, in one or two sentences, and how urgent it is. */
export interface Advice {
  readonly mood: Mood
  readonly text: string
}

/** The one thing that matters most now. */
export function adviceOf(facts: ValidatorFacts): Advice {
  return (
    barred(facts) ??
    jail(facts) ??
    missing(facts) ??
    silence(facts) ??
    signing(facts) ??
    faults(facts) ??
    secrets(facts) ??
    challenge(facts) ??
    quiet(facts)
  )
}

function barred(facts: ValidatorFacts): Advice | undefined {
  if (!signingOf(facts).tombstoned) return undefined
  return {
    mood: 'bad',
    text: 'It signed two blocks of one height and is barred for good. Unbond what is left (strom tx staking unbond), and begin anew with a new node key and a new account.',
  }
}

function jail(facts: ValidatorFacts): Advice | undefined {
  const { jailed, jailedUntil } = signingOf(facts)
  if (!jailed) return undefined
  const { storage, now } = facts
  const silent =
    storage !== undefined && storage.presence.silentTicks >= storage.presence.maxSilentTicks
  const first = silent
    ? 'It was jailed because its meter was silent: bring the gateway back first (strom gateway status).'
    : 'Make sure that its node runs and signs (strom status).'
  const then =
    jailedUntil > now
      ? `From ${clock(jailedUntil)} UTC, in ${span(jailedUntil - now)}: strom tx slashing unjail --from NAME`
      : 'Then: strom tx slashing unjail --from NAME'
  return { mood: 'bad', text: `${first} ${then}` }
}

function missing({ storage }: ValidatorFacts): Advice | undefined {
  if (storage !== undefined) return undefined
  return {
    mood: 'warn',
    text: 'No storage stands behind it: strom validator create goes on from here and says what is missing.',
  }
}

function silence(facts: ValidatorFacts): Advice | undefined {
  const { storage, rules } = facts
  if (storage === undefined || storage.presence.silentTicks === 0n) return undefined
  const { silentTicks, maxSilentTicks, lastPresent } = storage.presence
  const left = maxSilentTicks > silentTicks ? maxSilentTicks - silentTicks : 0n
  const leaves = exitOf(facts) !== undefined || left === 0n
  const cost = leaves ? 'it waits to be jailed' : `it is jailed after ${span(left * TICK_S)} more`
  return {
    mood: leaves || left <= BigInt(rules.params.presenceLagTicks) * 4n ? 'bad' : 'warn',
    text: `The meter has brought no reading with an anchor since ${tickClock(lastPresent)} UTC; ${cost}. Look at the gateway: strom gateway status.`,
  }
}

function signing(facts: ValidatorFacts): Advice | undefined {
  const { missed, allowed, window } = signingOf(facts)
  if (missed * 4n < allowed || missed === 0n) return undefined
  return {
    mood: missed * 2n > allowed ? 'bad' : 'warn',
    text: `It missed ${missed} of the last ${window} blocks and is jailed after ${allowed}. See that its node runs and has peers: strom status, strom query block.`,
  }
}

function faults({ storage, validator, rules }: ValidatorFacts): Advice | undefined {
  const fault = storage?.capacity.fault ?? ''
  if (fault !== '')
    return {
      mood: 'bad',
      text: `Its storage does not count: ${fault}. Set that right, or put another device in place: strom tx operator update BATTERY METER --from NAME`,
    }
  if (statusOf(validator) === 'bonded') return undefined
  const power = rules.power.rows.find((one) => one.validatorAddress === validator.operatorAddress)
  const weakest = rules.power.rows
    .filter((one) => one.bonded)
    .reduce<bigint | undefined>(
      (low, one) => (low === undefined || one.effectivePower < low ? one.effectivePower : low),
      undefined,
    )
  return {
    mood: 'warn',
    text: `It is not in the set: its power is ${power?.effectivePower ?? 0n}, the least in the set ${weakest ?? 0n}. More stake helps: strom tx staking delegate, unless the cap by storage binds.`,
  }
}

function secrets({ storage, rules, now }: ValidatorFacts): Advice | undefined {
  if (storage === undefined) return undefined
  const { committing, revealTick, endTick, nextPeriod } = rules.period
  const state = secretOf(storage)
  const until = (committing ? revealTick : endTick) * TICK_S
  const left = until > now ? span(until - now) : '0 s'
  const urgent: Mood = until - now < 4n * TICK_S ? 'bad' : 'warn'
  if (committing && state === 'none')
    return {
      mood: urgent,
      text: `No secret is committed for period ${nextPeriod}; ${left} are left, and without it the storage reward of that period is lost. A gateway with [operator] does it; by hand: strom tx operator commit --from NAME`,
    }
  if (!committing && state === 'committed')
    return {
      mood: urgent,
      text: `The secret for period ${nextPeriod} is not revealed yet; ${left} are left. A gateway with [operator] does it; by hand: strom tx operator reveal --from NAME`,
    }
  return undefined
}

function challenge({ storage, now }: ValidatorFacts): Advice | undefined {
  if (storage === undefined) return undefined
  const { next, last } = challengesOf(storage.challenges, now)
  if (next !== undefined) {
    const wait = next.tick * TICK_S - now
    const when = wait > 0n ? `In ${span(wait)}` : 'Now'
    return {
      mood: wait > 4n * TICK_S ? 'good' : 'warn',
      text: `${when} the battery must ${asked({ ...next, deep: false })} at its meter, ${hours(next)}. Keep it charged so that it can; the gateway drives it.`,
    }
  }
  if (last?.reason !== undefined && last.status === 3)
    return {
      mood: 'warn',
      text: `The last challenge was missed: ${last.reason === '' ? 'the energy was not as asked' : last.reason}. See that the gateway reaches the battery (strom gateway status) before the next is drawn.`,
    }
  return undefined
}

function quiet({ storage, rules, now }: ValidatorFacts): Advice {
  const due = rules.period.endTick * TICK_S - now
  const proof = proofMissing(storage)
    ? 'Its capacity counts once it has met its first deep challenge. '
    : 'Nothing to do. '
  return {
    mood: 'good',
    text: `${proof}The next challenges are drawn at ${tickClock(rules.period.endTick)} UTC, in ${span(due > 0n ? due : 0n)}.`,
  }
}

function proofMissing(storage: StorageFacts | undefined): boolean {
  return storage !== undefined && storage.capacity.provenWh === 0n
}
