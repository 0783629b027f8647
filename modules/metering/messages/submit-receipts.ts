import {
  MsgSubmitReceipts,
  MsgSubmitReceiptsResponse,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { meteringErrors } from '../errors.ts'
import { arriveReceipt } from '../receipt.ts'
import { state } from '../state.ts'
import { closeTally, openTally } from '../tally.ts'
import type { Batch, EnergyNeeds } from '../work.ts'
import { SIGNATURE_GAS } from './submit-readings.ts'

/** Brings records that chargers signed themselves; each is taken on its own. */
export function submitReceipts(
  needs: EnergyNeeds,
): MessageDef<MsgSubmitReceipts, MsgSubmitReceiptsResponse> {
  return defineMessage({
    codec: MsgSubmitReceipts,
    response: MsgSubmitReceiptsResponse,
    signers: (message) => [message.gateway],
    describe: (message) => `${message.gateway} submits ${message.receipts.length} signed receipts`,
    validate(message) {
      fromBech32(message.gateway)
      if (message.receipts.length === 0) throw meteringErrors.emptyBatch()
    },
    handle(ctx, message) {
      const params = state.params.must(ctx)
      if (message.receipts.length > params.maxBatch) {
        throw meteringErrors.batchTooLarge(`${message.receipts.length}, at most ${params.maxBatch}`)
      }
      const tally = openTally(ctx)
      const batch: Batch = { ctx, params, tally, needs }
      const results = message.receipts.map((receipt) => {
        ctx.gas.consume(SIGNATURE_GAS, 'device signature')
        return arriveReceipt(batch, message.gateway, receipt)
      })
      closeTally(ctx, tally)
      return { results }
    },
  })
}
