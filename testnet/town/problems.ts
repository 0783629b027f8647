/** How many problems are listed before reading stops: enough to mend a file in one go, not a flood. */
export const MAX_PROBLEMS = 20

/** The recordings cannot be used. `message` has one line per problem, each naming file and line where there is one. */
export class TownError extends Error {
  readonly problems: readonly string[]
  constructor(summary: string, problems: readonly string[]) {
    super(
      problems.length === 0 ? summary : `${summary}\n${problems.map((p) => `  ${p}`).join('\n')}`,
    )
    this.name = 'TownError'
    this.problems = problems
  }
}

/** Collects what is wrong with recordings; nothing is loaded when anything is. */
export class Problems {
  readonly list: string[] = []
  #more = 0

  /** Notes `file:line: text`, or `file: text` without a line. Beyond the limit only the count goes on. */
  add(file: string, line: number | undefined, text: string): void {
    if (this.list.length < MAX_PROBLEMS)
      this.list.push(`${file}${line === undefined ? '' : `:${line}`}: ${text}`)
    else this.#more += 1
  }

  /** Throws TownError when anything was noted. */
  refuse(summary: string): void {
    if (this.list.length === 0) return
    const rest = this.#more === 0 ? [] : [`and ${this.#more} more`]
    throw new TownError(summary, [...this.list, ...rest])
  }
}
