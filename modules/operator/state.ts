import {
  Beacon,
  Challenge,
  ChallengeStatus,
  History,
  LostPower,
  Operator,
  Params,
  Progress,
  QueuedExit,
  Secret,
  TickMark,
} from '../../proto/gen/strom/operator/v1/state.ts'
import {
  bytesValue,
  defineState,
  protoValue,
  rememberLast,
  stringValue,
  u64Value,
} from '../kit/collections.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { i64Key, pairKey, stringKey, tripleKey, u64Key } from '../kit/keys.ts'

/** Store `operator`; validators are keyed by their bech32 text. The README holds the table of prefixes. */
export const state = defineState('operator', (s) => ({
  params: s.item(0x00, 'params', rememberLast(protoValue(Params))),
  /** 0x01 | validator -> Operator */
  operators: s.table(0x01, 'operators', stringKey, protoValue(Operator)),
  /** 0x02, 0x03, 0x04 | battery, meter, site -> validator */
  byBattery: s.table(0x02, 'byBattery', stringKey, stringValue),
  byMeter: s.table(0x03, 'byMeter', stringKey, stringValue),
  bySite: s.table(0x04, 'bySite', stringKey, stringValue),
  /** 0x05 | validator | epoch -> History */
  histories: s.table(0x05, 'histories', pairKey(stringKey, u64Key), protoValue(History)),
  /** 0x06 | validator | period -> Challenge */
  challenges: s.table(0x06, 'challenges', pairKey(stringKey, u64Key), protoValue(Challenge)),
  /** 0x07 | first tick after it | validator | period: challenges that wait to be judged */
  open: s.set(0x07, 'open', tripleKey(i64Key, stringKey, u64Key)),
  /** 0x08 | period | validator -> Secret */
  secrets: s.table(0x08, 'secrets', pairKey(u64Key, stringKey), protoValue(Secret)),
  /** 0x09 | period -> Beacon */
  beacons: s.table(0x09, 'beacons', u64Key, protoValue(Beacon)),
  /** 0x0a | tick -> TickMark */
  ticks: s.table(0x0a, 'ticks', i64Key, protoValue(TickMark)),
  /** 0x0b | tick | validator: anchored readings of ticks not judged yet */
  presences: s.set(0x0b, 'presences', pairKey(i64Key, stringKey)),
  /** 0x0c | tick: ticks that counted */
  counted: s.set(0x0c, 'counted', i64Key),
  /** 0x0d | since | validator -> QueuedExit */
  exits: s.table(0x0d, 'exits', pairKey(i64Key, stringKey), protoValue(QueuedExit)),
  /** 0x0e | validator -> since, eight bytes */
  exitOf: s.table(0x0e, 'exitOf', stringKey, u64Value),
  /** 0x0f | time | number -> LostPower */
  losses: s.table(0x0f, 'losses', pairKey(i64Key, u64Key), protoValue(LostPower)),
  progress: s.item(0x10, 'progress', protoValue(Progress)),
  /** 0x11 | height -> hash of that block */
  anchors: s.table(0x11, 'anchors', i64Key, bytesValue),
  /** 0x12 | validator | tick -> state of charge in mWh, eight bytes */
  socs: s.table(0x12, 'socs', pairKey(stringKey, i64Key), u64Value),
}))

/** Keys of block hashes, which an export leaves out: they are of the chain that was, and age out in minutes. */
export const ANCHOR_PREFIX = Uint8Array.of(0x11)

/** All operators in order of validator address. */
export function operators(ctx: ReadContext): Operator[] {
  return Array.from(state.operators.values(ctx))
}

/** Writes an operator with what finds it. */
export function addOperator(ctx: WriteContext, op: Operator): void {
  state.operators.set(ctx, op.validatorAddress, op)
  state.byBattery.set(ctx, op.battery, op.validatorAddress)
  state.byMeter.set(ctx, op.meter, op.validatorAddress)
  state.bySite.set(ctx, op.site, op.validatorAddress)
}

/** Removes what finds an operator's devices, before they change or it goes. */
export function unindex(ctx: WriteContext, op: Operator): void {
  state.byBattery.delete(ctx, op.battery)
  state.byMeter.delete(ctx, op.meter)
  state.bySite.delete(ctx, op.site)
}

/** Removes an operator and everything that is its own, challenges in progress too. */
export function removeOperator(ctx: WriteContext, op: Operator): void {
  const validator = op.validatorAddress
  const prefix = stringKey.encodePart(validator)
  unindex(ctx, op)
  for (const row of Array.from(state.histories.values(ctx, { prefix })))
    state.histories.delete(ctx, [validator, row.epoch])
  for (const row of Array.from(state.challenges.values(ctx, { prefix }))) {
    state.challenges.delete(ctx, [validator, row.period])
    if (row.status === ChallengeStatus.CHALLENGE_STATUS_OPEN) state.open.delete(ctx, openKey(row))
  }
  for (const [key] of Array.from(state.socs.entries(ctx, { prefix }))) state.socs.delete(ctx, key)
  for (const row of Array.from(state.secrets.values(ctx))) {
    if (row.validatorAddress === validator) state.secrets.delete(ctx, [row.period, validator])
  }
  for (const key of Array.from(state.presences.keys(ctx)))
    if (key[1] === validator) state.presences.delete(ctx, key)
  dequeue(ctx, validator)
  state.operators.delete(ctx, validator)
}

/** Where a challenge waits: behind its last tick. */
export function openKey(challenge: Challenge): readonly [bigint, string, bigint] {
  return [challenge.tick + BigInt(challenge.ticks), challenge.validatorAddress, challenge.period]
}

/** Takes a validator out of the queue of exits; nothing happens when it is not in it. */
export function dequeue(ctx: WriteContext, validator: string): void {
  const since = state.exitOf.get(ctx, validator)
  if (since === undefined) return
  state.exits.delete(ctx, [since, validator])
  state.exitOf.delete(ctx, validator)
}

/** The module's own clock; undefined before the first block. */
export function progressOf(ctx: ReadContext): Progress | undefined {
  return state.progress.get(ctx)
}
