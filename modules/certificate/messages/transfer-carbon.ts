import {
  MsgTransferCarbon,
  MsgTransferCarbonResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { shiftGrams } from '../carbon.ts'
import { certificateErrors } from '../errors.ts'
import { event } from '../events.ts'
import { state } from '../state.ts'

/** Hands grams of a carbon batch to another account. */
export const transferCarbon = defineMessage({
  codec: MsgTransferCarbon,
  response: MsgTransferCarbonResponse,
  signers: (message) => [message.owner],
  describe: (message) =>
    `${message.owner} hands ${message.grams} g of carbon batch ${message.batch} to ${message.recipient}`,
  validate(message) {
    fromBech32(message.owner)
    fromBech32(message.recipient)
    if (message.owner === message.recipient) {
      throw certificateErrors.invalidRange('owner and recipient are the same account')
    }
    if (message.grams < 1n) throw certificateErrors.invalidRange('at least one gram')
  },
  handle(ctx, message) {
    const { owner, recipient, batch, grams } = message
    if (!state.params.must(ctx).transfersEnabled) throw certificateErrors.transfersDisabled()
    if (!state.carbon.has(ctx, batch)) throw certificateErrors.unknownBatch(batch.toString())
    shiftGrams(ctx, owner, batch, -grams)
    shiftGrams(ctx, recipient, batch, grams)
    ctx.emit(event('carbon_transferred', { batch, grams, old_owner: owner, new_owner: recipient }))
    return {}
  },
})
