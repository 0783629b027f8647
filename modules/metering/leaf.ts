import type { DeviceMessage } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { WriteContext } from '../kit/context.ts'
import { isContext, storedFrom, take } from './arrive.ts'
import { state } from './state.ts'
import { closeTally, openTally } from './tally.ts'
import type { Batch, EnergyNeeds } from './work.ts'

/** Takes the message of a leaf whose batch stood unchallenged; see MeteringApi.enterLeaf. */
export function enterLeaf(
  needs: EnergyNeeds,
  ctx: WriteContext,
  message: DeviceMessage,
  identity: Uint8Array,
): string | undefined {
  const device = needs.device.get(ctx, message.device)
  if (device === undefined) return 'unknown_device'
  // Neighbours are entered in one message: what cannot stand in a key must not throw.
  if (!isContext(message.context)) return 'context'
  const tally = openTally(ctx)
  const batch: Batch = { ctx, params: state.params.must(ctx), tally, needs }
  const epoch = needs.device.at(ctx, device, message.time)
  const reading = { ...storedFrom(message, identity), root: true }
  const result = take(batch, device, {
    carrier: { address: epoch.gateway, root: true },
    epoch,
    reading,
  })
  closeTally(ctx, tally)
  return result.accepted ? undefined : result.reason
}
