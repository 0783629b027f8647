import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertPortsFree, LaunchError } from '../launch.ts'
import { portsFor } from '../network.ts'

/** How a command ended. */
export interface Ended {
  /** Undefined when it was ended by a signal. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

const LIMIT_MS = 240_000

/** The compiled command line. */
export function entry(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  return join(here, '..', '..', 'dist', 'cli', 'main.js')
}

/** Runs the compiled `strom` as a person does, and waits for its end; after four minutes it is killed. */
export async function strom(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [entry(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const late = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearTimeout(late)
  return { code: code ?? undefined, stdout, stderr }
}

/** A `--port-offset` at which all ports of `validators` nodes are free now. */
export async function freeOffset(validators: number): Promise<number> {
  // Processes that test side by side begin their search at places of their own.
  for (let offset = 2_000 + (process.pid % 300) * 100; offset < 38_000; offset += 100) {
    try {
      await assertPortsFree(portsFor(validators, offset))
      return offset
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error
    }
  }
  throw new Error('there are no free ports')
}
