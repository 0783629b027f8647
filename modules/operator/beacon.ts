import { Beacon, type Params } from '../../proto/gen/strom/operator/v1/state.ts'
import { concatBytes, utf8Encode } from '../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import type { Hasher } from '../kit/crypto.ts'
import { u64Key } from '../kit/keys.ts'
import { divFloor, mod } from '../kit/math.ts'
import * as events from './events.ts'
import { runOf } from './rules.ts'
import { state } from './state.ts'

/** Beacons kept behind the newest. */
const KEPT = 10n

/** Where the present tick stands in its period. */
export interface Phase {
  readonly period: bigint
  readonly firstTick: bigint
  /** First tick in which secrets are revealed instead of committed. */
  readonly revealTick: bigint
  readonly endTick: bigint
  /** Secrets are committed for `period + 1` now; otherwise they are revealed for it. */
  readonly committing: boolean
}

/** The phase of a tick: the first half of a period, rounded up, is for commitments, the second for secrets. */
export function phaseOf(params: Params, tick: bigint): Phase {
  const length = BigInt(params.periodTicks)
  const period = runOf(tick, params.periodTicks)
  const firstTick = period * length
  const revealTick = firstTick + divFloor(length + 1n, 2n)
  return {
    period,
    firstTick,
    revealTick,
    endTick: firstTick + length,
    committing: tick < revealTick,
  }
}

/** sha256(secret | validator address as text | period as 8 bytes big-endian). */
export function commitmentOf(
  hasher: Hasher,
  secret: Uint8Array,
  validator: string,
  period: bigint,
): Uint8Array {
  return hasher.sha256(concatBytes(secret, utf8Encode(validator), u64Key.encode(period)))
}

/**
 * Makes the beacon of a period from the one before and every secret revealed for it, in order of operator, and forgets the
 * secrets of earlier periods. Whoever reveals last may keep silent and so choose between two values: one bit.
 */
export function makeBeacon(ctx: WriteContext, period: bigint): Beacon {
  const secrets = Array.from(state.secrets.values(ctx, { prefix: u64Key.encodePart(period) }))
  const opened = secrets.filter(({ secret }) => secret.length > 0)
  const before = lastBeacon(ctx)
  const seed =
    before?.value ?? ctx.hasher.sha256(utf8Encode(`strom operator beacon|${ctx.chainId}`))
  const beacon = Beacon.create({
    period,
    value: ctx.hasher.sha256(
      concatBytes(
        seed,
        u64Key.encode(period),
        ...opened.map((row) => concatBytes(utf8Encode(row.validatorAddress), row.secret)),
      ),
    ),
    revealed: opened.length,
    committed: secrets.length,
  })
  state.beacons.set(ctx, period, beacon)
  const old = Array.from(state.beacons.values(ctx)).filter((row) => row.period + KEPT < period)
  for (const row of old) state.beacons.delete(ctx, row.period)
  const stale = Array.from(state.secrets.values(ctx, { to: [period, ''] }))
  for (const row of stale) state.secrets.delete(ctx, [row.period, row.validatorAddress])
  ctx.emit(events.beaconMade(beacon))
  return beacon
}

/** The newest beacon; undefined before the first. */
export function lastBeacon(ctx: ReadContext): Beacon | undefined {
  for (const beacon of state.beacons.values(ctx, { reverse: true })) return beacon
  return undefined
}

/** A stream of numbers from a beacon and a purpose; each draw takes eight fresh bytes, its bias is below 2^-50. */
export function lots(hasher: Hasher, beacon: Uint8Array, purpose: string): Lots {
  let hash = hasher.sha256(concatBytes(beacon, utf8Encode(purpose)))
  const next = (): bigint => {
    hash = hasher.sha256(hash)
    let value = 0n
    for (const byte of hash.subarray(0, 8)) value = value * 256n + BigInt(byte)
    return value
  }
  return { between: (least, most) => least + mod(next(), most - least + 1n) }
}

/** Draws numbers. */
export interface Lots {
  /** An integer from `least` to `most`, both possible. */
  between(least: bigint, most: bigint): bigint
}
