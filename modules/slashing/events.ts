import { PREFIX, toBech32 } from '../kit/address.ts'
import type { ModuleEvent } from '../kit/context.ts'

const name = (consensus: Uint8Array): string => toBech32(consensus, PREFIX.consensus)

/** A validator missed the commit of the height before: `missed` of its window so far. */
export const liveness = (consensus: Uint8Array, missed: bigint, height: bigint): ModuleEvent => ({
  type: 'liveness',
  attributes: [
    ['address', name(consensus)],
    ['missed_blocks', missed.toString()],
    ['height', height.toString()],
  ],
})

/** A validator was slashed and jailed for downtime; `power` is what it voted with, `burned` in tokens. */
export const slashedForDowntime = (
  consensus: Uint8Array,
  power: bigint,
  burned: bigint,
): ModuleEvent => ({
  type: 'slash',
  attributes: [
    ['address', name(consensus)],
    ['power', power.toString()],
    ['reason', 'missing_signature'],
    ['jailed', name(consensus)],
    ['burned_coins', burned.toString()],
  ],
})

/** A validator was slashed on the order of another module. */
export const slashed = (
  consensus: Uint8Array,
  power: bigint,
  reason: string,
  burned: bigint,
): ModuleEvent => ({
  type: 'slash',
  attributes: [
    ['address', name(consensus)],
    ['power', power.toString()],
    ['reason', reason],
    ['burned_coins', burned.toString()],
  ],
})

/** A validator was jailed on the order of another module. */
export const jailed = (consensus: Uint8Array): ModuleEvent => ({
  type: 'slash',
  attributes: [['jailed', name(consensus)]],
})
