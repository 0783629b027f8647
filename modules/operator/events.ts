import type {
  Beacon,
  Challenge,
  LostPower,
  Operator,
  QueuedExit,
} from '../../proto/gen/strom/operator/v1/state.ts'
import { ExitReason } from '../../proto/gen/strom/operator/v1/state.ts'
import { toHex } from '../kit/bytes.ts'
import type { ModuleEvent } from '../kit/context.ts'

type Attributes = ModuleEvent['attributes']
const event = (type: string, ...attributes: Attributes): ModuleEvent => ({ type, attributes })

/** A validator and the storage behind it, new or exchanged. */
export function operatorEvent(
  type: 'operator_registered' | 'operator_updated' | 'operator_removed',
  { validatorAddress, battery, meter, site }: Operator,
): ModuleEvent {
  return event(
    type,
    ['validator', validatorAddress],
    ['battery', battery],
    ['meter', meter],
    ['site', site],
  )
}

/** The first silent tick after a present one. */
export function silent(validator: string, tick: bigint): ModuleEvent {
  return event('silent', ['validator', validator], ['tick', tick.toString()])
}

/** The first present tick after silent ones. */
export function present(validator: string, tick: bigint, after: bigint): ModuleEvent {
  return event(
    'present',
    ['validator', validator],
    ['tick', tick.toString()],
    ['silent_ticks', after.toString()],
  )
}

/** The beacon of a period is made. */
export function beaconMade({ period, value, revealed, committed }: Beacon): ModuleEvent {
  return event(
    'beacon',
    ['period', period.toString()],
    ['value', toHex(value)],
    ['revealed', revealed.toString()],
    ['committed', committed.toString()],
  )
}

/** A secret was committed or revealed. */
export function secretEvent(
  type: 'secret_committed' | 'secret_revealed',
  validator: string,
  period: bigint,
): ModuleEvent {
  return event(type, ['validator', validator], ['period', period.toString()])
}

/** A challenge was drawn, or its outcome is known. */
export function challengeEvent(
  type: 'challenged' | 'challenge_met' | 'challenge_missed' | 'challenge_void',
  challenge: Challenge,
): ModuleEvent {
  const base: Attributes = [
    ['validator', challenge.validatorAddress],
    ['period', challenge.period.toString()],
    ['battery', challenge.battery],
    ['meter', challenge.meter],
    ['tick', challenge.tick.toString()],
    ['ticks', challenge.ticks.toString()],
    ['target_wh', challenge.targetWh.toString()],
    ['tolerance_wh', challenge.toleranceWh.toString()],
    ['deep', challenge.deep.toString()],
  ]
  if (type === 'challenged') return event(type, ...base)
  const outcome: Attributes = [
    ['measured_wh', challenge.measuredWh.toString()],
    ['reversed', challenge.reversed.toString()],
    ['reason', challenge.reason],
  ]
  return event(type, ...base, ...outcome)
}

/** What counts of a battery changed. */
export function capacityVerified(validator: string, before: bigint, after: bigint): ModuleEvent {
  return event(
    'capacity_verified',
    ['validator', validator],
    ['old_wh', before.toString()],
    ['new_wh', after.toString()],
  )
}

/** A bound on power moved. */
export function powerCapped(validator: string, before: bigint, after: bigint): ModuleEvent {
  return event(
    'power_capped',
    ['validator', validator],
    ['old_power', before.toString()],
    ['new_power', after.toString()],
  )
}

const REASON = new Map<ExitReason, string>([
  [ExitReason.EXIT_REASON_SILENT, 'silent'],
  [ExitReason.EXIT_REASON_STORAGE, 'storage'],
])

/** A validator waits to leave. */
export function exitQueued({ validatorAddress, reason, sinceTick }: QueuedExit): ModuleEvent {
  return event(
    'exit_queued',
    ['validator', validatorAddress],
    ['reason', REASON.get(reason) ?? ''],
    ['tick', sinceTick.toString()],
  )
}

/** It left. */
export function exitExecuted({ reason }: QueuedExit, lost: LostPower): ModuleEvent {
  return event(
    'exit_executed',
    ['validator', lost.validatorAddress],
    ['reason', REASON.get(reason) ?? ''],
    ['power_ppm', lost.ppm.toString()],
  )
}

/** Storage reward of an epoch. */
export function storageReward(validator: string, amount: bigint, denom: string): ModuleEvent {
  return event('storage_reward', ['validator', validator], ['amount', `${amount}${denom}`])
}
