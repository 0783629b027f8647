import type { Account, DeviceState, Refusal } from '../../proto/gen/strom/metering/v1/state.ts'
import type { ChainClient } from './chain-client.ts'
import type { Judged } from './sources/contract.ts'

/** Pause between two looks, for every 64 devices begun. */
const EVERY_MS = 5_000

/**
 * What the chain has judged of some devices. A reading that is stored is judged hours later, when nothing of it waits
 * here any more, so this is asked for at its own pace.
 */
export class Verdicts {
  readonly #chain: ChainClient
  readonly #devices: readonly string[]
  readonly #warn: (message: string) => void
  readonly #judged = new Map<string, Judged>()
  readonly #refusals = new Map<
    string,
    { readonly seen: bigint; readonly list: readonly Refusal[] }
  >()
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined

  constructor(chain: ChainClient, devices: readonly string[], warn: (message: string) => void) {
    this.#chain = chain
    this.#devices = devices
    this.#warn = warn
  }

  /** Asks now and every few seconds. */
  start(): void {
    const ask = (): void => {
      this.#round ??= this.refresh()
        .catch((error: unknown) =>
          this.#warn(`verdicts: ${error instanceof Error ? error.message : String(error)}`),
        )
        .finally(() => {
          this.#round = undefined
        })
    }
    this.#timer ??= setInterval(ask, EVERY_MS * Math.ceil(this.#devices.length / 64 || 1))
    ask()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#round
  }

  /** What the chain said of a device when it was asked last. */
  of(device: string): Judged | undefined {
    return this.#judged.get(device)
  }

  /** Asks the chain now. */
  async refresh(): Promise<void> {
    for (const state of (await this.#chain.statesOf(this.#devices)).values()) {
      const { device, refusalsSeen: seen } = state
      if (seen !== (this.#refusals.get(device)?.seen ?? 0n))
        this.#refusals.set(device, { seen, list: await this.#chain.refusals(device) })
      this.#judged.set(device, judgedOf(state, this.#refusals.get(device)?.list ?? []))
    }
  }
}

function judgedOf(state: DeviceState, refusals: readonly Refusal[]): Judged {
  const sides = [state.import, state.export]
  return {
    pending: state.pending,
    accepted: state.accepted,
    refused: state.refused,
    refusedByReason: sums(refusals.map(({ reason }) => [reason, 1n])),
    creditedWh: total(sides, (side) => side.creditedWh),
    withheldWh: sums(sides.flatMap((side) => side.withheld.map((one) => [one.reason, one.wh]))),
    openWh: total(sides, (side) => side.openWh),
  }
}

function total(sides: readonly Account[], pick: (side: Account) => bigint): bigint {
  return sides.reduce((sum, side) => sum + pick(side), 0n)
}

function sums(parts: readonly (readonly [string, bigint])[]): Record<string, bigint> {
  const found: Record<string, bigint> = {}
  for (const [name, value] of parts) found[name] = (found[name] ?? 0n) + value
  return found
}
