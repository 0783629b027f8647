import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cycleProblems, floorProblems, shimProblems } from './tidy/floors.ts'
import { type Import, importsOf } from './tidy/imports.ts'
import { tokenize } from './tidy/lexer.ts'
import { type Files, isSource, type Problem } from './tidy/problem.ts'
import { pureProblems } from './tidy/pure.ts'
import { promiseProblems, shapeProblems } from './tidy/shape.ts'
import { sizeProblems } from './tidy/size.ts'
import { wordProblems } from './tidy/words.ts'

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', '.git', '.strom', 'data', 'testdata'])
const CHECKED = /(\.(ts|js|mjs|md|json|proto|tmpl|sh|yml)|^run)$/

/** Files that start a process or a worker. */
const ENTRIES =
  /^(cli\/main|testnet\/(kill|bench)\/main|.*-(worker|process)|cli\/dev\/mocha-setup)\.ts$/

/** Every house rule that the project below `root` breaks and that compiler and linter cannot see. */
export function tidy(root: string): Problem[] {
  return inspect(readTree(root))
}

/** The same over texts in memory. */
export function inspect(files: Files): Problem[] {
  const problems: Problem[] = []
  const imports = new Map<string, readonly Import[]>()
  for (const [file, text] of files) {
    if (!isSource(file)) continue
    const tokens = tokenize(text)
    imports.set(file, importsOf(file, tokens))
    problems.push(...pureProblems(file, tokens), ...sizeProblems(file, text, tokens))
  }
  const entries = [...imports.keys()].filter((file) => ENTRIES.test(file))
  return [
    ...problems,
    ...floorProblems(imports),
    ...cycleProblems(imports),
    ...shimProblems(imports, entries),
    ...shapeProblems(files),
    ...promiseProblems(files),
    ...wordProblems(files),
  ]
}

/** Every text file of the project that people write, and the lock file. */
export function readTree(root: string): Files {
  const files = new Map<string, string>()
  const walk = (folder: string): void => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true })
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) walk(path)
      else if (entry.isFile() && CHECKED.test(entry.name))
        files.set(path, readFileSync(join(root, path), 'utf8'))
    }
  }
  walk('')
  return files
}
