import '../../node/p2p/shim.ts'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { InsideFigures } from './fleet-figures.ts'
import { measureLive } from './fleet-live.ts'
import { inChild, metersToJson, prepareMeters } from './fleet-prepare.ts'
import { type FleetReport, fleetLine, renderFleet } from './fleet-report.ts'
import { FLEET, type FleetSettings, fleetSettings, ROUNDS } from './fleet-settings.ts'
import { machine } from './machine.ts'
import { signatureRates } from './signatures.ts'

/** `npm run bench:fleet -- [flags]`: measures, prints and adds a line to history.jsonl. The README lists the flags. */
const HEAP_MB = 12_288
const text = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    devices: { ...text, default: '1000000' },
    roots: text,
    registrations: text,
    again: text,
    deep: text,
    lookups: text,
    batch: text,
    leaves: text,
    'block-txs': text,
    'sweep-devices': text,
    'sweep-readings': text,
    'settle-s': text,
    nodes: text,
    rate: text,
    minutes: text,
    burst: text,
    'burst-seconds': text,
    'pause-ms': text,
    'block-budget-ms': text,
    'verify-keys': text,
    only: text,
    'cpu-prof': text,
    'no-history': { type: 'boolean', default: false },
    output: { type: 'string', short: 'o', default: 'text' },
  },
})
if (values.output !== 'text' && values.output !== 'json') throw new Error('-o is text or json')
if (values.only !== undefined && values.only !== 'inside' && values.only !== 'network')
  throw new Error('--only is inside or network')

const settings = settingsOf(values)
const say = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`)
}
const before = machine()
const dir = mkdtempSync(join(tmpdir(), 'strom-fleet-'))
try {
  say('signatures alone')
  const signatures = signatureRates(2000)
  const count = (settings.devices + settings.roots) * ROUNDS
  say(`signing ${count} readings`)
  // The last quarter hours before now, so that a chain on the real clock takes them.
  const now = BigInt(Math.floor(Date.now() / 1000))
  const start = (now / FLEET.intervalS - 1n) * FLEET.intervalS
  const meters = await prepareMeters(settings, dir, start)
  const inside = values.only === 'network' ? undefined : await measured()
  const network = settings.nodes > 0 && values.only !== 'inside'
  const live = network ? await measureLive(settings, meters, dir, say) : undefined
  const report: FleetReport = {
    at: new Date().toISOString(),
    bench: 'fleet',
    machine: before,
    settings,
    signatures,
    signing: { readings: count, seconds: meters.seconds },
    inside,
    live,
  }
  process.stdout.write(values.output === 'json' ? fleetLine(report) : renderFleet(report))
  if (!values['no-history'])
    appendFileSync(fileURLToPath(new URL('history.jsonl', import.meta.url)), fleetLine(report))

  async function measured(): Promise<InsideFigures> {
    const profile = values['cpu-prof']
    const flags = [
      `--max-old-space-size=${HEAP_MB}`,
      '--expose-gc',
      ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
    ]
    const input = { settings, meters: metersToJson(meters), dir: join(dir, 'inside') }
    return await inChild<InsideFigures>('fleet-inside-process', input, { flags, say })
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
process.exit(0)

/** The defaults for that many devices with what the flags replace. Throws when one is no number. */
function settingsOf(flags: { readonly [name: string]: string | boolean | undefined }) {
  const replaced: { [name: string]: number } = {}
  for (const [flag, value] of Object.entries(flags)) {
    if (typeof value !== 'string' || !/^[a-z-]+$/.test(flag)) continue
    if (['output', 'only', 'cpu-prof'].includes(flag)) continue
    const name = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
    if (!/^\d+(\.\d+)?$/.test(value)) throw new Error(`--${flag} ${value} is no number`)
    replaced[name] = Number(value)
  }
  const settings: FleetSettings = { ...fleetSettings(replaced['devices'] ?? 0), ...replaced }
  if (settings.devices < 1) throw new Error('--devices must be at least 1')
  return settings
}
