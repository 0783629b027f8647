import { fromBech32, PREFIX } from '../kit/address.ts'
import type { ReadContext } from '../kit/context.ts'
import { sdkErrors } from '../kit/errors.ts'
import { operatorErrors } from './errors.ts'
import type { OperatorNeeds } from './needs.ts'
import { state } from './state.ts'
import { accountOf, type Storage, storageOf } from './storage.ts'

/** What names a validator's storage. */
export interface Named {
  readonly validatorAddress: string
  readonly battery: string
  readonly meter: string
}

/** Stateless checks of the names. Throws sdk 7 or sdk 18. */
export function checkNames({ validatorAddress, battery, meter }: Named): void {
  fromBech32(validatorAddress, PREFIX.validator)
  if (battery === '' || meter === '') throw sdkErrors.invalidRequest('name battery and meter')
}

/**
 * The devices, fit to stand behind the validator and behind no other one. Throws operator 8 saying what is wrong with
 * them, operator 7 when battery, meter or site are taken.
 */
export function freeStorage(needs: OperatorNeeds, ctx: ReadContext, named: Named): Storage {
  const storage = storageOf(needs, ctx, named)
  if (typeof storage === 'string') throw operatorErrors.storage(storage)
  const holders = [
    ['battery', named.battery, state.byBattery.get(ctx, named.battery)],
    ['meter', named.meter, state.byMeter.get(ctx, named.meter)],
    ['site', storage.battery.site, state.bySite.get(ctx, storage.battery.site)],
  ] as const
  for (const [what, name, holder] of holders) {
    if (holder !== undefined && holder !== named.validatorAddress)
      throw operatorErrors.taken(`${what} ${name} stands behind ${holder}`)
  }
  return storage
}

/** Throws operator 9 unless the sender is the validator's account or may act for its battery, operator 6 without storage. */
export function requireActor(
  needs: OperatorNeeds,
  ctx: ReadContext,
  sender: string,
  validator: string,
): void {
  const op = state.operators.get(ctx, validator)
  if (op === undefined) throw operatorErrors.notRegistered(`${validator}, register it first`)
  if (sender === accountOf(validator)) return
  const battery = needs.device.get(ctx, op.battery)
  if (battery !== undefined && needs.device.mayAct(ctx, battery, sender)) return
  throw operatorErrors.sender(`${sender} for ${validator}`)
}
