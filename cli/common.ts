import { Command, Option } from 'commander'
import { defaultHome, type Home, homeAt } from '../node/home.ts'
import { usageError } from './errors.ts'
import type { Format } from './output.ts'

/** Options every command takes. */
export interface CommonOptions {
  readonly home?: string
  readonly output?: Format
  readonly input: boolean
  readonly color: boolean
}

/** A command that does something (as opposed to a group), with the options every command takes. */
export function leaf(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .allowExcessArguments(false)
    .addOption(new Option('-o, --output <format>', 'text or json').choices(['text', 'json']))
    .option('--home <dir>', 'folder of configuration, data and keys (STROM_HOME, ~/.strom)')
    .option('--no-input', 'fail instead of asking')
    .option('--no-color', 'no colour')
}

/** A command that only holds others. */
export function group(name: string, description: string, members: readonly Command[]): Command {
  const command = new Command(name).description(description)
  for (const member of members) command.addCommand(member)
  return command
}

/** The home a command works in. */
export function homeOf(options: { readonly home?: string }): Home {
  return homeAt(options.home ?? defaultHome())
}

/** Reads a whole number of an option. Throws a usage error naming the option. */
export function wholeNumber(text: string, option: string): bigint {
  if (!/^\d{1,19}$/.test(text)) throw usageError(`${option}: "${text}" is not a whole number`)
  return BigInt(text)
}

/** Reads a number of an option such as 1.25. Throws a usage error naming the option. */
export function positiveNumber(text: string, option: string): number {
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || !(value > 0)) {
    throw usageError(`${option}: "${text}" is not a positive number`)
  }
  return value
}
