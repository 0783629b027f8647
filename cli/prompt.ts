import { createInterface, type Interface } from 'node:readline'
import { CliError, EXIT, usageError } from './errors.ts'
import { mayAsk, note } from './output.ts'

let lines: AsyncIterator<string> | undefined
let reader: Interface | undefined

/** The next line of a stdin that is a pipe or file; undefined at its end, and always on a terminal. */
export async function nextInputLine(): Promise<string | undefined> {
  if (process.stdin.isTTY === true) return undefined
  reader ??= createInterface({ input: process.stdin })
  lines ??= reader[Symbol.asyncIterator]()
  const next = await lines.next()
  return next.done === true ? undefined : next.value
}

/** Stops reading stdin, so that the process can end. */
export function closeInput(): void {
  reader?.close()
}

/**
 * A secret: from a terminal without echo, from the next line of a piped stdin otherwise. Undefined when there is neither,
 * or when a terminal may not be asked (`--no-input`).
 */
export async function askSecret(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return await nextInputLine()
  if (!mayAsk()) return undefined
  return await hidden(question)
}

/** A yes-or-no question, default no. Throws a usage error where nobody can be asked. */
export async function confirm(question: string): Promise<boolean> {
  if (process.stdin.isTTY !== true || !mayAsk()) {
    throw usageError(`confirmation is needed: ${question}`, 'add -y to agree beforehand')
  }
  process.stderr.write(`${question} [y/N] `)
  const asking = createInterface({ input: process.stdin, terminal: false })
  const answer = await new Promise<string>((resolve) => {
    asking.once('line', resolve)
    asking.once('close', () => resolve(''))
  })
  asking.close()
  return /^y(es)?$/i.test(answer.trim())
}

/** Reads a line in raw mode: nothing is echoed, backspace works, Ctrl-C ends the program. */
async function hidden(question: string): Promise<string> {
  const { stdin } = process
  // Echo ends before the question appears, so that not even a fast typist's first letters show.
  stdin.setRawMode(true)
  process.stderr.write(question)
  stdin.resume()
  stdin.setEncoding('utf8')
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = ''
      const onData = (chunk: string): void => {
        for (const char of chunk) {
          if (char === '\u0003') {
            stdin.off('data', onData)
            reject(new CliError(EXIT.interrupted, 'interrupted', 'interrupted'))
            return
          }
          if (char === '\r' || char === '\n') {
            stdin.off('data', onData)
            resolve(typed)
            return
          }
          typed = char === '\u007f' || char === '\b' ? typed.slice(0, -1) : typed + char
        }
      }
      stdin.on('data', onData)
    })
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    note('')
  }
}
