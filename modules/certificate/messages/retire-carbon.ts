import { CarbonRetirement } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgRetireCarbon,
  MsgRetireCarbonResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { shiftGrams } from '../carbon.ts'
import { certificateErrors } from '../errors.ts'
import { event } from '../events.ts'
import { nextId } from '../ids.ts'
import { state } from '../state.ts'
import { checkText } from '../texts.ts'
import { addTotals } from '../totals.ts'

/** Uses grams of a carbon batch for good, in favour of a beneficiary. */
export const retireCarbon = defineMessage({
  codec: MsgRetireCarbon,
  response: MsgRetireCarbonResponse,
  signers: (message) => [message.owner],
  describe: (message) =>
    `${message.owner} retires ${message.grams} g of carbon batch ${message.batch} for ${message.beneficiary || 'itself'}`,
  validate(message) {
    fromBech32(message.owner)
    if (message.grams < 1n) throw certificateErrors.invalidRange('at least one gram')
    checkText('beneficiary', message.beneficiary)
    checkText('reason', message.reason)
  },
  handle(ctx, message) {
    const { owner, grams } = message
    const batch = state.carbon.get(ctx, message.batch)
    if (batch === undefined) throw certificateErrors.unknownBatch(message.batch.toString())
    shiftGrams(ctx, owner, batch.id, -grams)
    const retiredGrams = batch.retiredGrams + grams
    state.carbon.set(ctx, batch.id, { ...batch, retiredGrams })
    addTotals(ctx, { carbonRetiredGrams: grams })
    const retirement = CarbonRetirement.create({
      ...message,
      id: nextId(ctx, state.retirements),
      beneficiary: message.beneficiary || owner,
      time: ctx.time,
    })
    state.retirements.set(ctx, retirement.id, retirement)
    ctx.emit(
      event('carbon_retired', {
        batch: batch.id,
        grams,
        owner,
        retirement: retirement.id,
        beneficiary: retirement.beneficiary,
        reason: retirement.reason,
        old_retired_grams: batch.retiredGrams,
        new_retired_grams: retiredGrams,
      }),
    )
    return { retirement: retirement.id }
  },
})
