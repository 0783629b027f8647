import type { DeviceMessage } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { ModuleEvent } from '../kit/context.ts'
import { claim } from './judge.ts'
import type { Problem } from './reasons.ts'
import type { Credit } from './tally.ts'

/** A reading was accepted: what it credits, between the old and the new time (the old one empty at the opening). */
export function readingAccepted(
  message: DeviceMessage,
  oldTime: bigint | undefined,
  credit: Credit,
): ModuleEvent {
  return {
    type: 'reading_accepted',
    attributes: [
      ['device', message.device],
      ['seq', message.seq.toString()],
      ['old_time', oldTime === undefined ? '' : oldTime.toString()],
      ['new_time', message.time.toString()],
      ['import_wh', credit.importWh.toString()],
      ['export_wh', credit.exportWh.toString()],
    ],
  }
}

/** A reading was refused. Device and seq are as the message claims them, empty where it cannot be read. */
export function readingRejected(message: DeviceMessage | undefined, problem: Problem): ModuleEvent {
  return {
    type: 'reading_rejected',
    attributes: [
      ['device', claim(message?.device ?? '')],
      ['seq', message === undefined ? '' : message.seq.toString()],
      ['reason', problem.reason],
      ['detail', problem.detail],
    ],
  }
}
