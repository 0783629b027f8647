import type { Machine } from './machine.ts'
import type { NetworkFigures } from './network-bench.ts'
import { GO } from './reference.ts'
import type { SignatureRates } from './signatures.ts'

/** Everything one run measured. */
export interface Report {
  readonly at: string
  readonly quick: boolean
  readonly machine: Machine
  readonly settings: { readonly [name: string]: string | number }
  readonly signatures: SignatureRates
  /** Milliseconds of 1,000 updates by the number of keys. */
  readonly trees: readonly { readonly keys: number; readonly ms: number }[]
  readonly networks: readonly NetworkFigures[]
}

/** The report for people. */
export function render(report: Report): string {
  const { machine: m, signatures } = report
  const lines = [
    `${m.cpu}, ${m.cores} cores, ${m.memoryGb} GB, Node ${m.node}, ${m.platform}, load before ${m.loadBefore}`,
    Object.entries(report.settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
    '',
    'signature verification alone, one core',
    row('  secp256k1 (accounts)', `${whole(signatures.secp256k1)}/s`),
    row('  P-256 (meters)', `${whole(signatures.p256)}/s`),
  ]
  for (const figures of report.networks) lines.push('', ...renderNetwork(figures, signatures))
  lines.push('', '1,000 random updates of the state tree with root and durable commit')
  for (const { keys, ms } of report.trees) {
    const go = GO.treeUpdatesMs[keys as keyof typeof GO.treeUpdatesMs]
    lines.push(row(`  ${whole(keys)} keys`, `${ms.toFixed(1)} ms`, faster(go, ms)))
  }
  lines.push('', `ratios: to ${GO.source}`)
  return `${lines.join('\n')}\n`
}

function renderNetwork(figures: NetworkFigures, signatures: SignatureRates): string[] {
  const { validators, transfers, readings } = figures
  const one = validators === 1
  const ratio = one ? GO.transfersOneValidator : GO.transfersFourValidators
  const comparable = one || validators === 4
  const lines = [
    `${validators} validator${one ? '' : 's'}`,
    row(
      '  transfers',
      `${whole(transfers.perSecond)}/s`,
      comparable ? `${(transfers.perSecond / ratio).toFixed(1)}x` : '',
    ),
    row('    largest block', `${transfers.largestBlock} of ${transfers.included} transfers`),
    row(
      '  device readings',
      `${whole(readings.perSecond)}/s`,
      `${Math.round((100 * readings.perSecond) / signatures.p256)} % of one core verifying`,
    ),
    row(
      '  first block',
      `${whole(figures.firstBlockMs)} ms`,
      faster(GO.firstBlockMs, figures.firstBlockMs),
    ),
  ]
  if (figures.heightMs !== undefined)
    lines.push(
      row(
        '  an empty height',
        `${figures.heightMs.toFixed(1)} ms`,
        validators === 4 ? faster(GO.emptyHeightMs, figures.heightMs) : '',
      ),
    )
  if (figures.finality !== undefined)
    lines.push(
      row(
        '  send to found, p50 / p99',
        `${whole(figures.finality.p50)} / ${whole(figures.finality.p99)} ms`,
        validators === 4
          ? `${faster(GO.finalityMs.p50, figures.finality.p50)} / ${faster(GO.finalityMs.p99, figures.finality.p99)}`
          : '',
      ),
    )
  const mb = (value: number | undefined): string =>
    value === undefined ? '?' : `${whole(value)} MB`
  lines.push(row('  memory idle / loaded', `${mb(figures.idleMb)} / ${mb(figures.loadedMb)}`))
  return lines
}

function faster(go: number | undefined, ours: number): string {
  return go === undefined ? '' : `${(go / ours).toFixed(1)}x`
}

function row(name: string, value: string, note = ''): string {
  return `${name.padEnd(30)}${value.padStart(22)}${note === '' ? '' : `   ${note}`}`
}

function whole(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** One line of the history: the figures without the words. */
export function historyLine(report: Report): string {
  return `${JSON.stringify(report, (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value,
  )}\n`
}
