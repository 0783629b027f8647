import type { Challenge } from '../../proto/gen/strom/operator/v1/state.ts'
import { ChallengeStatus } from '../../proto/gen/strom/operator/v1/state.ts'
import { formatMoment } from '../town/axis.ts'
import { TICK_S } from '../town/storage.ts'
import type { OperatorFacts } from './operator-facts.ts'
import { table } from './table.ts'

const OUTCOME: ReadonlyMap<ChallengeStatus, string> = new Map([
  [ChallengeStatus.CHALLENGE_STATUS_OPEN, 'open'],
  [ChallengeStatus.CHALLENGE_STATUS_MET, 'met'],
  [ChallengeStatus.CHALLENGE_STATUS_MISSED, 'missed'],
  [ChallengeStatus.CHALLENGE_STATUS_VOID, 'void'],
])

/** Validators with storage as a part of the object of `-o json`. */
export function operatorsJson(operators: readonly OperatorFacts[]): object[] {
  return operators.map((one) => ({
    validator: one.validator,
    moniker: one.moniker,
    battery: one.battery,
    rewards_ustrom: one.rewards.toString(),
    commission_ustrom: one.commission.toString(),
    slashes: one.slashes,
    silent: one.silent,
    jailed: one.jailed,
    jailed_now: one.jailedNow,
    verified_wh: one.verifiedWh.toString(),
    challenges: one.challenges.map((challenge) => ({
      period: challenge.period.toString(),
      time: formatMoment(challenge.tick * TICK_S),
      ticks: challenge.ticks,
      deep: challenge.deep,
      target_wh: challenge.targetWh.toString(),
      reversed: challenge.reversed,
      measured_wh: challenge.measuredWh.toString(),
      tolerance_wh: challenge.toleranceWh.toString(),
      outcome: outcome(challenge),
      reason: challenge.reason,
    })),
  }))
}

/** The same for people: one table of validators, one of challenges. */
export function operatorsText(operators: readonly OperatorFacts[]): string {
  const rows = operators.map((one) => [
    one.moniker,
    one.battery,
    one.rewards.toString(),
    one.commission.toString(),
    one.slashes.toString(),
    one.silent.toString(),
    `${one.jailed}${one.jailedNow ? ' (still)' : ''}`,
    `${one.met}/${one.missed}/${one.void}/${one.open}`,
    one.verifiedWh.toString(),
  ])
  const head = [
    'validator',
    'battery',
    'rewards ustrom',
    'of it commission',
    'slashes',
    'silent',
    'jailed',
    'met/missed/void/open',
    'verified Wh',
  ]
  const asked = operators.flatMap((one) =>
    one.challenges.map((challenge) => [
      `${formatMoment(challenge.tick * TICK_S)}${challenge.deep ? ' deep' : ''}`,
      one.battery,
      `${challenge.ticks}`,
      `${challenge.reversed ? -challenge.targetWh : challenge.targetWh}`,
      `${challenge.measuredWh}`,
      `${outcome(challenge)}${challenge.reason === '' ? '' : `: ${challenge.reason}`}`,
    ]),
  )
  const askedHead = ['challenge', 'battery', 'ticks', 'asked Wh', 'measured Wh', 'outcome']
  return [table(head, rows), '', table(askedHead, asked)].join('\n')
}

function outcome({ status }: Challenge): string {
  return OUTCOME.get(status) ?? 'unknown'
}
