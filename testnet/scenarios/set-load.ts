import { type SetWallet, say } from './set-wallet.ts'

/** Transfers that never stop: each wallet sends to the next one as soon as its node took the one before. */
export class SetLoad {
  readonly #pauseMs: number
  readonly #hashes: string[] = []
  readonly #loops: Promise<void>[] = []
  #running = true

  constructor(wallets: readonly SetWallet[], pauseMs: number) {
    this.#pauseMs = pauseMs
    for (const [i, wallet] of wallets.entries()) {
      const loop = this.#send(wallet, wallets[(i + 1) % wallets.length] ?? wallet)
      // A failure is told by `stop`, which everybody waits for.
      loop.catch(() => undefined)
      this.#loops.push(loop)
    }
  }

  /** Ends the loops; the hashes of all that mempools took. Throws the first refusal there was. */
  async stop(): Promise<readonly string[]> {
    this.#running = false
    await Promise.all(this.#loops)
    return this.#hashes
  }

  async #send(from: SetWallet, to: SetWallet): Promise<void> {
    while (this.#running) {
      this.#hashes.push(await from.hand(say.send(from.address, to.address)))
      await new Promise((resolve) => setTimeout(resolve, this.#pauseMs))
    }
  }
}
