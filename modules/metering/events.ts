import type { ModuleEvent } from '../kit/context.ts'
import type { Problem } from './reasons.ts'
import { claim } from './sign-bytes.ts'

/** An authentic reading was stored; it is judged at the close of its window. */
export function readingStored(device: string, seq: bigint, time: bigint): ModuleEvent {
  return {
    type: 'reading_stored',
    attributes: [
      ['device', device],
      ['seq', seq.toString()],
      ['time', time.toString()],
    ],
  }
}

/** A reading was refused. Device and seq are as the message claims them, empty where it cannot be read. */
export function readingRejected(
  device: string,
  seq: bigint | undefined,
  problem: Problem,
): ModuleEvent {
  return {
    type: 'reading_rejected',
    attributes: [
      ['device', claim(device)],
      ['seq', seq === undefined ? '' : seq.toString()],
      ['reason', problem.reason],
      ['detail', problem.detail],
    ],
  }
}

/** Every device was visited: what was due by the closes of a tick is judged. */
export function windowFinalised(tick: bigint, settledTo: bigint, finalTo: bigint): ModuleEvent {
  return {
    type: 'window_finalised',
    attributes: [
      ['tick', tick.toString()],
      ['settled_to', settledTo.toString()],
      ['final_to', finalTo.toString()],
    ],
  }
}

/** A device signed two messages of one number. */
export function equivocationProven(device: string, seq: bigint, slashed: bigint): ModuleEvent {
  return {
    type: 'equivocation_proven',
    attributes: [
      ['device', device],
      ['seq', seq.toString()],
      ['slashed', slashed.toString()],
    ],
  }
}
