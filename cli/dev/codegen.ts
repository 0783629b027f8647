import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emitFile, outputPath } from './codegen/emit-file.ts'
import { emitRegistry, emitServices } from './codegen/emit-index.ts'
import { loadSchemas } from './codegen/load.ts'

/** Everything `proto/gen` should hold: path relative to it -> text. The same schemas give the same text. */
export function generate(protoDir: string): Map<string, string> {
  const files = loadSchemas(protoDir)
  const output = new Map<string, string>()
  for (const file of files) {
    if (file.messages.length + file.enums.length === 0) continue
    output.set(outputPath(file.path), emitFile(file))
  }
  output.set('registry.ts', emitRegistry(files))
  output.set('services.ts', emitServices(files))
  return output
}

/** Paths below `genDir` whose text differs from `output`, missing and surplus files included. */
export function differences(genDir: string, output: Map<string, string>): string[] {
  const present = new Set(listFiles(genDir, ''))
  const changed = [...output].filter(
    ([path, text]) => !present.has(path) || readFileSync(join(genDir, path), 'utf8') !== text,
  )
  const surplus = [...present].filter((path) => !output.has(path))
  return [...changed.map(([path]) => path), ...surplus].sort()
}

function listFiles(root: string, below: string): string[] {
  let entries: import('node:fs').Dirent[]
  try {
    entries = readdirSync(join(root, below), { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return entries.flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    return entry.isDirectory() ? listFiles(root, path) : [path]
  })
}

function main(args: string[]): void {
  const protoDir = fileURLToPath(new URL('../../proto', import.meta.url))
  const genDir = join(protoDir, 'gen')
  const output = generate(protoDir)
  const stale = differences(genDir, output)
  if (args.includes('--check')) {
    if (stale.length === 0) return
    console.error(`Generated codecs are stale, run \`npm run codegen\`:\n  ${stale.join('\n  ')}`)
    process.exitCode = 1
    return
  }
  for (const path of stale) {
    const text = output.get(path)
    const target = join(genDir, path)
    if (text === undefined) rmSync(target)
    else {
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, text)
    }
  }
  console.log(`${output.size} files, ${stale.length} changed`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2))
