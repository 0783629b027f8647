import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import type { StoredReading } from '../../../proto/gen/strom/metering/v1/state.ts'
import {
  MsgReportEquivocation,
  MsgReportEquivocationResponse,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { equalBytes } from '../../kit/bytes.ts'
import type { MsgContext } from '../../kit/context.ts'
import type { Scheme } from '../../kit/crypto.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { storedFrom } from '../arrive.ts'
import { equivocate } from '../equivocate.ts'
import { meteringErrors } from '../errors.ts'
import { readSignBytes } from '../sign-bytes.ts'
import { state } from '../state.ts'
import { closeTally, openTally } from '../tally.ts'
import { beginWork, type EnergyNeeds, endWork } from '../work.ts'
import { SIGNATURE_GAS } from './submit-readings.ts'

/** Proves that a device signed two messages of one number; the reporter gets a tenth of the bond. */
export function reportEquivocation(
  needs: EnergyNeeds,
): MessageDef<MsgReportEquivocation, MsgReportEquivocationResponse> {
  return defineMessage({
    codec: MsgReportEquivocation,
    response: MsgReportEquivocationResponse,
    signers: (message) => [message.reporter],
    describe: (message) => `${message.reporter} reports that a device signed one number twice`,
    validate(message) {
      fromBech32(message.reporter)
      if (equalBytes(message.first.message, message.second.message)) {
        throw meteringErrors.noEquivocation('the two messages are the same')
      }
    },
    handle(ctx, message) {
      const first = authentic(needs, ctx, message.first)
      const second = authentic(needs, ctx, message.second)
      const { device: id, context, seq } = first
      if (id !== second.device || context !== second.context || seq !== second.seq) {
        throw meteringErrors.noEquivocation('they are not of one device, context and number')
      }
      if (state.equivocations.has(ctx, [id, context, seq])) {
        throw meteringErrors.noEquivocation(`${id} ${seq} is proven already`)
      }
      const device = needs.device.get(ctx, id)
      const found = state.states.get(ctx, [id, context])
      if (device === undefined || found === undefined) {
        throw meteringErrors.unknownDevice(`"${id}" never reported under "${context}"`)
      }
      const tally = openTally(ctx)
      const work = beginWork({ ctx, params: state.params.must(ctx), tally, needs }, device, found)
      equivocate(work, first, second, message.reporter)
      endWork(work)
      closeTally(ctx, tally)
      return {}
    },
  })
}

/** A message with a signature of its device's key at its time. Throws metering 15. */
function authentic(needs: EnergyNeeds, ctx: MsgContext, signed: SignedReading): StoredReading {
  ctx.gas.consume(SIGNATURE_GAS, 'device signature')
  const message = readSignBytes(signed.message)
  if (typeof message === 'string') throw meteringErrors.noEquivocation(message)
  const device = needs.device.get(ctx, message.device)
  if (device === undefined) throw meteringErrors.unknownDevice(`"${message.device}"`)
  const { scheme, pubkey } = needs.device.at(ctx, device, message.time)
  const ours = message.chainId === ctx.chainId && signed.signature.length === 64
  if (!ours || !ctx.verified(scheme as Scheme, pubkey, signed.message, signed.signature)) {
    throw meteringErrors.noEquivocation(`one is not signed by ${device.id} for this chain`)
  }
  return storedFrom(message, ctx.hasher.sha256(signed.message))
}
