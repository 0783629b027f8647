/** One thing that was looked at, and in a sentence of its own what was found. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly text: string
}

/** Collects checks; each one fails by throwing, and the message becomes its sentence. */
export class Report {
  readonly checks: Check[] = []

  get ok(): boolean {
    return this.checks.every((check) => check.ok)
  }

  /** Runs one check; `work` returns its value and the sentence of success. Undefined when it failed. */
  run<T>(name: string, work: () => readonly [T, string]): T | undefined {
    try {
      const [value, text] = work()
      this.checks.push({ name, ok: true, text })
      return value
    } catch (error) {
      if (!(error instanceof Error)) throw error
      this.checks.push({ name, ok: false, text: error.message })
      return undefined
    }
  }
}

/** Throws an error with this sentence unless `good`. */
export function need(good: boolean, sentence: string): asserts good {
  if (!good) throw new Error(sentence)
}
