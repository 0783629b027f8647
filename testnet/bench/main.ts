import '../../node/p2p/shim.ts'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machine } from './machine.ts'
import { type LoadSize, measureNetwork, type NetworkFigures } from './network-bench.ts'
import { BATCH } from './readings.ts'
import { historyLine, type Report, render } from './report.ts'
import { signatureRates } from './signatures.ts'
import { treeUpdates } from './tree.ts'

/** `npm run bench -- [--quick] [-o json]`: measures, prints and adds a line to history.jsonl. */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    output: { type: 'string', short: 'o', default: 'text' },
  },
})
if (values.output !== 'text' && values.output !== 'json') throw new Error('-o is text or json')

const { quick } = values
const size: LoadSize = quick
  ? {
      accounts: 1000,
      transfersEach: 6,
      devices: 1000,
      readingsEach: 4,
      idleSeconds: 5,
      singles: 30,
    }
  : {
      accounts: 2000,
      transfersEach: 20,
      devices: 2000,
      readingsEach: 12,
      idleSeconds: 10,
      singles: 100,
    }
// Progress goes to stderr, so that -o json can be piped.
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const before = machine()
say('signatures alone')
const signatures = signatureRates(quick ? 500 : 2000)
const networks: NetworkFigures[] = []
for (const validators of [1, 4]) networks.push(await measureNetwork(validators, size, say))
const root = mkdtempSync(join(tmpdir(), 'strom-bench-tree-'))
const trees: { keys: number; ms: number }[] = []
for (const keys of [100_000, 1_000_000]) {
  say(`tree of ${keys} keys`)
  trees.push({ keys, ms: await treeUpdates(keys, quick ? 5 : 15, join(root, String(keys))) })
}
rmSync(root, { recursive: true, force: true })
const report: Report = {
  at: new Date().toISOString(),
  quick,
  machine: before,
  settings: {
    accounts: size.accounts,
    transfers: size.accounts * size.transfersEach,
    meters: size.devices,
    readings: size.devices * size.readingsEach,
    'readings a transaction': BATCH,
    timeout_commit: '0ms',
    'verify-workers': 0,
    'invariants-every': 100,
  },
  signatures,
  trees,
  networks,
}
process.stdout.write(values.output === 'json' ? historyLine(report) : render(report))
appendFileSync(fileURLToPath(new URL('history.jsonl', import.meta.url)), historyLine(report))
process.exit(0)
