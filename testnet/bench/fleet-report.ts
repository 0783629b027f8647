import type { Inflow, InsideFigures, Times } from './fleet-figures.ts'
import type { LiveFigures, LoadFigures } from './fleet-live.ts'
import type { FleetSettings } from './fleet-settings.ts'
import type { Machine } from './machine.ts'
import type { SignatureRates } from './signatures.ts'

/** Everything one run of the fleet bench measured. */
export interface FleetReport {
  readonly at: string
  /** Tells these lines of the history from those of the other bench. */
  readonly bench: 'fleet'
  readonly machine: Machine
  readonly settings: FleetSettings
  readonly signatures: SignatureRates
  readonly signing: { readonly readings: number; readonly seconds: number }
  readonly inside: InsideFigures | undefined
  readonly live: LiveFigures | undefined
}

/** The report for people. */
export function renderFleet(report: FleetReport): string {
  const { machine: m, settings, signing, signatures } = report
  const lines = [
    `${m.cpu}, ${m.cores} cores, ${m.memoryGb} GB, Node ${m.node}, ${m.platform}, load before ${m.loadBefore}`,
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
    '',
    row('P-256 verification alone, one core', `${whole(signatures.p256)}/s`),
    row('signing beforehand', `${whole(signing.readings)} readings`, `${fine(signing.seconds)} s`),
  ]
  if (report.inside !== undefined) lines.push('', ...renderInside(report.inside))
  if (report.live !== undefined) lines.push('', ...renderLive(report.live, settings))
  return `${lines.join('\n')}\n`
}

function renderInside(figures: InsideFigures): string[] {
  const { registration: r, opening, second, settle, roots, deep } = figures
  const keys = Object.values(r.keys).reduce((sum, one) => sum + one, 0)
  const lines = [
    'one process, no network',
    row('  devices by genesis', whole(r.devices), `${fine(r.genesisMb)} MB of JSON`),
    row('    time to init', `${fine(r.initSeconds)} s`),
    row('    state', `${whole(keys)} keys`, `${fine(r.treeMb)} MB tree, ${fine(r.diskMb)} MB disk`),
    row('    process', `${whole(r.memoryMb)} MB`, `peak ${whole(figures.peakMb)} MB`),
    row('    checkpoint / reopen', `${fine(r.checkpointSeconds)} / ${fine(r.reopenSeconds)} s`),
  ]
  if (r.byTransaction !== undefined) lines.push(inflow('  devices by transaction', r.byTransaction))
  lines.push('', '  look-ups, p50 / p95', ...lookups(figures.lookups), '')
  lines.push(inflow('  first readings', opening), inflow('  second readings', second))
  if (roots !== undefined) lines.push(...renderRoots(roots))
  return [
    ...lines,
    '',
    row('  judged', `${whole(settle.judgedPerSecond)}/s`, `${whole(settle.judged)} readings`),
    row('    a block with due ones, p50 / p95', spread(settle.dueMs), `${settle.dueBlocks} blocks`),
    row(
      '    an idle round, a block, p50 / p95',
      spread(settle.idleMs),
      `${settle.idleBlocks} blocks`,
    ),
    ...(deep === undefined ? [] : renderDeep(deep)),
    row('  a stored reading', `${whole(figures.readingBytes)} bytes of tree`),
    row('  all laws checked once', `${fine(settle.lawsSeconds)} s`),
  ]
}

function renderRoots(roots: NonNullable<InsideFigures['roots']>): string[] {
  return [
    inflow('  leaves published', roots.published),
    row('    one bare root', `${fine(roots.bareMs)} ms`, `${whole(roots.leaves / 2)} leaves`),
    inflow('  leaves entered, whole batches', roots.entered),
    inflow('  leaves entered, with paths', roots.enteredWithProof),
    row('    trees made by the gateway', `${fine(roots.treeMs)} ms`),
  ]
}

function renderDeep(deep: NonNullable<InsideFigures['deep']>): string[] {
  return [
    inflow(`  readings while a day waits`, deep.arrived),
    row(
      '    judged while a day waits',
      `${whole(1000 / deep.judgedMs)}/s`,
      `${deep.judged} readings`,
    ),
  ]
}

function renderLive(live: LiveFigures, settings: FleetSettings): string[] {
  const lines = [
    `${live.nodes} validators on this machine`,
    row('  genesis', `${fine(live.genesisMb)} MB`),
    row('  first block everywhere', `${fine(live.firstBlockSeconds)} s`),
    row('  memory of each', live.memoryMb.map(mb).join(' ')),
  ]
  if (live.steady !== undefined)
    lines.push(...load(`  steady, ${settings.rate}/s asked`, live.steady))
  if (live.burst !== undefined)
    lines.push(...load(`  burst within ${settings.burstSeconds} s`, live.burst))
  return [
    ...lines,
    '  look-ups over JSON-RPC, p50 / p95',
    ...lookups(live.lookups),
    '  over REST',
    ...lookups(live.restLookups),
  ]
}

function load(name: string, figures: LoadFigures): string[] {
  const refused = Object.entries(figures.refusals).map(([log, count]) => `${count} x ${log}`)
  return [
    row(name, `${whole(figures.perSecond)}/s`, `${whole(figures.readings)} readings`),
    row('    all on chain after', `${fine(figures.seconds)} s`),
    row('    blocks, p50 / p95', spread(figures.blockMs), `${figures.blocks} blocks`),
    row('    due to final, p50 / p95', spread(figures.finalityMs)),
    row(
      '    backlog, most / at the end',
      `${whole(figures.backlogMost)} / ${whole(figures.backlogAtEnd)}`,
    ),
    row('    judged meanwhile', whole(figures.judged)),
    row('    memory of each', figures.memoryMb.map(mb).join(' ')),
    ...refused.map((text) => `    sent again: ${text}`),
  ]
}

function inflow(name: string, figures: Inflow): string {
  const { count, checkMs, executeMs, commitMs } = figures
  const parts = `${whole(count)}: check ${fine(checkMs)}, execute ${fine(executeMs)}, commit ${fine(commitMs)} ms`
  return row(name, `${whole(figures.perSecond)}/s`, parts)
}

function lookups(found: { readonly [name: string]: Times }): string[] {
  return Object.entries(found).map(([name, value]) => row(`    ${name}`, spread(value)))
}

function spread({ p50, p95 }: Times): string {
  return `${fine(p50)} / ${fine(p95)} ms`
}

function mb(value: number | undefined): string {
  return value === undefined ? '? MB' : `${whole(value)} MB`
}

function row(name: string, value: string, note = ''): string {
  return `${name.padEnd(38)}${value.padStart(20)}${note === '' ? '' : `   ${note}`}`
}

function fine(value: number): string {
  return value >= 100 ? whole(value) : Number(value.toPrecision(3)).toString()
}

function whole(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** One line of the history: the figures without the words. */
export function fleetLine(report: FleetReport): string {
  return `${JSON.stringify(report, (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value,
  )}\n`
}
