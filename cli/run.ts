import { Command, CommanderError } from 'commander'
import { type CommandEntry, commands } from './commands.ts'
import { asCliError, EXIT } from './errors.ts'
import { emitError, type Format, setOutput } from './output.ts'
import { closeInput } from './prompt.ts'

/**
 * Runs one command line (without node and script). Returns the exit code; every error is reported on the way, nothing is
 * thrown.
 */
export async function run(line: readonly string[]): Promise<number> {
  const argv = commandFirst(line)
  setOutput({ format: formatOf(argv), input: !argv.includes('--no-input') })
  setOutput({ color: !argv.includes('--no-color') })
  try {
    const program = await build(argv)
    await program.parseAsync([...argv], { from: 'user' })
    return Number(process.exitCode ?? EXIT.ok)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    // Help shown because a group was called without a command: the usage was wrong, the text is already there.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage
    const known = asCliError(error)
    emitError(known)
    return known.exitCode
  } finally {
    closeInput()
  }
}

/** The program with the code of the called command only; the others are names in the help. */
async function build(argv: readonly string[]): Promise<Command> {
  const program = new Command('strom')
    .description('An app-specific chain for green energy: signed meters become certified energy')
    .usage('<command> [options]')
    .helpOption('-h, --help', 'help of a command')
    .helpCommand('help [command]', 'help of a command')
    .showSuggestionAfterError(true)
  const wanted = called(argv)
  for (const entry of commands) {
    const names = [entry.name, ...(entry.aliases ?? [])]
    const loaded = wanted !== undefined && names.includes(wanted)
    program.addCommand(loaded ? await entry.load() : placeholder(entry))
    if (loaded) for (const alias of entry.aliases ?? []) program.commands.at(-1)?.alias(alias)
  }
  prepare(program)
  if (wanted === undefined && argv.length === 0) program.action(() => program.outputHelp())
  return program
}

/** The command a line calls: its first word that is no option, or the one after `help`. */
function called(argv: readonly string[]): string | undefined {
  const words = argv.filter((word) => !word.startsWith('-'))
  return words[0] === 'help' ? words[1] : words[0]
}

/** `strom --home DIR status` as `strom status --home DIR`: common options may stand before the command too. */
function commandFirst(line: readonly string[]): string[] {
  if (line[0] === '--version' || line[0] === '-V') return ['version', ...line.slice(1)]
  let at = 0
  while (at < line.length) {
    const word = line[at] as string
    if (['-o', '--output', '--home'].includes(word)) at += 2
    else if (/^(--no-input|--no-color|--output=.*|--home=.*|-ojson|-otext)$/.test(word)) at += 1
    else break
  }
  return [...line.slice(at), ...line.slice(0, at)]
}

function placeholder(entry: CommandEntry): Command {
  const command = new Command(entry.name).description(entry.description)
  for (const alias of entry.aliases ?? []) command.alias(alias)
  return command
}

/** Errors are thrown instead of printed by commander, everywhere in the tree: this room reports them in one way. */
function prepare(command: Command): void {
  command.exitOverride()
  command.showSuggestionAfterError(true)
  command.configureOutput({ outputError: () => undefined })
  for (const member of command.commands) prepare(member)
}

/** The format asked for, read before parsing, so that even a line that cannot be parsed is answered in it. */
function formatOf(argv: readonly string[]): Format {
  for (const [i, word] of argv.entries()) {
    const next = argv[i + 1]
    if ((word === '-o' || word === '--output') && next === 'json') return 'json'
    if (word === '-ojson' || word === '--output=json') return 'json'
    if ((word === '-o' || word === '--output') && next === 'text') return 'text'
  }
  return process.env['STROM_OUTPUT'] === 'json' ? 'json' : 'text'
}
