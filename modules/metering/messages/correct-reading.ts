import {
  Correction,
  type StoredReading,
  Verdict,
} from '../../../proto/gen/strom/metering/v1/state.ts'
import {
  MsgCorrectReading,
  MsgCorrectReadingResponse,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import type { MsgContext } from '../../kit/context.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { DIRECTIONS, type Direction } from '../account.ts'
import { deviceOf } from '../actors.ts'
import { meteringErrors } from '../errors.ts'
import { FLAG } from '../flags.ts'
import { wholeWh } from '../rules.ts'
import { readingsOf, state } from '../state.ts'
import { closeTally, openTally } from '../tally.ts'
import { owe, takeBack } from '../withdraw.ts'
import { beginWork, type EnergyNeeds, endWork, type Work } from '../work.ts'

/**
 * States what the registers of a judged reading should have been. History stays: one of the two intervals that meet at
 * the reading was overstated; as much is taken back from it, and what is spent already the device owes. Nothing is ever
 * credited by a correction, so the owner's word is enough.
 */
export function correctReading(
  needs: EnergyNeeds,
): MessageDef<MsgCorrectReading, MsgCorrectReadingResponse> {
  return defineMessage({
    codec: MsgCorrectReading,
    response: MsgCorrectReadingResponse,
    signers: (message) => [message.signer],
    describe: (message) =>
      `${message.signer} corrects reading ${message.seq} of ${message.device} to ${message.importMwh} and ${message.exportMwh} mWh`,
    validate(message) {
      fromBech32(message.signer)
      if (message.reason === '' || message.reason.length > 256) {
        throw meteringErrors.invalidCorrection('a reason of 1 to 256 characters is needed')
      }
    },
    handle(ctx, message) {
      const device = deviceOf(needs, ctx, message.device, message.signer)
      const found = state.states.get(ctx, [message.device, message.context])
      const reading = state.readings.get(ctx, [message.device, message.context, message.seq])
      const name = `${message.device} ${message.context} ${message.seq}`
      if (found === undefined || reading?.verdict !== Verdict.VERDICT_ACCEPTED) {
        throw meteringErrors.unknownReading(`${name}: only accepted readings can be corrected`)
      }
      const tally = openTally(ctx)
      const work = beginWork({ ctx, params: state.params.must(ctx), tally, needs }, device, found)
      let [withdrawnWh, debtWh] = [0n, 0n]
      for (const direction of DIRECTIONS) {
        const taken = correct(work, reading, direction, message)
        withdrawnWh += taken.withdrawnWh
        debtWh += taken.owedWh
      }
      endWork(work)
      closeTally(ctx, tally)
      return { id: enter(ctx, message, withdrawnWh, debtWh), withdrawnWh, debtWh }
    },
  })
}

/** Takes the overstated energy of one direction back from the interval it was in. */
function correct(
  work: Work,
  reading: StoredReading,
  direction: Direction,
  message: MsgCorrectReading,
) {
  const [stated, right] =
    direction === 'import'
      ? [reading.importMwh, message.importMwh]
      : [reading.exportMwh, message.exportMwh]
  const over = wholeWh(stated) - wholeWh(right)
  if (over === 0n) return { withdrawnWh: 0n, owedWh: 0n }
  // Too high a register overstates the interval it ends, too low a one the interval it begins.
  const closing = over > 0n ? reading : following(work, reading)
  if (closing === undefined || closing.intervalStart === 0n) {
    const hint = over > 0n ? 'ends no interval' : 'begins none that is judged'
    throw meteringErrors.invalidCorrection(`reading ${reading.seq} ${hint}`)
  }
  const taken = takeOver(work, closing, direction, over > 0n ? over : -over)
  closing.flags |= FLAG.corrected
  const key = [work.found.device, work.found.context, closing.seq] as const
  state.readings.set(work.batch.ctx, key, closing)
  return taken
}

/** Takes energy back while the chain may, from whoever was the owner then; after the final close it is owed. */
function takeOver(work: Work, closing: StoredReading, direction: Direction, wh: bigint) {
  const { batch, device } = work
  const { ctx, params, needs } = batch
  const { owner } = needs.device.at(ctx, device, closing.time - 1n)
  if (owner !== device.owner) {
    throw meteringErrors.invalidCorrection(
      `reading ${closing.seq} ended an interval of another owner`,
    )
  }
  const final = closing.time + params.finalCloseS < ctx.time
  return final
    ? owe(work, closing, direction, wh)
    : takeBack(work, closing, direction, wh, 'withdrawn')
}

/** The reading that ended the interval which a reading began. */
function following(work: Work, reading: StoredReading): StoredReading | undefined {
  const { device, context } = work.found
  const scan = {
    prefix: readingsOf(device, context),
    from: [device, context, reading.seq + 1n],
  } as const
  for (const [, row] of state.readings.entries(work.batch.ctx, scan)) {
    if (row.intervalStart === reading.time) return row
    if (row.intervalStart > reading.time) return undefined
  }
  return undefined
}

function enter(
  ctx: MsgContext,
  message: MsgCorrectReading,
  withdrawnWh: bigint,
  debtWh: bigint,
): bigint {
  const id = state.correctionIds.next(ctx)
  const { device, context, seq, importMwh, exportMwh, reason } = message
  state.corrections.set(
    ctx,
    [device, id],
    Correction.create({
      id,
      device,
      context,
      seq,
      importMwh,
      exportMwh,
      reason,
      withdrawnWh,
      debtWh,
      height: ctx.height,
      time: ctx.time,
    }),
  )
  ctx.emit({
    type: 'reading_corrected',
    attributes: [
      ['device', device],
      ['seq', seq.toString()],
      ['withdrawn_wh', withdrawnWh.toString()],
      ['debt_wh', debtWh.toString()],
      ['reason', reason],
    ],
  })
  return id
}
