import type { Release } from '../../proto/gen/strom/device/v1/state.ts'
import { fromBech32 } from '../kit/address.ts'
import type { WriteContext } from '../kit/context.ts'
import { InvariantError } from '../kit/errors.ts'
import { divFloor, min, mulDivCeil } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import type { Slash } from './api.ts'
import { deviceErrors } from './errors.ts'
import { bondReleased, slashed } from './events.ts'
import { BOND_ACCOUNT, type DeviceNeeds } from './needs.ts'
import { releaseSubject, state } from './state.ts'

/** A tenth of what is slashed goes to whoever reported the fault. */
const REPORTER_PART = 10n

/** Takes a bond from its owner's account. Throws device 12 below `least`, sdk 5 when the account cannot pay. */
export function takeBond(
  ctx: WriteContext,
  { bank }: DeviceNeeds,
  from: string,
  bond: { readonly amount: bigint; readonly least: bigint },
): void {
  const { bondDenom } = state.params.must(ctx)
  const { amount, least } = bond
  if (amount < least) {
    throw deviceErrors.bondTooSmall(`${amount}${bondDenom}, at least ${least}${bondDenom}`)
  }
  if (amount === 0n) return
  bank.sendToModule(ctx, fromBech32(from), BOND_ACCOUNT, [{ denom: bondDenom, amount }])
}

/**
 * Takes a share of a bond, rounded up: a tenth, rounded down, to the reporter, the rest is burned. Returns what was taken;
 * the caller writes the smaller bond.
 */
export function slashBond(
  ctx: WriteContext,
  needs: DeviceNeeds,
  subject: string,
  bond: bigint,
  slash: Slash,
): bigint {
  if (slash.ppm < 0n || slash.ppm > PPM) throw new InvariantError(`a slash of ${slash.ppm} ppm`)
  const amount = min(mulDivCeil(bond, slash.ppm, PPM), bond)
  if (amount === 0n) return 0n
  const part = slash.reporter === undefined ? 0n : divFloor(amount, REPORTER_PART)
  const reward = payOut(ctx, needs, slash.reporter ?? '', part)
  burn(ctx, needs, amount - reward)
  ctx.emit(slashed(subject, slash, { amount, reward }))
  return amount
}

/** Lets a bond wait until `bond_release_s` from now; returns when it is due. */
export function queueRelease(ctx: WriteContext, subject: string, gateway: boolean): bigint {
  const due = ctx.time + state.params.must(ctx).bondReleaseS
  const release: Release = { due, subject, gateway }
  state.releases.set(ctx, [due, releaseSubject(release)], release)
  return due
}

/** Pays out bonds that are due, at most `most`, the earliest first. What is left of a slashed bond is what is paid. */
export function releaseDue(ctx: WriteContext, needs: DeviceNeeds, most: number): void {
  const due: Release[] = []
  for (const [, release] of state.releases.entries(ctx, { to: [ctx.time + 1n, ''] })) {
    if (due.length === most) break
    due.push(release)
  }
  for (const release of due) {
    state.releases.delete(ctx, [release.due, releaseSubject(release)])
    const { owner, bond } = empty(ctx, release)
    const paid = payOut(ctx, needs, owner, bond)
    burn(ctx, needs, bond - paid)
    ctx.emit(bondReleased(release, owner, paid))
  }
}

/** Writes the bond of a release as nothing; returns who it belonged to and what it was. */
function empty(ctx: WriteContext, release: Release): { owner: string; bond: bigint } {
  if (release.gateway) {
    const gateway = state.gateways.must(ctx, release.subject)
    state.gateways.set(ctx, gateway.address, { ...gateway, bond: 0n })
    return { owner: gateway.address, bond: gateway.bond }
  }
  const device = state.devices.must(ctx, release.subject)
  state.devices.set(ctx, device.id, { ...device, bond: 0n })
  return { owner: device.owner, bond: device.bond }
}

/** Pays from the bonds; nothing to an account that cannot be paid, so that no payment ever stops a block. */
function payOut(ctx: WriteContext, { bank }: DeviceNeeds, to: string, amount: bigint): bigint {
  if (amount === 0n || to === '') return 0n
  const address = fromBech32(to)
  if (bank.isBlocked(ctx, address)) return 0n
  const { bondDenom } = state.params.must(ctx)
  bank.sendFromModule(ctx, BOND_ACCOUNT, address, [{ denom: bondDenom, amount }])
  return amount
}

function burn(ctx: WriteContext, { bank }: DeviceNeeds, amount: bigint): void {
  if (amount === 0n) return
  const { bondDenom } = state.params.must(ctx)
  bank.burn(ctx, BOND_ACCOUNT, [{ denom: bondDenom, amount }])
}
