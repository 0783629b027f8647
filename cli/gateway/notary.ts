import { type ReceiptReading, toReadings } from '../../modules/kit/ocmf/chain-readings.ts'
import type { ParsedReceipt } from '../../modules/kit/ocmf/types.ts'
import { checkReceipt, type ReceiptProblem } from './receipt-check.ts'
import type { ReceiptStore, StoredReceipt } from './receipts.ts'
import type { Registers } from './register-watch.ts'
import type { IntendedReading } from './signing-book.ts'
import type { Charger } from './sources/charger-key.ts'

/** Quality flags of what a notary signs: measured, and measured but in doubt. */
const MEASURED = 1n
const QUESTIONABLE = 17n

/** What a notary works with. */
export interface NotaryOptions {
  readonly store: ReceiptStore
  /** The chargers it vouches for, by device. */
  readonly chargers: ReadonlyMap<string, Charger>
  /** The newest reading a device signed. */
  readonly last: (device: string) => IntendedReading | undefined
  /** Signs a reading with the device's key; it is durable when this resolves. */
  readonly take: (device: string, registers: Registers, status: bigint) => Promise<void>
  readonly warn: (message: string) => void
}

/**
 * Attests receipts the chain cannot verify: what a charger signed on a foreign curve is verified here and its registers
 * are signed again with a key of this gateway, as readings of a device of class N. The chain stores them and credits
 * nothing for them. A receipt leaves the store only once its readings are in the queue, so a kill in between repeats it;
 * readings that were signed already are recognized by time and registers.
 */
export class Notary {
  readonly #options: NotaryOptions
  #work: Promise<void> = Promise.resolve()

  constructor(options: NotaryOptions) {
    this.#options = options
  }

  /** Whether receipts of a device are attested here. */
  vouchesFor(device: string): boolean {
    return this.#options.chargers.has(device)
  }

  /** Attests everything that waits, in the order of its arrival; what fails stays and is warned of. */
  pump(): Promise<void> {
    this.#work = this.#work.then(() => this.#round())
    return this.#work
  }

  async #round(): Promise<void> {
    const stuck = new Set<string>()
    for (const receipt of this.#options.store.waiting()) {
      const { device } = receipt
      const charger = this.#options.chargers.get(device)
      if (charger === undefined || stuck.has(device)) continue
      try {
        await this.#attest(receipt, charger)
      } catch (error) {
        // Its later receipts wait as well: their readings must not overtake these.
        stuck.add(device)
        const why = error instanceof Error ? error.message : String(error)
        this.#options.warn(`${device}: a receipt is not attested yet: ${why}`)
      }
    }
  }

  async #attest(receipt: StoredReceipt, charger: Charger): Promise<void> {
    const { device, record } = receipt
    const { store, take, warn, last } = this.#options
    const parsed = checkReceipt(record, charger)
    const found = 'reason' in parsed ? parsed : newMoments(parsed, last(device))
    if ('reason' in found) {
      warn(`${device}: a receipt is refused: ${found.reason} (${found.detail})`)
      await store.settle(receipt, { ...found, attested: false })
      return
    }
    for (const { registers, good } of found)
      await take(device, registers, good ? MEASURED : QUESTIONABLE)
    await store.settle(receipt, { reason: '', detail: '', attested: true })
  }
}

interface Moment {
  readonly registers: Registers
  readonly good: boolean
}

/** What of a receipt is still to be signed; nothing when a run that was killed had signed it all. */
function newMoments(
  parsed: ParsedReceipt,
  last: IntendedReading | undefined,
): readonly Moment[] | ReceiptProblem {
  const moments = ends(toReadings(parsed))
  const end = moments.at(-1)
  if (end === undefined) return { reason: 'receipt', detail: 'it has no reading of energy' }
  if (moments.some((one) => !one.cumulative)) {
    const detail =
      'its register begins anew with each charging; only registers of a life can be attested'
    return { reason: 'receipt', detail }
  }
  const all = moments.map((one) => ({
    registers: {
      time: one.time,
      importMwh: one.importMwh ?? 0n,
      exportMwh: one.exportMwh ?? 0n,
    },
    good: one.good,
  }))
  if (last === undefined || end.time > last.time)
    return all.filter(({ registers }) => last === undefined || registers.time > last.time)
  const known = all.at(-1)?.registers
  const same = known?.importMwh === last.importMwh && known.exportMwh === last.exportMwh
  if (end.time === last.time && same) return []
  const detail = `its end ${end.time} is not after ${last.time}, which is attested already`
  return { reason: 'receipt', detail }
}

/** Begin and end of a record, as the chain chooses them; what lies between says no more about energy. */
function ends(moments: readonly ReceiptReading[]): readonly ReceiptReading[] {
  const begin = moments.find((one) => one.tx === 'B')
  const end = moments.findLast((one) => one.tx === null || 'ELRAP'.includes(one.tx))
  return [begin, end].filter((one) => one !== undefined)
}
