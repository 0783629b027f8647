import pino from 'pino'

/** Severity of a log line, least severe first; `silent` writes nothing. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** Extra facts of a log line. Bigints are written as decimal strings, byte arrays as hex, errors with stack. */
export type LogFields = Readonly<Record<string, unknown>>

/** What every room logs with: a sentence first, facts second, so that lines can be searched and counted. */
export interface Logger {
  trace(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger of another module on the same destination; its level comes from the same level spec. */
  child(module: string, fields?: LogFields): Logger
}

/** Where lines go: anything with a synchronous `write` of one line that ends in a newline. */
export interface LogSink {
  write(line: string): void
}

/** How a root logger is made; every field has a default. */
export interface LoggerOptions {
  /** `info`, or by module: `p2p:debug,consensus:trace,*:warn`. Default `info`. */
  readonly level?: string
  /** `json` is one JSON object a line, `text` is for eyes. Default `json`. */
  readonly format?: 'json' | 'text'
  /** Path of a file to append to; default is stderr, because stdout carries results. */
  readonly file?: string
  /** Given instead of `file`, for tests and terminals. */
  readonly sink?: LogSink
  /** Facts on every line, such as the node's moniker. */
  readonly fields?: LogFields
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

function isLevel(text: string): text is LogLevel {
  return LEVELS.some((level) => level === text)
}

/**
 * Reads a level spec (`debug`, or `p2p:debug,*:warn`) into a function from module name to level.
 * Throws an Error naming the bad part and the allowed levels.
 */
export function parseLogLevels(spec: string): (module: string) => LogLevel {
  const byModule = new Map<string, LogLevel>()
  let fallback: LogLevel = 'info'
  for (const part of spec.split(',')) {
    const text = part.trim()
    if (text === '') continue
    const colon = text.lastIndexOf(':')
    const module = colon === -1 ? '*' : text.slice(0, colon)
    const level = text.slice(colon + 1)
    if (module === '' || !isLevel(level)) {
      throw new Error(
        `log level "${text}" is not understood: use LEVEL or MODULE:LEVEL with a level of ${LEVELS.join(', ')}`,
      )
    }
    if (module === '*') fallback = level
    else byModule.set(module, level)
  }
  return (module) => byModule.get(module) ?? fallback
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex')
  if (value instanceof Error)
    return { type: value.name, message: value.message, stack: value.stack }
  if (Array.isArray(value)) return value.map(plain)
  return value
}

function plainFields(fields: LogFields): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) out[key] = plain(value)
  return out
}

/** Turns one JSON line of pino into `12:00:00.000 INFO  p2p        peer connected peer=12D3...`. */
export function textLine(json: string): string {
  const { level, time, module, msg, ...rest } = JSON.parse(json) as Record<string, unknown>
  const facts = Object.entries(rest).map(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return `${key}=${/[\s"]/.test(text) && typeof value === 'string' ? JSON.stringify(text) : text}`
  })
  const clock = String(time).slice(11, 23)
  const head = `${clock} ${String(level).toUpperCase().padEnd(5)} ${String(module).padEnd(10)} ${String(msg)}`
  return `${[head, ...facts].join(' ')}\n`
}

function wrap(base: pino.Logger, module: string, levelOf: (module: string) => LogLevel): Logger {
  const own = base.child({ module }, { level: levelOf(module) })
  const at = (level: Exclude<LogLevel, 'silent'>) => (message: string, fields?: LogFields) => {
    if (!own.isLevelEnabled(level)) return
    if (fields === undefined) own[level](message)
    else own[level](plainFields(fields), message)
  }
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (name, fields) =>
      wrap(fields === undefined ? base : base.child(plainFields(fields)), name, levelOf),
  }
}

/** The root logger of a process, named `name`; other modules take `child(...)` of it so that one destination is shared. */
export function createLogger(name: string, opts: LoggerOptions = {}): Logger {
  const destination =
    opts.sink ??
    pino.destination({
      dest: opts.file ?? 2,
      sync: true,
      append: true,
      mkdir: true,
    })
  const sink: LogSink =
    opts.format === 'text'
      ? { write: (line: string) => void destination.write(textLine(line)) }
      : destination
  const base = pino(
    {
      base: null,
      level: 'trace',
      timestamp: pino.stdTimeFunctions.isoTime,
      // Fields are made plain above; pino's own rule for `err` would rename the type.
      serializers: { err: (value: unknown) => value },
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  )
  const withFields = opts.fields === undefined ? base : base.child(plainFields(opts.fields))
  return wrap(withFields, name, parseLogLevels(opts.level ?? 'info'))
}

/** A logger that writes nothing, for tests and for callers that give none. */
export const nullLogger: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => nullLogger,
}
