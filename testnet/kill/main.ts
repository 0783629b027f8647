import '../../node/p2p/shim.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePorts } from '../launch.ts'
import { describeKill, type Kill, killOne, LIMIT_MS, spread } from './kills.ts'
import { SeededRandom } from './random.ts'
import { TownNetwork } from './town-network.ts'

/** `npm run test:kill -- [--times 50] [--seed N] [--limit 20]`: exit code 0 when nothing was lost, forked or signed twice. */
const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now()) },
    limit: { type: 'string', default: String(LIMIT_MS / 1000) },
  },
})
const times = Number(values.times)
if (!Number.isSafeInteger(times) || times < 1) throw new Error('--times must be a whole number')
const limitMs = Number(values.limit) * 1000
if (!(limitMs > 0)) throw new Error('--limit must be seconds')

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const dir = mkdtempSync(join(tmpdir(), 'strom-kill-'))
say(`${times} kills, seed ${values.seed} (repeat with --seed ${values.seed}), homes in ${dir}`)
const started = performance.now()
const town = await TownNetwork.start({ dir, ports: await freePorts(4), seed: '0', log: say })
const kills: Kill[] = []
const faults: string[] = []
try {
  const random = new SeededRandom(values.seed)
  while (kills.length < times) {
    const kill = await killOne(town, random, limitMs)
    kills.push(kill)
    say(describeKill(kill, kills.length))
  }
  const end = await town.end()
  faults.push(...end.faults)
  say('')
  say(`machine    ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`)
  say(`signs again after the restart   ${spread(kills.map(({ backMs }) => backMs))}`)
  say(`signs again after the kill      ${spread(kills.map(({ downMs }) => downMs))}`)
  const equal =
    end.faults.length === 0 ? 'equal on all validators' : 'compared, see the faults below'
  say(`chain      ${end.height} heights, ${equal}`)
  say(
    `observer   ${town.observer.votes} votes and ${town.observer.proposals} proposals, ${town.observer.conflicts.length} conflicts`,
  )
  say(`readings   ${end.fed} sent, ${end.statement?.facts.accepted ?? 'not all'} accepted`)
} catch (error) {
  faults.push(error instanceof Error ? error.message : String(error))
} finally {
  await town.stop()
}
for (const fault of [...new Set([...faults, ...town.faults])]) say(`FAULT: ${fault}`)
const failed = faults.length + town.faults.length > 0
say(
  `${failed ? 'FAILED' : 'passed'}: ${kills.length} kills in ${Math.round((performance.now() - started) / 1000)} s`,
)
if (!failed) rmSync(dir, { recursive: true, force: true })
process.exit(failed ? 1 : 0)
