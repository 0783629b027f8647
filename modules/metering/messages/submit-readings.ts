import type { DeviceMessage } from '../../../proto/gen/strom/metering/v1/reading.ts'
import {
  MsgSubmitReadings,
  MsgSubmitReadingsResponse,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import type { ReadContext } from '../../kit/context.ts'
import type { DeclaredSignature, Scheme } from '../../kit/crypto.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import type { StoredHook } from '../api.ts'
import { arrive } from '../arrive.ts'
import { meteringErrors } from '../errors.ts'
import { readSignBytes } from '../sign-bytes.ts'
import { state } from '../state.ts'
import { closeTally, openTally } from '../tally.ts'
import type { Batch, EnergyNeeds } from '../work.ts'

/** Gas of one device signature, what the SDK asks for one of an account. */
export const SIGNATURE_GAS = 1000n

/**
 * Brings signed readings of any devices to the chain. Each is taken on its own, so a bad one costs the others nothing;
 * what it is worth is judged at the close of its window.
 */
export function submitReadings(
  needs: EnergyNeeds,
  hooks: readonly StoredHook[],
): MessageDef<MsgSubmitReadings, MsgSubmitReadingsResponse> {
  return defineMessage({
    codec: MsgSubmitReadings,
    response: MsgSubmitReadingsResponse,
    signers: (message) => [message.gateway],
    describe: (message) => `${message.gateway} submits ${message.readings.length} signed readings`,
    validate(message) {
      fromBech32(message.gateway)
      if (message.readings.length === 0) throw meteringErrors.emptyBatch()
    },
    signatures: (ctx, message) => declared(needs, ctx, message),
    handle(ctx, message) {
      const params = state.params.must(ctx)
      if (message.readings.length > params.maxBatch) {
        throw meteringErrors.batchTooLarge(`${message.readings.length}, at most ${params.maxBatch}`)
      }
      const tally = openTally(ctx)
      const batch: Batch = { ctx, params, tally, needs }
      const carrier = { address: message.gateway, root: false }
      const stored = (one: DeviceMessage): void => {
        for (const hook of hooks) hook(ctx, one)
      }
      const results = message.readings.map((reading) => {
        ctx.gas.consume(SIGNATURE_GAS, 'device signature')
        return arrive(batch, carrier, reading, ctx.hasher.sha256(reading.message), stored)
      })
      closeTally(ctx, tally)
      return { results }
    },
  })
}

/** Signatures worth verifying ahead of execution, with the keys of the state that `ctx` reads. */
function declared(
  needs: EnergyNeeds,
  ctx: ReadContext,
  message: MsgSubmitReadings,
): DeclaredSignature[] {
  const found: DeclaredSignature[] = []
  for (const reading of message.readings) {
    if (reading.signature.length !== 64) continue
    const read = readSignBytes(reading.message)
    const device = typeof read === 'string' ? undefined : needs.device.get(ctx, read.device)
    if (device === undefined || typeof read === 'string') continue
    const epoch = needs.device.at(ctx, device, read.time)
    found.push({
      scheme: epoch.scheme as Scheme,
      key: epoch.pubkey,
      bytes: reading.message,
      signature: reading.signature,
    })
  }
  return found
}
