import { painter } from '../output.ts'
import { percentText } from '../query/format.ts'
import { type Advice, adviceOf, type Mood } from './advice.ts'
import type { StorageFacts, ValidatorFacts } from './facts.ts'
import { boundsOf, challengesOf, exitOf, secretOf, share, signingOf, statusOf } from './standing.ts'
import { asked, clock, hours, kwh, span, strom, TICK_S, tickClock, verdict } from './words.ts'

const LABEL = 12
const WIDTH = 100

interface Section {
  readonly label: string
  readonly mood?: Mood | undefined
  readonly lines: readonly string[]
}

/** How a validator stands, on one screen. */
export function statusText(facts: ValidatorFacts): string {
  const paint = painter()
  const { validator, now, height, chainId } = facts
  const head = [
    `${paint.bold(validator.description.moniker)}  ${validator.operatorAddress}`,
    paint.dim(`${chainId}, block ${height}, ${clock(now)} UTC`),
  ]
  const sections = [
    power(facts),
    signing(facts),
    ...(facts.storage === undefined ? [noStorage()] : storage(facts, facts.storage)),
    rewards(facts),
    ...exits(facts),
  ]
  return [...head, '', ...sections.flatMap(render), '', ...render(next(adviceOf(facts)))].join('\n')
}

function render({ label, mood, lines }: Section): string[] {
  return lines.map((line, i) => {
    const name = (i === 0 ? label : '').padEnd(LABEL)
    return `${i === 0 ? colour(mood, name) : name}${line}`.trimEnd()
  })
}

function colour(mood: Mood | undefined, text: string): string {
  const paint = painter()
  if (mood === 'bad') return paint.red(text)
  if (mood === 'warn') return paint.yellow(text)
  return mood === 'good' ? paint.green(text) : text
}

function power({ validator, rules }: ValidatorFacts): Section {
  const row = rules.power.rows.find((one) => one.validatorAddress === validator.operatorAddress)
  const status = statusOf(validator)
  const own = row?.effectivePower ?? 0n
  const of =
    status === 'bonded' ? ` of ${rules.power.total} (${share(own, rules.power.total)})` : ''
  const moves =
    row !== undefined && row.target !== row.cap ? `, moves to ${row.target} by its storage` : ''
  const cap = row?.capped === true ? `cap ${row.cap}${moves}` : 'no cap'
  return {
    label: 'power',
    mood: status === 'bonded' ? 'good' : 'warn',
    lines: [
      `${status}, power ${own}${of}`,
      `${strom([{ denom: 'ustrom', amount: validator.tokens }])} carry ${row?.tokenPower ?? 0n}; ${cap}`,
    ],
  }
}

function signing(facts: ValidatorFacts): Section {
  const { missed, window, allowed, jailed, jailedUntil, tombstoned } = signingOf(facts)
  if (tombstoned)
    return {
      label: 'signing',
      mood: 'bad',
      lines: ['barred for good: it signed two blocks of one height'],
    }
  const until =
    jailedUntil > facts.now ? `until ${clock(jailedUntil)} UTC at least` : 'until it is unjailed'
  const line = `missed ${missed} of the last ${window} blocks; jailed when more than ${allowed}`
  return {
    label: 'signing',
    mood: jailed || missed * 2n > allowed ? 'bad' : missed > 0n ? 'warn' : 'good',
    lines: jailed ? [`JAILED ${until}`, line] : [line],
  }
}

function noStorage(): Section {
  return { label: 'storage', mood: 'warn', lines: ['none is registered'] }
}

function storage(facts: ValidatorFacts, own: StorageFacts): Section[] {
  return [presence(own), capacity(own), challenges(facts, own), secret(facts, own)]
}

function presence({ presence: at }: StorageFacts): Section {
  const epoch = `${at.epochPresent} of ${at.epochCounted} ticks of this epoch`
  return {
    label: 'presence',
    mood: at.silentTicks === 0n ? 'good' : at.silentTicks * 2n < at.maxSilentTicks ? 'warn' : 'bad',
    lines: [
      `silent for ${at.silentTicks} of at most ${at.maxSilentTicks} ticks; last present ${tickClock(at.lastPresent)} UTC; ${epoch}`,
    ],
  }
}

function capacity(own: StorageFacts): Section {
  const { verifiedWh, countedWh, factorPpm, fault } = own.capacity
  const { battery, meter, site, misses } = own.operator
  const bounds = boundsOf(own)
  const width = Math.max(...bounds.map(({ wh }) => (wh === undefined ? 1 : kwh(wh).length)))
  const rows = bounds.map(({ name, about, wh, binds }) => {
    const value = (wh === undefined ? '-' : kwh(wh)).padStart(width)
    return `  ${name.padEnd(12)}  ${value}  ${about}${binds ? '  <- binds' : ''}`
  })
  const cut =
    factorPpm === 1_000_000n
      ? ''
      : `; misses leave ${percentText((Number(factorPpm) / 1e6).toString())}`
  return {
    label: 'capacity',
    mood: fault !== '' ? 'bad' : verifiedWh > 0n ? 'good' : 'warn',
    lines: [
      `${kwh(verifiedWh)} verified, ${kwh(countedWh)} counted for rewards${cut}`,
      ...(fault === '' ? [] : [`DOES NOT COUNT: ${fault}`]),
      ...rows,
      `  battery ${battery}, meter ${meter}, site ${site}${misses.length > 0 ? `; missed in periods ${misses.join(', ')}` : ''}`,
    ],
  }
}

function challenges({ now, rules }: ValidatorFacts, own: StorageFacts): Section {
  const { last, next: coming, judged } = challengesOf(own.challenges, now)
  const drawn = `drawn at ${tickClock(rules.period.endTick)} UTC`
  const ahead =
    coming === undefined
      ? `next  ${drawn}`
      : `next  ${hours(coming)}${coming.tick * TICK_S > now ? `, in ${span(coming.tick * TICK_S - now)}` : ', NOW'}: ${asked(coming)}`
  const lines = [
    ...(last === undefined
      ? ['last  none judged yet']
      : [
          `last  ${tickClock(last.tick)} UTC: ${verdict(last)}, measured ${signed(last.measuredWh)}, asked to ${asked(last)}${last.reversed ? ' (reversed)' : ''}`,
          ...(last.reason === '' ? [] : [`      ${last.reason}`]),
        ]),
    ...(judged === undefined ? [] : [`wait  ${hours(judged)}: not judged yet`]),
    ahead,
  ]
  const mood: Mood = last === undefined ? 'warn' : verdict(last) === 'missed' ? 'bad' : 'good'
  return { label: 'challenges', mood, lines }
}

function signed(wh: bigint): string {
  return wh > 0n ? `+${kwh(wh)}` : kwh(wh)
}

function secret({ rules }: ValidatorFacts, own: StorageFacts): Section {
  const { nextPeriod, committing, revealTick, endTick } = rules.period
  const state = secretOf(own)
  const turn = committing
    ? `commitments until ${tickClock(revealTick)} UTC, then secrets`
    : `secrets until ${tickClock(endTick)} UTC`
  const fine = committing ? state !== 'none' : state === 'revealed'
  const word = state === 'none' ? 'not committed' : state
  return {
    label: 'secret',
    mood: fine ? 'good' : 'warn',
    lines: [`${word} for period ${nextPeriod}; ${turn}`],
  }
}

function rewards({ rewards: waiting, rules, validator }: ValidatorFacts): Section {
  const rate = percentText((Number(validator.commission.commissionRates.rate) / 1e18).toString())
  return {
    label: 'rewards',
    lines: [
      `waiting: ${strom(waiting.own)} of its own stake, ${strom(waiting.commission)} commission (${rate})`,
      `all its delegators together ${strom(waiting.outstanding)}; for storage ${strom(rules.period.rewardPool)} wait for all validators`,
    ],
  }
}

function exits(facts: ValidatorFacts): Section[] {
  const at = exitOf(facts)
  if (at === undefined) return []
  const why = at.reason === 'silent' ? 'its meter is silent' : 'no storage is verified'
  return [
    {
      label: 'leaving',
      mood: 'bad',
      lines: [
        `number ${at.place} of ${at.waiting} that wait to leave the set since ${tickClock(at.sinceTick)} UTC: ${why}`,
      ],
    },
  ]
}

function next({ mood, text }: Advice): Section {
  return { label: 'next', mood, lines: wrapped(text, WIDTH - LABEL) }
}

/** Words in lines of at most `width`. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
