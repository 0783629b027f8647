import { divFloor } from '../math.ts'
import type { Obis } from './obis.ts'
import type { ClockState } from './time.ts'
import type { OcmfReading, ParsedReceipt } from './types.ts'

/** The registers of a meter at one moment, as the chain takes them. */
export interface ReceiptReading {
  /** Unix seconds, a fraction cut off. */
  readonly time: bigint
  /** Energy to the consumer in mWh; null when the record has no such register at this moment. */
  readonly importMwh: bigint | null
  /** Energy from the consumer in mWh. */
  readonly exportMwh: bigint | null
  /** Whether the registers run through the meter's life; if not, they start again with each charging. */
  readonly cumulative: boolean
  readonly timeState: ClockState
  /** ST: the state of the first register that is not good, else G. */
  readonly status: string
  /** Status G and no energy error flag on every register of the moment: only such readings may be credited. */
  readonly good: boolean
  readonly tx: string | null
}

/**
 * The readings of a receipt in the order of the record, one for each moment and reason: an import and an export
 * register read together are one reading. Registers of a whole life are preferred; those of the transaction alone are
 * given only where a moment has no other, and then `cumulative` is false. Registers of unknown direction, of single
 * tariffs and of anything but energy are left out. Where a meter gives a direction twice, at the mains and at the
 * car, the mains side counts: that is what the site's balance is made of.
 */
export function toReadings(receipt: ParsedReceipt): readonly ReceiptReading[] {
  const moments: OcmfReading[][] = []
  for (const reading of receipt.readings) {
    const group = moments.find(
      ([first]) => first?.millis === reading.millis && first?.tx === reading.tx,
    )
    if (group === undefined) moments.push([reading])
    else group.push(reading)
  }
  return moments.flatMap((moment) => {
    const merged = merge(moment, 'total') ?? merge(moment, 'transaction')
    return merged === undefined ? [] : [merged]
  })
}

/** C of the registers from the preferred to the last choice. */
const PREFERENCE = [0x01, 0x02, 0xb0, 0xc0, 0xb1, 0xc1, 0xb2, 0xc2, 0x98, 0x9e, 0xb3, 0xc3]

function merge(moment: readonly OcmfReading[], kind: Obis['kind']): ReceiptReading | undefined {
  const [first] = moment
  const taken = { import: pick(moment, kind, 'import'), export: pick(moment, kind, 'export') }
  const registers = [taken.import, taken.export].filter((one) => one !== undefined)
  if (first === undefined || first.millis === null || registers.length === 0) return undefined
  const bad = registers.find(({ status }) => status !== 'G')
  return {
    time: divFloor(first.millis, 1000n),
    importMwh: taken.import?.mwh ?? null,
    exportMwh: taken.export?.mwh ?? null,
    cumulative: kind === 'total',
    timeState: first.clock ?? 'U',
    status: bad?.status ?? 'G',
    good: bad === undefined && registers.every(({ errors }) => !errors.includes('E')),
    tx: first.tx,
  }
}

function pick(
  moment: readonly OcmfReading[],
  kind: Obis['kind'],
  direction: 'import' | 'export',
): OcmfReading | undefined {
  const found = moment.filter(
    ({ obis, mwh }) => mwh !== null && obis?.kind === kind && obis.direction === direction,
  )
  for (const c of PREFERENCE) {
    const reading = found.find(({ obis }) => obis?.c === c)
    if (reading !== undefined) return reading
  }
  return undefined
}
