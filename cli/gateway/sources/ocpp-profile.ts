/** A call to a charger. */
export interface ProfileCall {
  readonly method: 'SetChargingProfile' | 'ClearChargingProfile'
  readonly params: Readonly<Record<string, unknown>>
}

/** Profiles of this gateway have ids from here on, so that a release never clears another one's. */
const PROFILE_BASE = 750_000

/**
 * The call that limits a connector to a power in W, or with null takes the limit away. A `TxDefaultProfile` without an
 * end holds for the charge going on and for those to come, and chargers of both versions know it.
 */
export function profileCall(
  protocol: string,
  connector: number,
  watts: bigint | null,
  stackLevel: number,
  now: Date,
): ProfileCall {
  const id = PROFILE_BASE + connector
  const old = protocol === 'ocpp1.6'
  if (watts === null) {
    const params = old ? { id } : { chargingProfileId: id }
    return { method: 'ClearChargingProfile', params }
  }
  const schedule = {
    startSchedule: now.toISOString(),
    chargingRateUnit: 'W',
    chargingSchedulePeriod: [{ startPeriod: 0, limit: Number(watts) }],
  }
  const common = {
    stackLevel,
    chargingProfilePurpose: 'TxDefaultProfile',
    chargingProfileKind: 'Absolute',
  }
  const params = old
    ? {
        connectorId: connector,
        csChargingProfiles: { chargingProfileId: id, ...common, chargingSchedule: schedule },
      }
    : {
        evseId: connector,
        chargingProfile: { id, ...common, chargingSchedule: [{ id: 1, ...schedule }] },
      }
  return { method: 'SetChargingProfile', params }
}

/** Whether a charger's answer means that it is as asked. Clearing a profile that is not there is one, too. */
export function profileDone(call: ProfileCall, status: string): boolean {
  return status === 'Accepted' || (call.method === 'ClearChargingProfile' && status === 'Unknown')
}
