import type { Gateway } from './gateway.ts'
import { Notary } from './notary.ts'
import { checkReceipt } from './receipt-check.ts'
import { type ReceiptBook, ReceiptStore } from './receipts.ts'
import type { Registers } from './register-watch.ts'
import type { IntendedReading } from './signing-book.ts'
import type { Charger } from './sources/charger-key.ts'
import type { SignedReceipt, Source } from './sources/contract.ts'

const RETRY_MS = 2_000

/** The chargers of some sources whose keys the owner has named. */
export function chargersOf(sources: readonly Source[]): ReadonlyMap<string, Charger> {
  return new Map(sources.flatMap((source) => [...(source.chargers ?? [])]))
}

/** Devices whose receipts are attested here: the gateway holds keys for them. */
export function attested(chargers: ReadonlyMap<string, Charger>): string[] {
  return [...chargers].filter(([, charger]) => charger.notary).map(([device]) => device)
}

/** What of the desk a notary needs. */
export interface NotaryDesk {
  readonly last: (device: string) => IntendedReading | undefined
  readonly take: (device: string, registers: Registers, status: bigint) => Promise<void>
}

/** Chargers' receipts on their way in: kept, looked at, and given to the notary or the chain. */
export class ReceiptIntake {
  readonly #store: ReceiptStore
  readonly #notary: Notary
  readonly #chargers: ReadonlyMap<string, Charger>
  readonly #gateway: Gateway
  readonly #warn: (message: string) => void
  #timer: NodeJS.Timeout | undefined

  private constructor(parts: {
    store: ReceiptStore
    notary: Notary
    chargers: ReadonlyMap<string, Charger>
    gateway: Gateway
    warn: (message: string) => void
  }) {
    this.#store = parts.store
    this.#notary = parts.notary
    this.#chargers = parts.chargers
    this.#gateway = parts.gateway
    this.#warn = parts.warn
  }

  /** Opens the store; what waits in it goes on its way when the gateway starts. */
  static async open(options: {
    file: string
    chargers: ReadonlyMap<string, Charger>
    desk: NotaryDesk
    gateway: Gateway
    warn: (message: string) => void
  }): Promise<ReceiptIntake> {
    const { chargers, desk, gateway, warn } = options
    const store = await ReceiptStore.open(options.file)
    const vouched = new Map([...chargers].filter(([, charger]) => charger.notary))
    const notary = new Notary({ store, chargers: vouched, ...desk, warn })
    gateway.carry(store, (receipt) => !notary.vouchesFor(receipt.device))
    return new ReceiptIntake({ store, notary, chargers, gateway, warn })
  }

  /** Attests what waits, now and until it works: a device may have to wait for the chain first. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#notary.pump(), RETRY_MS)
    void this.#notary.pump()
  }

  /** Takes what was begun to its end; nothing is attested any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#notary.pump()
  }

  /** Closes the store; the gateway must have stopped, because it settles receipts in it. */
  async close(): Promise<void> {
    await this.#store.close()
  }

  /**
   * Keeps a receipt; it is safe when this resolves. One that its charger's key does not verify goes to the chain all the
   * same, whose word counts, but its owner hears of the broken charger at once.
   */
  async add(receipt: SignedReceipt): Promise<void> {
    if (!(await this.#store.add(receipt))) return
    const { device, record } = receipt
    if (this.#notary.vouchesFor(device)) return void this.#notary.pump()
    const charger = this.#chargers.get(device)
    const checked = charger === undefined ? undefined : checkReceipt(record, charger)
    if (checked !== undefined && 'reason' in checked) {
      const { reason, detail } = checked
      this.#warn(
        `${device}: the chain will refuse a receipt of this charger: ${reason} (${detail})`,
      )
    }
    this.#gateway.wake()
  }

  /** How the receipts of each device stand. */
  books(): ReadonlyMap<string, ReceiptBook> {
    return this.#store.books()
  }
}
