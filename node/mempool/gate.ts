/** Keeps checks out while a block is committed: `close` waits for those that run, later ones wait for `open`. */
export class CheckGate {
  #running = 0
  #closed: { readonly opened: Promise<void>; readonly open: () => void } | undefined
  #drained: (() => void)[] = []

  /** Begins a check; a promise only when the gate is closed, so that checks of one turn stay in one turn. */
  enter(): Promise<void> | undefined {
    if (this.#closed !== undefined) return this.#closed.opened.then(() => this.enter())
    this.#running++
    return undefined
  }

  leave(): void {
    this.#running--
    if (this.#running > 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  /** Closes the gate and resolves when no check runs any more. Closing twice is an error of ours. */
  async close(): Promise<void> {
    if (this.#closed !== undefined) throw new Error('the mempool is locked already')
    let open = (): void => undefined
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    this.#closed = { opened, open }
    if (this.#running > 0) await new Promise<void>((resolve) => this.#drained.push(resolve))
  }

  open(): void {
    const closed = this.#closed
    if (closed === undefined) throw new Error('the mempool is not locked')
    this.#closed = undefined
    closed.open()
  }

  get isClosed(): boolean {
    return this.#closed !== undefined
  }
}
