/**
 * One serial queue and one chain of application work. Queue entries run to their end, in order, never nested; results of
 * asynchronous work come back as entries. The first error that escapes stops both and is reported once.
 */
export class Serial {
  readonly #failed: (error: unknown) => void
  #queue: (() => void)[] = []
  #scheduled = false
  #work: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  get stopped(): boolean {
    return this.#stopped
  }

  /** Adds an entry; it runs in a microtask, after everything queued before it. */
  post(task: () => void): void {
    if (this.#stopped) return
    this.#queue.push(task)
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#run()
    })
  }

  /** Runs `work` after all work launched before it; `then` becomes an entry with its result. */
  launch<T>(work: () => Promise<T>, then: (value: T) => void): void {
    this.#work = this.#work.then(async () => {
      if (this.#stopped) return
      try {
        const value = await work()
        this.post(() => then(value))
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  /** Drops what is queued and takes nothing more. */
  stop(): void {
    this.#stopped = true
    this.#queue = []
  }

  /** Resolves when the work under way has ended. */
  async idle(): Promise<void> {
    await this.#work
  }

  #run(): void {
    try {
      for (let task = this.#queue.shift(); task !== undefined; task = this.#queue.shift()) task()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#stopped) return
    this.stop()
    this.#failed(error)
  }
}
