import { ResidualRow } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgEnterGeneration,
  MsgEnterGenerationResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage } from '../../kit/module.ts'
import { certificateErrors } from '../errors.ts'
import { event } from '../events.ts'
import { mustBeAuthority } from '../params.ts'
import { state } from '../state.ts'
import { checkText } from '../texts.ts'

/** States the generation without certificates of one source in a zone and month, for the residual mix. */
export const enterGeneration = defineMessage({
  codec: MsgEnterGeneration,
  response: MsgEnterGenerationResponse,
  signers: (message) => [message.authority],
  describe: (message) =>
    `${message.authority} states ${message.quantityWh} Wh of ${message.source} without certificates in ${message.zone}, ${message.month}`,
  validate(message) {
    fromBech32(message.authority)
    checkText('zone', message.zone)
    checkText('source', message.source)
    if (message.zone === '' || message.source === '') {
      throw certificateErrors.invalidText('zone and source are needed')
    }
    const ofYear = message.month % 100
    if (ofYear < 1 || ofYear > 12 || message.month < 197_001 || message.month > 999_912) {
      throw certificateErrors.invalidPeriod(`month ${message.month}, such as 202601 is expected`)
    }
  },
  handle(ctx, message) {
    mustBeAuthority(ctx, message.authority)
    const { zone, month, source, quantityWh } = message
    const row =
      state.residual.get(ctx, [zone, month, source]) ?? ResidualRow.create({ zone, month, source })
    state.residual.set(ctx, [zone, month, source], { ...row, otherWh: quantityWh })
    ctx.emit(
      event('generation_entered', {
        zone,
        month,
        source,
        old_wh: row.otherWh,
        new_wh: quantityWh,
      }),
    )
    return {}
  },
})
