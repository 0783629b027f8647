import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOM = fileURLToPath(new URL('..', import.meta.url))
const BUILT = join(ROOM, '..', 'dist', 'cli')

/** The compiled program when it is newer than every source of this room, else the sources, which start slower. */
const PROGRAM = isBuilt() ? [join(BUILT, 'main.js')] : ['--import', 'tsx', join(ROOM, 'main.ts')]

const homes: string[] = []
process.once('exit', () => {
  for (const home of homes) rmSync(home, { recursive: true, force: true })
})

/** What a run of the real program left. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program as a process of its own, stdin a pipe that holds `input`. */
export async function strom(
  args: readonly string[],
  options: { home?: string; input?: string; env?: { readonly [name: string]: string } } = {},
): Promise<Ran> {
  const {
    STROM_NODE: _node,
    STROM_CHAIN_ID: _chain,
    STROM_OUTPUT: _output,
    ...inherited
  } = process.env
  const env = {
    ...inherited,
    ...(options.home === undefined ? {} : { STROM_HOME: options.home }),
    ...options.env,
  }
  const child = spawn(process.execPath, [...PROGRAM, ...args], { env, stdio: 'pipe' })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  // A program that ends without reading its input closes the pipe early; that is not what is tested.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    code,
    stdout: Buffer.concat(out).toString('utf8'),
    stderr: Buffer.concat(err).toString('utf8'),
  }
}

/** Starts the program without waiting for its end; the caller must end it. */
export function stromChild(args: readonly string[], home: string): ChildProcess {
  const env = { ...process.env, STROM_HOME: home }
  return spawn(process.execPath, [...PROGRAM, ...args], { env, stdio: 'ignore' })
}

/** A folder that is gone when the tests end. */
export function freshHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'strom-cli-'))
  homes.push(home)
  return home
}

function isBuilt(): boolean {
  const info = join(BUILT, '.tsbuildinfo')
  if (!existsSync(info) || !existsSync(join(BUILT, 'main.js'))) return false
  const built = statSync(info).mtimeMs
  return readdirSync(ROOM, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('test'))
    .every((file) => statSync(join(ROOM, file)).mtimeMs <= built)
}
