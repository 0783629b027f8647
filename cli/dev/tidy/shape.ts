import type { Files, Problem } from './problem.ts'

const SHAPE = ['README.md', 'module.ts', 'api.ts', 'genesis.ts']
/** What a module with a store has besides: one that keeps nothing has nothing to hold true. */
const STORED_SHAPE = ['state.ts', 'invariants.ts']
const ROOMS = [
  'proto modules modules/kit genesis cli cli/gateway testnet node node/abci node/app node/chain',
  'node/consensus node/consensus/core node/index node/mempool node/p2p node/rpc node/store',
  'node/telemetry',
]

/** Names of the modules: folders of modules/ other than the kit. */
export function modulesOf(files: Iterable<string>): readonly string[] {
  const names = new Set<string>()
  for (const file of files) {
    const [, name] = /^modules\/([a-z]+)\//.exec(file) ?? []
    if (name !== undefined && name !== 'kit') names.add(name)
  }
  return [...names]
}

/** Modules without one of the files every module has, and rooms without a README. */
export function shapeProblems(files: Files): Problem[] {
  const missing: string[] = []
  for (const name of modulesOf(files.keys())) {
    const contents = files.get(`modules/${name}/module.ts`) ?? ''
    const storeless = contents.includes('defineModule') && !/^ *store:/m.test(contents)
    const shape = [...SHAPE, ...(storeless ? [] : STORED_SHAPE), 'test/module.test.ts']
    for (const file of shape) missing.push(`modules/${name}/${file}`)
  }
  for (const room of ROOMS.join(' ').split(' ')) missing.push(`${room}/README.md`)
  return missing
    .filter((file) => !files.has(file))
    .map((file) => ({ rule: 'shape', file, line: 1, message: 'this file is missing' }))
}

/** Rows of a module's "fails when" tables that no test of the module has as its title. */
export function promiseProblems(files: Files): Problem[] {
  return modulesOf(files.keys()).flatMap((name) => {
    const folder = `modules/${name}/`
    const readme = `${folder}README.md`
    const titles = [...files]
      .filter(([file]) => file.startsWith(`${folder}test/`))
      .map(([, text]) => text.replaceAll('\\', ''))
    return promises(files.get(readme) ?? '')
      .filter(({ text }) => !titles.some((tests) => tests.includes(text)))
      .map(({ text, line }) => ({
        rule: 'promise',
        file: readme,
        line,
        message: `no test has "${text}" in its title`,
      }))
  })
}

function promises(readme: string): { text: string; line: number }[] {
  const found: { text: string; line: number }[] = []
  let column = -1
  readme.split('\n').forEach((row, i) => {
    if (!row.startsWith('|')) {
      column = -1
      return
    }
    const cells = row.split('|').slice(1, -1)
    const header = cells.findIndex((cell) => cell.trim() === 'fails when')
    if (header >= 0) column = header
    else if (column >= 0 && !/^[|\s:-]+$/.test(row))
      found.push({ text: (cells[column] ?? '').trim().replaceAll('`', ''), line: i + 1 })
  })
  return found
}
