import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { differences, generate } from './codegen.ts'

/** Words that cannot name a module: rooms, stores of the SDK, and protobuf words. */
const RESERVED = new Set([
  'acc',
  'app',
  'cli',
  'enum',
  'gen',
  'genesis',
  'ibc',
  'import',
  'kit',
  'message',
  'module',
  'node',
  'package',
  'params',
  'proto',
  'public',
  'reserved',
  'rpc',
  'service',
  'strom',
  'test',
  'testing',
])

/** Why a name cannot name a new module under `root`; undefined when it can. */
export function refusal(root: string, name: string): string | undefined {
  if (!/^[a-z]{3,20}$/.test(name)) {
    return `"${name}" is no module name: one lower-case word of 3 to 20 letters, singular, such as "grid"`
  }
  if (RESERVED.has(name))
    return `"${name}" is taken: choose a word that names what the module keeps`
  for (const folder of [`modules/${name}`, `proto/strom/${name}`]) {
    if (existsSync(join(root, folder))) return `${folder} exists: remove it or choose another name`
  }
  return undefined
}

/**
 * Copies the template as module `name` below `root` and generates its codecs. Returns the paths written, relative to
 * `root`. Throws RangeError with the reason when the name is refused; nothing is written then.
 */
export function newModule(root: string, name: string): string[] {
  const reason = refusal(root, name)
  if (reason !== undefined) throw new RangeError(reason)
  const template = fileURLToPath(new URL('./template', import.meta.url))
  const written: string[] = []
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    written.push(path)
  }
  for (const [part, target] of [
    ['proto', `proto/strom/${name}/v1`],
    ['module', `modules/${name}`],
  ] as const) {
    for (const path of templateFiles(join(template, part), '')) {
      const text = readFileSync(join(template, part, path), 'utf8')
      write(`${target}/${path.replace(/\.tmpl$/, '')}`, fill(text, name))
    }
  }
  const output = generate(join(root, 'proto'))
  for (const path of differences(join(root, 'proto/gen'), output)) {
    const text = output.get(path)
    if (text !== undefined) write(`proto/gen/${path}`, text)
  }
  return written
}

/** Template text with the module's name in place of the placeholders. */
function fill(text: string, name: string): string {
  const capital = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  return text.replaceAll('__name__', name).replaceAll('__Name__', capital)
}

function templateFiles(root: string, below: string): string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    return entry.isDirectory() ? templateFiles(root, path) : [path]
  })
}

function nextSteps(name: string): string {
  return `Next:
  1. write modules/${name}/README.md: state table, messages, what each fails on
  2. change proto/strom/${name}/v1/*.proto, then: npm run codegen
  3. state.ts, rules.ts with properties, one file for each message with its test, genesis, invariants
  4. add one line with its reason to node/app/modules.ts
  5. npm test -- --grep ${name}`
}

function main(args: string[]): void {
  const [name, ...more] = args
  if (name === undefined || more.length > 0) {
    console.error('usage: npm run new-module -- NAME')
    process.exitCode = 2
    return
  }
  try {
    const written = newModule(fileURLToPath(new URL('../..', import.meta.url)), name)
    console.log(`${written.join('\n')}\n\n${nextSteps(name)}`)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    console.error(error.message)
    process.exitCode = 2
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2))
