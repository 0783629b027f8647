import pc from 'picocolors'
import type { CliError } from './errors.ts'
import { renderText } from './table.ts'

/** How results are printed. */
export type Format = 'text' | 'json'

const state: { format: Format; input: boolean; color: boolean; emitted: boolean } = {
  format: 'text',
  input: true,
  color: true,
  emitted: false,
}

/** Sets the format, whether questions may be asked and whether colour is wanted, once per process. */
export function setOutput(options: { format?: Format; input?: boolean; color?: boolean }): void {
  if (options.format !== undefined) state.format = options.format
  if (options.input !== undefined) state.input = options.input
  if (options.color !== undefined) state.color = options.color
}

/** The format in force. */
export function outputFormat(): Format {
  return state.format
}

/** Whether the command may ask a person: not after `--no-input`. */
export function mayAsk(): boolean {
  return state.input
}

/**
 * Prints the result of a command on stdout: in JSON mode `value` as ONE object (64-bit integers as text, bytes as
 * base64), else `text`, or the value as a table or list of fields.
 */
export function emit(value: unknown, text?: string): void {
  state.emitted = true
  const body = state.format === 'json' ? toJson(value) : (text ?? renderText(plain(value)))
  if (body !== '') process.stdout.write(`${body}\n`)
}

/** A line of a result that comes piece by piece; JSON mode leaves it out, since its one object comes at the end. */
export function emitLine(text: string): void {
  if (state.format === 'text') process.stdout.write(`${text}\n`)
}

/** Says something beside the result, on stderr. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Reports an error: JSON mode prints `{"error": …}` on stdout as the one object, else words on stderr. */
export function emitError(error: CliError): void {
  const { hint, code, codespace, extra } = error.details
  if (state.format === 'json' && !state.emitted) {
    const shape = {
      code: code ?? error.exitCode,
      codespace: codespace ?? 'cli',
      name: error.name,
      message: error.message,
      hint: hint ?? '',
      ...extra,
    }
    process.stdout.write(`${toJson({ error: shape })}\n`)
    return
  }
  const paint = pc.createColors(colorWanted())
  note(`${paint.red('error:')} ${error.message}`)
  if (hint !== undefined && hint !== '') note(`${paint.dim('hint:')} ${hint}`)
  if (process.env['STROM_DEBUG'] === '1' && error.stack !== undefined) note(error.stack)
}

/** JSON text with bigint as decimal text and bytes as base64. */
export function toJson(value: unknown): string {
  return JSON.stringify(plain(value))
}

/** The same value with bigint as decimal text and bytes as base64. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]))
}

/** A closed pipe (`strom … | head`) is no error: what the reader wanted has been written. */
export function guardPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
  }
}

/** Colours for what goes to stdout; none where nobody sees them or nobody wants them. */
export function painter(): ReturnType<typeof pc.createColors> {
  return pc.createColors(colorWanted(process.stdout))
}

function colorWanted(stream: { readonly isTTY?: boolean } = process.stderr): boolean {
  const { NO_COLOR, TERM } = process.env
  const refused = (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb'
  return state.color && !refused && stream.isTTY === true
}
