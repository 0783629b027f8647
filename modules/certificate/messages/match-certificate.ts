import { type Consumption, RangeStatus } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgMatchCertificate,
  MsgMatchCertificateResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import type { ReadContext } from '../../kit/context.ts'
import { defineMessage } from '../../kit/module.ts'
import { use } from '../claims.ts'
import { standingWh } from '../consumption.ts'
import { certificateErrors } from '../errors.ts'
import { checkPairing } from '../pairing.ts'
import { sizeOf } from '../rules.ts'
import { freeSlice, nameOf, validateSlice } from '../slices.ts'
import { state } from '../state.ts'
import { checkText } from '../texts.ts'
import { addTotals } from '../totals.ts'

/** Claims generation for consumption of the same time: as many Wh of either, each of them once. */
export const matchCertificate = defineMessage({
  codec: MsgMatchCertificate,
  response: MsgMatchCertificateResponse,
  signers: (message) => [message.owner],
  describe: (message) =>
    `${message.owner} matches ${sizeOf(message)} Wh of ${nameOf(message)} with the consumption of ${message.consumptionDevice} at ${message.consumptionStart}`,
  validate(message) {
    fromBech32(message.owner)
    validateSlice(message)
    checkText('beneficiary', message.beneficiary)
    checkText('purpose', message.purpose)
  },
  handle(ctx, message) {
    const slice = freeSlice(ctx, message, message.owner)
    const record = openConsumption(ctx, message)
    checkPairing(ctx, slice.certificate, record)
    const wh = sizeOf(message)
    const matchedWh = record.matchedWh + wh
    state.consumptions.set(ctx, [record.device, record.intervalStart], { ...record, matchedWh })
    addTotals(ctx, { matchedWh: wh })
    const numbers = { consumptionFirst: record.matchedWh + 1n, consumptionLast: matchedWh }
    const claim = use(ctx, 'certificate_matched', slice, message, {
      status: RangeStatus.RANGE_STATUS_CLAIMED,
      beneficiary: message.beneficiary || message.owner,
      purpose: message.purpose,
      consumptionDevice: record.device,
      consumptionStart: record.intervalStart,
      ...numbers,
    })
    return { claim: claim.id, ...numbers }
  },
})

/** The sender's record with room for the match. Throws certificate 18, 10 or 19. */
function openConsumption(ctx: ReadContext, message: MsgMatchCertificate): Consumption {
  const name = `${message.consumptionDevice} ${message.consumptionStart}`
  const key = [message.consumptionDevice, message.consumptionStart] as const
  const record = state.consumptions.get(ctx, key)
  if (record === undefined || record.owner !== message.owner) {
    throw certificateErrors.unknownConsumption(name)
  }
  if (record.lockedUntil > ctx.time) {
    throw certificateErrors.locked(`${name} until ${record.lockedUntil}`)
  }
  const open = standingWh(record) - record.matchedWh
  if (sizeOf(message) > open) {
    throw certificateErrors.consumptionTooSmall(`${name}: ${sizeOf(message)} of ${open}`)
  }
  return record
}
