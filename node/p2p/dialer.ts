import type { Logger } from '../telemetry/log.ts'
import type { PeerAddress } from './addresses.ts'

/** Pauses between attempts, all in milliseconds. */
export interface DialerOptions {
  /** After a connection was lost or a first failure. Default 100: a killed neighbour is back within seconds. */
  readonly firstRetryMs?: number
  /** Largest pause. Default 3000. Attempts never stop. */
  readonly maxRetryMs?: number
}

/** What the dialer asks of the host. */
export interface DialTarget {
  /** Dials and gives the libp2p id that answered. Rejects when nobody or the wrong peer did. */
  dial(address: PeerAddress): Promise<string>
  isConnected(peer: string): boolean
}

interface Entry {
  readonly address: PeerAddress
  peer: string | undefined
  failures: number
  timer: NodeJS.Timeout | undefined
  dialling: boolean
}

/** Keeps persistent peers connected for as long as the node runs. */
export class Dialer {
  readonly #target: DialTarget
  readonly #log: Logger
  readonly #first: number
  readonly #max: number
  readonly #entries: Entry[] = []
  #stopped = false

  constructor(target: DialTarget, log: Logger, options: DialerOptions = {}) {
    this.#target = target
    this.#log = log
    this.#first = options.firstRetryMs ?? 100
    this.#max = options.maxRetryMs ?? 3000
  }

  /** Starts to keep `address` connected. */
  add(address: PeerAddress): void {
    const entry: Entry = {
      address,
      peer: address.peerId,
      failures: 0,
      timer: undefined,
      dialling: false,
    }
    this.#entries.push(entry)
    this.#schedule(entry, Math.random() * 20)
  }

  /** Whether `peer` is one of the persistent ones (those given without identity count once they have answered). */
  has(peer: string): boolean {
    return this.#entries.some((entry) => entry.peer === peer)
  }

  /** The host lost `peer`: dial again soon if it is persistent. */
  lost(peer: string): void {
    for (const entry of this.#entries) {
      if (entry.peer !== peer) continue
      entry.failures = 0
      this.#schedule(entry, this.#first)
    }
  }

  stop(): void {
    this.#stopped = true
    for (const entry of this.#entries) clearTimeout(entry.timer)
  }

  #schedule(entry: Entry, pauseMs: number): void {
    if (this.#stopped || entry.dialling) return
    clearTimeout(entry.timer)
    entry.timer = setTimeout(() => void this.#attempt(entry), pauseMs)
  }

  async #attempt(entry: Entry): Promise<void> {
    if (this.#stopped || (entry.peer !== undefined && this.#target.isConnected(entry.peer))) return
    entry.dialling = true
    try {
      entry.peer = await this.#target.dial(entry.address)
      entry.failures = 0
    } catch (error) {
      entry.failures++
      // One line a failure would be ten a second while a neighbour restarts.
      const fields = { address: entry.address.text, attempt: entry.failures, why: String(error) }
      if (entry.failures === 20) this.#log.warn('persistent peer cannot be reached', fields)
      else this.#log.debug('dial failed', fields)
    } finally {
      entry.dialling = false
    }
    // Lost again before this line ran, or failed: in both cases the next attempt is due.
    if (entry.peer === undefined || !this.#target.isConnected(entry.peer)) {
      const pause = Math.min(this.#max, this.#first * 1.5 ** Math.min(entry.failures, 20))
      this.#schedule(entry, pause * (0.75 + Math.random() / 2))
    }
  }
}
