import type { ChargePointConfig, OcppDevice } from './ocpp-config.ts'

const REMEMBERED = 500
/** Connector numbers that fit into a transaction number. */
const SLOTS = 16
/** Transaction numbers count seconds from here (2026-01-01 UTC), so that they do not repeat after a restart. */
const EPOCH_S = 1_767_225_600
const COUNT_LIMIT = 2 ** 27
const OLDEST_S = 90 * 86_400

/** Where a message says that its values come from; each part may be missing. */
export interface Origin {
  readonly connector: number | undefined
  readonly transaction: string | undefined
}

/** Which device a value belongs to, that it belongs to none of ours, or that we cannot tell. */
export type Outlet =
  | { readonly device: OcppDevice }
  | { readonly problem: string; readonly foreign: boolean }

/** What is remembered of one charger over its connections: the outlets of its running transactions. */
export class ChargePoint {
  readonly config: ChargePointConfig
  readonly #connectors = new Map<string, number>()
  readonly #numbers = new Map<string, number>()
  #count = 0

  constructor(config: ChargePointConfig) {
    this.config = config
  }

  /** Remembers that a transaction runs at an outlet: later messages of it need not say so. */
  remember(transaction: string, connector: number): void {
    bounded(this.#connectors).set(transaction, connector)
  }

  /**
   * A number for a new 1.6 transaction. It holds its connector in the low bits, because the message that ends it names
   * no connector and may come after we were started anew. The same request again (a lost answer) gets the same number.
   */
  begin(request: string, connector: number): number {
    const known = this.#numbers.get(request)
    if (known !== undefined) return known
    this.#count = Math.max(this.#count + 1, Math.floor(Date.now() / 1000) - EPOCH_S)
    const slot = connector > 0 && connector < SLOTS ? connector : 0
    const number = (this.#count % COUNT_LIMIT) * SLOTS + slot
    bounded(this.#numbers).set(request, number)
    this.remember(String(number), connector)
    return number
  }

  /**
   * The device of a value. The serial number in a signed record comes first, since it is the meter's own word; then
   * the outlet the message names, that of its transaction, and the only one there is.
   */
  outlet(origin: Origin, serial: string | undefined): Outlet {
    const { devices, id } = this.config
    const own = serial === undefined ? undefined : devices.find((one) => one.serial === serial)
    if (own !== undefined) return { device: own }
    const connector = origin.connector ?? this.#connectorOf(origin.transaction)
    const device =
      connector === undefined
        ? devices.length === 1
          ? devices[0]
          : undefined
        : devices.find((one) => one.connector === connector)
    if (device === undefined) {
      return connector === undefined
        ? { problem: `${id} does not say which of its connectors it speaks of`, foreign: false }
        : { problem: `connector ${connector} of ${id} is no configured device`, foreign: true }
    }
    if (serial !== undefined && device.serial !== undefined) {
      const problem = `a record of meter ${serial} where ${device.id} has serial ${device.serial}`
      return { problem, foreign: true }
    }
    return { device }
  }

  #connectorOf(transaction: string | undefined): number | undefined {
    if (transaction === undefined) return undefined
    const known = this.#connectors.get(transaction)
    if (known !== undefined || !/^\d{1,10}$/.test(transaction)) return known
    const number = Number(transaction)
    const age = Math.floor(Date.now() / 1000) - EPOCH_S - Math.floor(number / SLOTS)
    // A number another system gave would hardly lie in these days.
    const slot = number % SLOTS
    return age >= 0 && age < OLDEST_S && slot > 0 ? slot : undefined
  }
}

/** Drops the oldest entry of a full map. */
function bounded<V>(map: Map<string, V>): Map<string, V> {
  if (map.size >= REMEMBERED) {
    const oldest = map.keys().next().value
    if (oldest !== undefined) map.delete(oldest)
  }
  return map
}
