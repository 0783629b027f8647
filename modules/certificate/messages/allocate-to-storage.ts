import {
  Lot,
  RangeStatus,
  StorageDirection,
  type StorageRecord,
} from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgAllocateToStorage,
  MsgAllocateToStorageResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import type { MsgContext } from '../../kit/context.ts'
import { defineMessage } from '../../kit/module.ts'
import { certificateErrors } from '../errors.ts'
import { allocated } from '../events.ts'
import { nextId } from '../ids.ts'
import { checkPairing } from '../pairing.ts'
import { limitsOf } from '../params.ts'
import { changeRange } from '../ranges.ts'
import { sizeOf, sourceOf } from '../rules.ts'
import { putSheet, sheetOf, shiftSource } from '../sheet.ts'
import { freeSlice, nameOf, validateSlice } from '../slices.ts'
import { state } from '../state.ts'
import { plainWh, putRecord } from '../storage-records.ts'

/** Declares that certified watt-hours charged a battery: it gives them back, less losses, when it discharges. */
export const allocateToStorage = defineMessage({
  codec: MsgAllocateToStorage,
  response: MsgAllocateToStorageResponse,
  signers: (message) => [message.owner],
  describe: (message) =>
    `${message.owner} allocates ${sizeOf(message)} Wh of ${nameOf(message)} to the charge of ${message.battery} at ${message.chargeStart}`,
  validate(message) {
    fromBech32(message.owner)
    validateSlice(message)
  },
  handle(ctx, message) {
    const { certificate, range } = freeSlice(ctx, message, message.owner)
    const charge = openCharge(ctx, message)
    checkPairing(ctx, certificate, charge)
    const lot = Lot.create({ ...message, id: nextId(ctx, state.lots) })
    state.lots.set(ctx, lot.id, lot)
    putRecord(ctx, { ...charge, lots: [...charge.lots, lot.id] })
    if (charge.booked) {
      const wh = sizeOf(message)
      const sheet = sheetOf(ctx, charge.device)
      const taken = shiftSource(sheet, 'grid', { chargedWh: -wh, storedWh: -wh })
      const deltas = { chargedWh: wh, storedWh: wh }
      putSheet(ctx, shiftSource(taken, sourceOf(certificate.kind), deltas))
    }
    changeRange(ctx, certificate, range, message, {
      status: RangeStatus.RANGE_STATUS_STORED,
      ref: lot.id,
    })
    ctx.emit(allocated(range, lot))
    return { lot: lot.id }
  },
})

/** The sender's charge with room for the allocation. Throws certificate 22, 10, 23 or 24. */
function openCharge(ctx: MsgContext, message: MsgAllocateToStorage): StorageRecord {
  const name = `${message.battery} ${message.chargeStart}`
  const charge = state.storage.get(ctx, [
    message.battery,
    message.chargeStart,
    StorageDirection.STORAGE_DIRECTION_CHARGE,
  ])
  if (charge === undefined || charge.owner !== message.owner) {
    throw certificateErrors.unknownCharge(name)
  }
  if (charge.lockedUntil > ctx.time) {
    throw certificateErrors.locked(`${name} until ${charge.lockedUntil}`)
  }
  const plain = plainWh(ctx, charge)
  if (sizeOf(message) > plain) {
    throw certificateErrors.chargeTooSmall(`${name}: ${sizeOf(message)} of ${plain}`)
  }
  if (charge.lots.length >= limitsOf(state.params.must(ctx)).maxLots) {
    throw certificateErrors.tooManyLots(`${name}: ${charge.lots.length}`)
  }
  return charge
}
