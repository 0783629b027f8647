import { decMul, decOf, decRaw, decRound } from '../../modules/kit/dec.ts'
import { PPM } from '../../modules/kit/units.ts'
import { BondStatus } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { type Challenge, ExitReason } from '../../proto/gen/strom/operator/v1/state.ts'
import type { StorageFacts, ValidatorFacts } from './facts.ts'
import { TICK_S, verdict } from './words.ts'

/** How a validator signs. */
export interface SigningStanding {
  readonly missed: bigint
  readonly window: bigint
  /** It is jailed when it has missed more than these within the window. */
  readonly allowed: bigint
  readonly jailed: boolean
  /** Unix seconds; 0 when it was never jailed. */
  readonly jailedUntil: bigint
  readonly tombstoned: boolean
}

/** Missed blocks, and what they lead to. */
export function signingOf({ signing, slashing, validator }: ValidatorFacts): SigningStanding {
  const share = decRaw(BigInt(Buffer.from(slashing.minSignedPerWindow).toString('utf8') || '0'))
  const window = slashing.signedBlocksWindow
  const least = decRound(decMul(share, decOf(window)))
  const until = signing?.jailedUntil.seconds ?? 0n
  return {
    missed: signing?.missedBlocksCounter ?? 0n,
    window,
    allowed: window - least,
    jailed: validator.jailed,
    jailedUntil: until > 0n ? until : 0n,
    tombstoned: signing?.tombstoned ?? false,
  }
}

/** A bound of the verified capacity. */
export interface Bound {
  readonly name: 'nameplate' | 'meter' | 'charge state' | 'proof'
  readonly about: string
  /** Undefined where nothing is known of it. */
  readonly wh: bigint | undefined
  /** Whether it is the one that decides. */
  readonly binds: boolean
}

/** Every bound, the deciding ones marked; before misses cut what is left. */
export function boundsOf({ capacity }: StorageFacts): readonly Bound[] {
  const { nameplateWh, drawdownWh, socDrawdownWh, provenWh, verifiedWh } = capacity
  // A battery that states no charge is not bounded by it; the chain then answers 0.
  const stated = socDrawdownWh > 0n || (verifiedWh === 0n && drawdownWh > 0n && provenWh > 0n)
  const known: Omit<Bound, 'binds'>[] = [
    { name: 'nameplate', about: 'capacity times state of health', wh: nameplateWh },
    { name: 'meter', about: 'largest fall by its registers', wh: drawdownWh },
    {
      name: 'charge state',
      about: stated ? 'largest fall by what the battery states' : 'the battery states none',
      wh: stated ? socDrawdownWh : undefined,
    },
    { name: 'proof', about: 'last deep challenge', wh: provenWh },
  ]
  const all = known.flatMap(({ wh }) => (wh === undefined ? [] : [wh]))
  const least = all.reduce((low, wh) => (wh < low ? wh : low), all[0] ?? 0n)
  return known.map((one) => ({ ...one, binds: one.wh === least }))
}

/** Challenges as a person asks for them. */
export interface ChallengeStanding {
  readonly last: Challenge | undefined
  /** Under way or to come. */
  readonly next: Challenge | undefined
  /** Over, and waiting for its ticks to be settled. */
  readonly judged: Challenge | undefined
}

/** The last judged challenge, the next one, and the one that waits for its verdict. */
export function challengesOf(challenges: readonly Challenge[], now: bigint): ChallengeStanding {
  const end = (one: Challenge): bigint => (one.tick + BigInt(one.ticks)) * TICK_S
  const open = challenges.filter((one) => verdict(one) === 'open')
  return {
    last: challenges.findLast((one) => verdict(one) !== 'open'),
    next: open.find((one) => end(one) > now),
    judged: open.findLast((one) => end(one) <= now),
  }
}

/** Place in the queue of those who leave. */
export interface ExitStanding {
  readonly place: number
  readonly waiting: number
  readonly reason: 'silent' | 'storage'
  readonly sinceTick: bigint
}

/** Where a validator waits to leave the set; undefined when it does not. */
export function exitOf({ rules, validator }: ValidatorFacts): ExitStanding | undefined {
  const { queue } = rules.exits
  const place = queue.findIndex((one) => one.validatorAddress === validator.operatorAddress)
  const row = queue[place]
  if (row === undefined) return undefined
  const reason = row.reason === ExitReason.EXIT_REASON_SILENT ? 'silent' : 'storage'
  return { place: place + 1, waiting: queue.length, reason, sinceTick: row.sinceTick }
}

/** `bonded`, `unbonding` or `unbonded`. */
export function statusOf({ status }: { readonly status: number }): string {
  if (status === BondStatus.BOND_STATUS_BONDED) return 'bonded'
  return status === BondStatus.BOND_STATUS_UNBONDING ? 'unbonding' : 'unbonded'
}

/** Where its part of the coming beacon stands. */
export function secretOf({ secret }: StorageFacts): 'none' | 'committed' | 'revealed' {
  if (secret === undefined) return 'none'
  return secret.secret.length > 0 ? 'revealed' : 'committed'
}

/** A share as percent with one digit; empty of nothing. */
export function share(part: bigint, whole: bigint): string {
  if (whole === 0n) return '0 %'
  const ppm = (part * PPM) / whole
  return `${Number(ppm) / 10_000} %`.replace(/(\.\d)\d+/, '$1')
}
