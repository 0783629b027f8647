import {
  Challenge,
  Correction,
  Declaration,
  DeviceState,
  Equivocation,
  GatewayDay,
  Params,
  Refusal,
  StoredReading,
  Sweep,
  Totals,
} from '../../proto/gen/strom/metering/v1/state.ts'
import { defineState, protoValue, rememberLast, u64Value } from '../kit/collections.ts'
import type { ReadContext } from '../kit/context.ts'
import { bytesKey, i64Key, pairKey, stringKey, tripleKey, u64Key } from '../kit/keys.ts'

const readingKey = tripleKey(stringKey, stringKey, u64Key)

/** Store `metering`; the README holds the table of prefixes. */
export const state = defineState('metering', (s) => ({
  params: s.item(0x00, 'params', rememberLast(protoValue(Params))),
  /** 0x01 | device | context -> DeviceState */
  states: s.table(0x01, 'states', pairKey(stringKey, stringKey), protoValue(DeviceState)),
  /** 0x02 | device | context | seq -> StoredReading: every authentic message of the time that is kept */
  readings: s.table(0x02, 'readings', readingKey, protoValue(StoredReading)),
  /** 0x03 | device | index -> Refusal, the newest of each device */
  refusals: s.table(0x03, 'refusals', pairKey(stringKey, u64Key), protoValue(Refusal)),
  /** 0x04 | device | identity -> index in refusals */
  refusalsByIdentity: s.table(0x04, 'refusalsByIdentity', pairKey(stringKey, bytesKey), u64Value),
  /** 0x05 | index -> Refusal, the newest whose device no signature proves */
  unattributed: s.table(0x05, 'unattributed', u64Key, protoValue(Refusal)),
  /** 0x06 | identity -> index in unattributed */
  unattributedByIdentity: s.table(0x06, 'unattributedByIdentity', bytesKey, u64Value),
  /** 0x07 -> Totals, absent before the first reading */
  totals: s.item(0x07, 'totals', protoValue(Totals)),
  /** 0x08 | device | context | opening seq -> Declaration of an exchanged register */
  declarations: s.table(0x08, 'declarations', readingKey, protoValue(Declaration)),
  /** 0x09 | id -> Challenge */
  challenges: s.table(0x09, 'challenges', u64Key, protoValue(Challenge)),
  /** 0x0a -> number of the next challenge */
  challengeIds: s.sequence(0x0a, 'challengeIds'),
  /** 0x0b | device | id -> Correction */
  corrections: s.table(0x0b, 'corrections', pairKey(stringKey, u64Key), protoValue(Correction)),
  /** 0x0c -> number of the next correction */
  correctionIds: s.sequence(0x0c, 'correctionIds'),
  /** 0x0d | gateway | day -> GatewayDay */
  gatewayDays: s.table(0x0d, 'gatewayDays', pairKey(stringKey, i64Key), protoValue(GatewayDay)),
  /** 0x0e -> Sweep, absent before the first round */
  sweep: s.item(0x0e, 'sweep', protoValue(Sweep)),
  /** 0x0f | device | context | seq -> Equivocation */
  equivocations: s.table(0x0f, 'equivocations', readingKey, protoValue(Equivocation)),
  /** 0x10 | deadline | id: open challenges in order of time */
  deadlines: s.set(0x10, 'deadlines', pairKey(i64Key, u64Key)),
}))

/** Encoded leading key parts of the stored readings of one device and context. */
export function readingsOf(device: string, context: string): Uint8Array {
  return pairKey(stringKey, stringKey).encodePart([device, context])
}

/** Stored readings of a device with time in [from, to), any verdict, in order of number. */
export function readingsBetween(
  ctx: ReadContext,
  device: string,
  from: bigint,
  to: bigint,
): readonly StoredReading[] {
  const rows: StoredReading[] = []
  for (const row of state.readings.values(ctx, { prefix: stringKey.encodePart(device) })) {
    if (row.time >= from && row.time < to) rows.push(row)
  }
  return rows
}

/** The state of a device under whatever context it reports; a device has one. */
export function stateOf(ctx: ReadContext, device: string): DeviceState | undefined {
  for (const found of state.states.values(ctx, { prefix: stringKey.encodePart(device) })) {
    return found
  }
  return undefined
}
