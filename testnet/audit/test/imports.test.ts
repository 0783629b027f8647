import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const AUDIT = fileURLToPath(new URL('..', import.meta.url))
const TOWN = join(AUDIT, '..', 'town')

/** What a file imports or re-exports, type-only imports included. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const patterns = [
    /(?:^|\n)import\s*['"]([^'"]+)['"]/g,
    /(?:^|\n)(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]/g,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
    /\brequire\(\s*['"]([^'"]+)['"]/g,
  ]
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''))
}

/** Every file that `start` reaches, itself included, and every other name it imports. */
function reached(start: readonly string[]): { files: Set<string>; packages: Set<string> } {
  const files = new Set(start)
  const packages = new Set<string>()
  for (const file of files)
    for (const target of importsOf(file)) {
      if (target.startsWith('.')) files.add(resolve(dirname(file), target))
      else packages.add(target)
    }
  return { files, packages }
}

describe('the audit is independent', () => {
  const core = ['audit.ts', 'input.ts'].map((name) => join(AUDIT, name))

  it('imports nothing of the chain, transitively: files of its own folder and built-ins of Node', () => {
    const { files, packages } = reached(core)
    expect(files.size).to.be.greaterThan(6)
    for (const file of files) expect(file.startsWith(AUDIT), file).to.equal(true)
    for (const name of packages) expect(name).to.match(/^node:/)
  })

  it('so does the recomputation of the town, with the files that read its recordings', () => {
    const { files, packages } = reached([
      join(TOWN, 'recompute.ts'),
      join(TOWN, 'recorded-town.ts'),
    ])
    for (const file of files)
      expect(file.startsWith(AUDIT) || file.startsWith(TOWN), file).to.equal(true)
    for (const name of packages) expect(name).to.match(/^node:/)
  })

  it('sees an import where there is one', () => {
    expect(importsOf(fileURLToPath(import.meta.url))).to.include('node:fs')
    const tests = readdirSync(join(AUDIT, 'test')).map((name) => join(AUDIT, 'test', name))
    const { files } = reached(tests.filter((name) => name.endsWith('module-chain.ts')))
    expect([...files].some((file) => file.includes('/modules/metering/'))).to.equal(true)
  })
})
