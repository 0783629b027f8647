import { CarbonBatch, RangeStatus } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgIssueCarbon,
  MsgIssueCarbonResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { TrustClass } from '../../../proto/gen/strom/device/v1/state.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { emissionFactor, gramsOf, shiftGrams } from '../carbon.ts'
import { certificateErrors } from '../errors.ts'
import { event, place } from '../events.ts'
import { nextId } from '../ids.ts'
import { zoneOf } from '../params.ts'
import { changeRange } from '../ranges.ts'
import { sizeOf, sourceOf } from '../rules.ts'
import { freeSlice, nameOf, validateSlice } from '../slices.ts'
import { state } from '../state.ts'
import { addTotals } from '../totals.ts'

/** Turns watt-hours into a carbon credit: from then on they back it and are no certificate any more. */
export const issueCarbon = defineMessage({
  codec: MsgIssueCarbon,
  response: MsgIssueCarbonResponse,
  signers: (message) => [message.owner],
  describe: (message) =>
    `${message.owner} turns ${sizeOf(message)} Wh of ${nameOf(message)} into a carbon credit`,
  validate(message) {
    fromBech32(message.owner)
    validateSlice(message)
    if (message.part !== 0) {
      throw certificateErrors.noCarbon(`${nameOf(message)} is energy from storage`)
    }
  },
  handle(ctx, message) {
    const { certificate, range } = freeSlice(ctx, message, message.owner)
    const { zone, trustClass } = certificate
    // A certificate states its class; a credit does not, so that it rests on meters that sign for themselves.
    if (trustClass !== TrustClass.TRUST_CLASS_A && trustClass !== TrustClass.TRUST_CLASS_B) {
      throw certificateErrors.noCarbon(`${nameOf(message)} is of a trust class below B`)
    }
    const source = sourceOf(certificate.kind)
    const efGPerKwh = emissionFactor(zoneOf(state.params.must(ctx), zone), source)
    if (efGPerKwh === 0n) throw certificateErrors.noCarbon(`zone ${zone} has no emission factor`)
    const grams = gramsOf(sizeOf(message), efGPerKwh)
    if (grams === 0n) throw certificateErrors.noCarbon(`${sizeOf(message)} Wh avoid no whole gram`)
    const batch = CarbonBatch.create({
      ...message,
      id: nextId(ctx, state.carbon),
      issuer: message.owner,
      zone,
      source,
      efGPerKwh,
      grams,
      time: ctx.time,
    })
    state.carbon.set(ctx, batch.id, batch)
    shiftGrams(ctx, message.owner, batch.id, grams)
    addTotals(ctx, { carbonGrams: grams })
    changeRange(ctx, certificate, range, message, {
      status: RangeStatus.RANGE_STATUS_CARBON,
      ref: batch.id,
    })
    ctx.emit(
      event('carbon_issued', {
        ...place(range, message),
        owner: message.owner,
        batch: batch.id,
        grams,
        ef_g_per_kwh: efGPerKwh,
        old_range: `${range.first}-${range.last}`,
      }),
    )
    return { batch: batch.id, grams }
  },
})
