/** A house rule that a file breaks: rule, file from the project's root, line (1 when the whole file is meant). */
export interface Problem {
  readonly rule: string
  readonly file: string
  readonly line: number
  readonly message: string
}

/** Text of every checked file by its path from the project's root, with `/` between folders. */
export type Files = ReadonlyMap<string, string>

/** `file:line rule: message`, clickable in a terminal. */
export function formatProblem({ file, line, rule, message }: Problem): string {
  return `${file}:${line} ${rule}: ${message}`
}

/** Whether the file is a test or serves one: tests may be asynchronous, use clocks and reach over floors. */
export function isTest(file: string): boolean {
  return /(^|\/)test\//.test(file) || file.startsWith('modules/kit/testing/')
}

/** Whether the file is hand-written TypeScript. */
export function isSource(file: string): boolean {
  return file.endsWith('.ts') && !file.startsWith('proto/gen/')
}
