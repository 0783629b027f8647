import { Plan } from '../../proto/gen/cosmos/upgrade/v1beta1/upgrade.ts'
import { bytesValue, defineState, protoValue, u64Value } from '../kit/collections.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { pairKey, stringKey, u64Key } from '../kit/keys.ts'

/** The store `upgrade` in the SDK's layout (x/upgrade/types/keys.go). */
export const state = defineState('upgrade', (s) => ({
  /** 0x00 -> Plan; absent when nothing is planned */
  plan: s.item(0x00, 'plan', protoValue(Plan)),
  /** 0x01 | height, name -> 1 */
  done: s.table(0x01, 'done', pairKey(u64Key, stringKey), bytesValue),
  /** 0x02 | module -> version, eight bytes big-endian */
  versions: s.table(0x02, 'module_versions', stringKey, u64Value),
  /** 0x03 -> number of upgrades done, eight bytes big-endian; absent before the first */
  protocolVersion: s.item(0x03, 'protocol_version', u64Value),
}))

const PRESENT = Uint8Array.of(1)

/** Height at which an upgrade was done; upgrades are few, so a scan is cheap. */
export function doneAt(ctx: ReadContext, name: string): bigint | undefined {
  for (const [[height, done]] of state.done.entries(ctx)) if (done === name) return height
  return undefined
}

/** Name of the upgrade done last. */
export function lastDone(ctx: ReadContext): string | undefined {
  for (const [[, name]] of state.done.entries(ctx, { reverse: true })) return name
  return undefined
}

/** Notes an upgrade as done at a height. */
export function writeDone(ctx: WriteContext, height: bigint, name: string): void {
  state.done.set(ctx, [height, name], PRESENT)
}
