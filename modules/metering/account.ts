import type { Account, DeviceState } from '../../proto/gen/strom/metering/v1/state.ts'
import { invariant } from '../kit/errors.ts'
import type { WithheldReason } from './reasons.ts'
import { creditWh } from './rules.ts'

/** The two registers of a device. */
export const DIRECTIONS = ['import', 'export'] as const
export type Direction = (typeof DIRECTIONS)[number]

/** Where energy that is decided comes from: the interval under way, or what was held back for a reason that fell away. */
export type Pot = 'open' | WithheldReason

/** Energy of a direction held back for one reason, Wh. */
export function withheldFor(account: Account, reason: WithheldReason): bigint {
  return account.withheld.find((row) => row.reason === reason)?.wh ?? 0n
}

/** All energy of a direction that is held back, Wh. */
export function withheldWh(account: Account): bigint {
  return account.withheld.reduce((sum, row) => sum + row.wh, 0n)
}

/** Adds metered energy to the interval under way. */
export function meter(account: Account, wh: bigint): void {
  account.openWh += wh
}

/** Credits energy out of a pot. */
export function credit(account: Account, pot: Pot, wh: bigint): void {
  take(account, pot, wh)
  account.creditedWh += wh
}

/** Holds energy of a pot back for a reason. */
export function withhold(account: Account, pot: Pot, reason: WithheldReason, wh: bigint): void {
  take(account, pot, wh)
  move(account, reason, wh)
}

/** Takes credited energy back. */
export function uncredit(account: Account, reason: WithheldReason, wh: bigint): void {
  account.creditedWh -= wh
  invariant(account.creditedWh >= 0n, 'metering: more was taken back than credited')
  move(account, reason, wh)
}

/** The law of one device: what its accounts hold is what its registers moved, to the Wh; undefined when it holds. */
export function balanceProblem(found: DeviceState): string | undefined {
  for (const direction of DIRECTIONS) {
    const account = found[direction]
    const metered = meteredWh(found, direction)
    const held = account.creditedWh + withheldWh(account) + account.openWh
    if (held !== metered) {
      return `${found.device} ${direction}: ${held} Wh on account, registers say ${metered}`
    }
    const running = meteredWh({ ...found, opening: found.boundary ?? found.opening }, direction)
    if (account.openWh !== running) {
      return `${found.device} ${direction}: ${account.openWh} Wh open, ${running} since the last boundary`
    }
    if (
      account.creditedWh < 0n ||
      account.openWh < 0n ||
      account.withheld.some((r) => r.wh <= 0n)
    ) {
      return `${found.device} ${direction}: an account is negative or empty`
    }
  }
  return undefined
}

/** Whole Wh a register moved since the opening reading, roll-overs and exchanges carried. */
export function meteredWh(
  found: Pick<DeviceState, 'opening' | 'settled'>,
  direction: Direction,
): bigint {
  const { opening, settled } = found
  if (opening === undefined || settled === undefined) return 0n
  return direction === 'import'
    ? creditWh(opening.totalImportMwh, settled.totalImportMwh)
    : creditWh(opening.totalExportMwh, settled.totalExportMwh)
}

function take(account: Account, pot: Pot, wh: bigint): void {
  if (pot === 'open') account.openWh -= wh
  else move(account, pot, -wh)
  invariant(account.openWh >= 0n, 'metering: an interval holds less than is decided of it')
}

function move(account: Account, reason: WithheldReason, wh: bigint): void {
  if (wh === 0n) return
  const next = withheldFor(account, reason) + wh
  invariant(next >= 0n, `metering: less is withheld for ${reason} than is taken from it`)
  const others = account.withheld.filter((row) => row.reason !== reason)
  if (next > 0n) others.push({ reason, wh: next })
  account.withheld = others.sort((a, b) => (a.reason < b.reason ? -1 : 1))
}

/** An independent copy, so that a change can be told from what was before. */
export function copyAccount(account: Account): Account {
  return { ...account, withheld: account.withheld.map((row) => ({ ...row })) }
}
