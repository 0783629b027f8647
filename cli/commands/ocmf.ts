import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { isProblem } from '../../modules/kit/ocmf/problem.ts'
import { group, leaf } from '../common.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { textOf } from '../ocmf/forms.ts'
import { judgeLines } from '../ocmf/jsonl.ts'
import { receiptJson, receiptText } from '../ocmf/print.ts'
import { judgeReceipt } from '../ocmf/receipt-file.ts'
import { emit } from '../output.ts'

interface Options {
  readonly key?: string
  readonly jsonl?: string
}

/** `strom ocmf …`. */
export function ocmfCommand(): Command {
  return group('ocmf', "a charger's signed receipts", [verify()])
}

function verify(): Command {
  return leaf('verify', 'what a receipt says, who signed it and what is wrong with it')
    .argument('[receipt]', 'a file (XML or text), a record OCMF|…|…, or - for stdin')
    .option(
      '--key <key>',
      'public key, or a file with it: hex, base64 or PEM; over what the file says',
    )
    .option('--jsonl <file>', 'judge lines {"id","record","publicKey"}, one answer line each')
    .addHelpText(
      'after',
      '\nexit 0: every signature is valid and no content is wrong; 1: else. With --jsonl: 0 when all lines were answered.',
    )
    .action((receipt: string | undefined, options: Options) => {
      const key = options.key === undefined ? null : keyText(options.key)
      if (options.jsonl !== undefined) {
        if (receipt !== undefined) throw usageError('give a receipt or --jsonl, not both')
        answerLines(options.jsonl, key)
        return
      }
      if (receipt === undefined) throw usageError('give a receipt, or lines with --jsonl')
      const judged = judgeReceipt(receiptOf(receipt), key)
      if (isProblem(judged)) throw new CliError(EXIT.other, judged.problem, judged.detail)
      emit(receiptJson(judged), receiptText(judged))
      if (!judged.ok) process.exitCode = EXIT.other
    })
}

/** One line at a time goes out, so that a reader of a long file need not wait. */
function answerLines(file: string, key: string | null): void {
  for (const verdict of judgeLines(read(file), key))
    process.stdout.write(`${JSON.stringify(verdict)}\n`)
}

function receiptOf(argument: string): string {
  if (argument !== '-' && !existsSync(argument) && /[|<{]/.test(argument)) return argument
  return read(argument)
}

function keyText(argument: string): string {
  return existsSync(argument) ? textOf(readFileSync(argument)) : argument
}

function read(file: string): string {
  if (file === '-') return textOf(readFileSync(0))
  if (!existsSync(file))
    throw new CliError(EXIT.notFound, 'no_receipt', `${file}: no such file`, {
      hint: 'a record itself can be given too, in quotes: OCMF|…|…',
    })
  return textOf(readFileSync(file))
}
