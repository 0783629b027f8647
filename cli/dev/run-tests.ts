import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How many tests or checks passed and failed. */
export interface Count {
  readonly passed: number
  readonly failed: number
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FOLDERS = ['proto', 'modules', 'node', 'genesis', 'cli', 'testnet']

/** These measure time, or need it: beside others they would measure the others. */
const TIMED = /^testnet\/(bench|kill)\/|(latency|throughput|kill)[\w-]*\.test\.ts$/
/** These start processes and whole networks, which mostly wait: two of them at once keep two cores busy. */
const NETWORKS = /^testnet\/(scenarios|dev|test)\/|(scenario|process)[\w-]*\.test\.ts$/
const PROGRAMS = /^cli\/test\//
/** These go beside the rest, so that both lanes last about as long. */
const ASIDE = /^(node|testnet\/audit)\//

// What must hold besides the tests; each counts as one.
const CHECKS: readonly (readonly [title: string, command: string, args: readonly string[]])[] = [
  ['types and build, tests included', 'npm', ['run', '--silent', 'build']],
  ['format and lint', 'biome', ['check', '.']],
  ['generated codecs are what the schemas say', 'tsx', ['cli/dev/codegen.ts', '--check']],
]

/** Test files in stages, one after the other; the lanes of a stage run beside each other. */
export function stagesOf(files: readonly string[]): readonly (readonly (readonly string[])[])[] {
  const kind = (file: string): string => {
    if (TIMED.test(file)) return 'timed'
    if (NETWORKS.test(file)) return 'networks'
    if (PROGRAMS.test(file)) return 'programs'
    return ASIDE.test(file) ? 'aside' : 'rest'
  }
  const of = (name: string): readonly string[] => files.filter((file) => kind(file) === name)
  return [[of('aside'), of('rest')], [of('networks'), of('programs')], [of('timed')]]
}

/** The counts of mocha's closing summary. A run that ends without one failed, as does one with another exit code than its counts say. */
export function countMocha(output: string, code: number): Count {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters.
  const plain = output.replaceAll(/\x1b\[[\d;]*m/g, '')
  const last = (word: string): number | undefined => {
    const [, digits] = [...plain.matchAll(new RegExp(`^  (\\d+) ${word}\\b`, 'gm'))].at(-1) ?? []
    return digits === undefined ? undefined : Number(digits)
  }
  const passed = last('passing')
  const failed = last('failing') ?? 0
  if (passed === undefined) return { passed: 0, failed: Math.max(failed, 1) }
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1) }
}

function testFiles(): string[] {
  const found: string[] = []
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) walk(path)
      else if (/\/test\/(.*\/)?[\w-]+\.test\.ts$/.test(path)) found.push(path)
    }
  }
  for (const folder of FOLDERS) walk(folder)
  return found.sort((a, b) => (a < b ? -1 : 1))
}

/** Runs a program of the project; its output goes to `show` as it comes. */
async function run(
  command: string,
  args: readonly string[],
  show: (text: string) => void,
): Promise<{ code: number; output: string }> {
  const bin = join(ROOT, 'node_modules', '.bin')
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` }
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const take = (chunk: Buffer): void => {
    output += chunk.toString()
    show(chunk.toString())
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const code = await new Promise<number>((resolve) => {
    child.on('error', (error) => {
      take(Buffer.from(`${command}: ${error.message}\n`))
      resolve(1)
    })
    child.on('close', (exit) => resolve(exit ?? 1))
  })
  return { code, output }
}

const print = (text: string): void => {
  process.stdout.write(text)
}

async function mocha(files: readonly string[], show: (text: string) => void): Promise<Count> {
  if (files.length === 0) return { passed: 0, failed: 0 }
  const { code, output } = await run(
    'mocha',
    [...(process.stdout.isTTY ? [] : ['--no-color']), ...files],
    show,
  )
  return countMocha(output, code)
}

async function check(title: string, command: string, args: readonly string[]): Promise<Count> {
  const started = Date.now()
  const { code, output } = await run(command, args, () => undefined)
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  print(`  ${code === 0 ? '✔' : '✖'} ${title} (${seconds} s)\n`)
  if (code !== 0) print(`${output}\n`)
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** Runs lanes beside each other. The first prints as it goes, the others when they are done, so that lines do not mix. */
async function stage(lanes: readonly (readonly string[])[]): Promise<Count[]> {
  const [first, ...others] = lanes
  const held = others.map(() => '')
  const running = others.map((files, i) =>
    mocha(files, (text) => {
      held[i] += text
    }),
  )
  const counts = [await mocha(first ?? [], print)]
  for (const [i, one] of running.entries()) {
    counts.push(await one)
    print(held[i] ?? '')
  }
  return counts
}

async function main(): Promise<void> {
  const counts: Count[] = []
  for (const one of CHECKS) counts.push(await check(...one))
  for (const lanes of stagesOf(testFiles())) counts.push(...(await stage(lanes)))
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  process.exitCode = failed === 0 ? 0 : 1
  print(`\n${passed} passed, ${failed} failed\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
