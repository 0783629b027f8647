import { CommanderError } from 'commander'

/** Exit codes of every command; scripts branch on them, so a number never changes its meaning. */
export const EXIT = {
  ok: 0,
  other: 1,
  usage: 2,
  /** A node refused the transaction before it entered a block. */
  rejected: 3,
  /** The transaction is in a block and failed there. */
  failed: 4,
  /** Not in a block when waiting ended; the hash is printed. */
  timeout: 5,
  /** No node answers, or it serves another chain. */
  unreachable: 6,
  key: 7,
  config: 8,
  notFound: 9,
  notSynced: 10,
  /** A node stopped at the height of an upgrade that its program does not carry. */
  upgradeNeeded: 11,
  /** A node whose program is too new or too old for the height of its chain. */
  wrongProgram: 12,
  interrupted: 130,
} as const

/** What an error may say besides its message. */
export interface ErrorDetails {
  /** What to do about it, one line. */
  readonly hint?: string | undefined
  /** ABCI code and codespace when the chain gave one. */
  readonly code?: number
  readonly codespace?: string
  /** Further members of the JSON form, such as the hash of a transaction. */
  readonly extra?: { readonly [name: string]: unknown }
}

/** An error of whoever typed the command: exit code, stable name, message and a hint. */
export class CliError extends Error {
  readonly exitCode: number
  readonly details: ErrorDetails
  constructor(exitCode: number, name: string, message: string, details: ErrorDetails = {}) {
    super(message)
    this.name = name
    this.exitCode = exitCode
    this.details = details
  }
}

/** Arguments that cannot be meant (exit 2). */
export function usageError(message: string, hint?: string): CliError {
  return new CliError(EXIT.usage, 'usage', message, { hint })
}

/** Exit codes of errors thrown by other rooms, by the name of their class. */
const BY_NAME: Readonly<Record<string, number>> = {
  ConfigError: EXIT.config,
  GenesisError: EXIT.config,
  KeyFileError: EXIT.key,
  LaunchError: EXIT.config,
  LevelOpenError: EXIT.config,
  StateFormatError: EXIT.config,
  NoNodeError: EXIT.unreachable,
  TownError: EXIT.config,
  UpgradeNeeded: EXIT.upgradeNeeded,
  WrongProgram: EXIT.wrongProgram,
}

/** Exit codes of the gateway's errors, by their code. */
const BY_GATEWAY_CODE: Readonly<Record<string, number>> = {
  no_device_key: EXIT.key,
  bad_device_key: EXIT.key,
  key_exists: EXIT.key,
  bad_account_key: EXIT.key,
  bad_device_id: EXIT.usage,
  bad_config: EXIT.config,
  config_exists: EXIT.config,
  queue_damaged: EXIT.config,
  queue_in_use: EXIT.config,
  no_node: EXIT.unreachable,
  wrong_chain: EXIT.unreachable,
  no_account: EXIT.notFound,
}

/** Any thrown value as an error the command line can report. Errors nobody foresaw keep exit code 1. */
export function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error
  if (error instanceof CommanderError) return usageOf(error)
  if (!(error instanceof Error)) return new CliError(EXIT.other, 'internal', String(error))
  const code = 'code' in error ? error.code : undefined
  if (error.name === 'GatewayError') {
    const exit = BY_GATEWAY_CODE[String(code)] ?? EXIT.other
    return new CliError(exit, String(code), error.message)
  }
  if (error.name === 'ChainError') return chainError(error, code)
  if (error.name === 'CodecError') return new CliError(EXIT.usage, 'malformed', error.message)
  if (code === 'EADDRINUSE' || error.message.includes('EADDRINUSE')) return portInUse(error)
  if (code === 'EACCES' || code === 'EPERM') {
    return new CliError(EXIT.config, 'permission', error.message, {
      hint: 'choose a folder you may write to with --home',
    })
  }
  const known = BY_NAME[error.name]
  if (known !== undefined) {
    const hint = 'hint' in error ? String(error.hint) : undefined
    return new CliError(known, snake(error.name), error.message, { hint })
  }
  const internal = new CliError(EXIT.other, 'internal', error.message, {
    hint: 'set STROM_DEBUG=1 to see where it happened',
  })
  if (error.stack !== undefined) internal.stack = error.stack
  return internal
}

function usageOf(error: CommanderError): CliError {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const suggestion = /\(Did you mean (.*)\?\)/s.exec(rest.join('\n'))?.[1]
  const hint =
    suggestion === undefined
      ? 'see `strom --help` or the help of the command'
      : `did you mean ${suggestion}?`
  return new CliError(EXIT.usage, 'usage', first, { hint })
}

function chainError(error: Error, code: unknown): CliError {
  const codespace = 'codespace' in error ? String(error.codespace) : 'sdk'
  return new CliError(
    codespace === 'genesis' ? EXIT.config : EXIT.usage,
    'refused',
    error.message,
    {
      code: Number(code),
      codespace,
      hint: codespace === 'genesis' ? undefined : 'the help of the command (--help) has an example',
    },
  )
}

function portInUse(error: Error): CliError {
  const named = /EADDRINUSE[^\n]*?:(\d+)/.exec(error.message)?.[1] ?? ''
  const port = 'port' in error ? String(error.port) : named
  return new CliError(EXIT.config, 'port_in_use', `port ${port} is in use by another process`, {
    hint: 'stop that process, or move all ports with --port-offset 100',
  })
}

function snake(name: string): string {
  return name
    .replace(/Error$/, '')
    .replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`)
    .toLowerCase()
}
