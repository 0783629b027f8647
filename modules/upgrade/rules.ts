import { Plan } from '../../proto/gen/cosmos/upgrade/v1beta1/upgrade.ts'
import { sdkErrors } from '../kit/errors.ts'

/** Go's zero time, 0001-01-01T00:00:00Z: what "no time" is on the wire of the SDK. */
const NO_TIME = { seconds: -62_135_596_800n, nanos: 0 }

/** Stateless checks of a plan, the SDK's `Plan.ValidateBasic`. Throws sdk 18. */
export function validatePlan(plan: Plan): void {
  if (hasTime(plan))
    throw sdkErrors.invalidRequest('time-based upgrades have been deprecated in the SDK')
  if (plan.upgradedClientState !== undefined) {
    throw sdkErrors.invalidRequest('upgrade logic for IBC has been moved to the IBC module')
  }
  if (plan.name.length === 0) throw sdkErrors.invalidRequest('name cannot be empty')
  if (plan.height <= 0n) throw sdkErrors.invalidRequest('height must be greater than 0')
}

/** Clients leave the time out, Go writes its zero time: both mean none, and the second is what is stored. */
function hasTime({ time: { seconds, nanos } }: Plan): boolean {
  if (seconds === 0n && nanos === 0) return false
  return seconds !== NO_TIME.seconds || nanos !== NO_TIME.nanos
}

/** A checked plan in the one form that is stored. */
export function normalPlan(plan: Plan): Plan {
  return Plan.create({ name: plan.name, time: NO_TIME, height: plan.height, info: plan.info })
}

/** Whether the block of `height` must carry the plan out; a plan made at the end of its own height is late by one. */
export function isDue(plan: Plan, height: bigint): boolean {
  return plan.height <= height
}
