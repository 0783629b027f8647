import { ChainClient } from '../chain-client.ts'
import type { BlockAnchor } from '../device-signer.ts'
import { RpcClient } from '../rpc-client.ts'

const TIMEOUT_MS = 2_000

/** Knows the newest block, for readings that name one. */
export class AnchorKeeper {
  readonly #chain: ChainClient
  readonly #warn: (message: string) => void
  #known: BlockAnchor | undefined

  constructor(nodes: readonly string[], warn: (message: string) => void) {
    // Its own connection: a reading must not wait long for a node that is slow.
    this.#chain = new ChainClient(new RpcClient(nodes, TIMEOUT_MS))
    this.#warn = warn
  }

  /**
   * The newest block of this moment; the newest one ever heard of when no node answers or the one that does is behind.
   * Undefined before the first answer. Never rejects.
   */
  async newest(): Promise<BlockAnchor | undefined> {
    try {
      const { height, hash, catchingUp } = await this.#chain.head()
      if (hash === '') this.#warn(`${this.#chain.rpc.url} tells no hash of its latest block`)
      else if (this.#known === undefined || height >= this.#known.height)
        this.#known = { height, hash }
      // A node that is behind would make every anchor too old: the next reading asks another one.
      if (catchingUp) this.#chain.rpc.rotate()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const instead =
        this.#known === undefined
          ? 'a reading names no block and shows no presence'
          : `a reading names block ${this.#known.height}`
      this.#warn(`${instead}: ${why}`)
    }
    return this.#known
  }
}
