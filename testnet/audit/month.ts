import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadRecordedTown } from '../town/recorded-town.ts'
import { audit } from './audit.ts'
import { auditSays, chainSays, devicesOf, differences, differenceWh } from './chain/saying.ts'
import { readInput, toText } from './input.ts'
import { type Month, runMonth } from './month/run.ts'

/** What a run shows: one line a device, and whether all differences are zero. */
export interface MonthReport {
  readonly lines: readonly string[]
  readonly differences: readonly string[]
}

/**
 * Runs a recorded month, writes its raw files into `dir` and compares what the chain says in the end with what follows
 * from the files alone.
 */
export async function monthReport(days: number, dir: string): Promise<MonthReport> {
  mkdirSync(dir, { recursive: true })
  const started = performance.now()
  const month = await runMonth({ town: loadRecordedTown('7'), days, dir })
  const ran = performance.now()
  writeFileSync(join(dir, 'sheets.json'), `${toText(month.sheets, 1)}\n`)
  writeFileSync(join(dir, 'log.jsonl'), month.log.map((entry) => `${toText(entry)}\n`).join(''))
  const { sheets, entries } = readInput(
    readFileSync(join(dir, 'sheets.json'), 'utf8'),
    readFileSync(join(dir, 'log.jsonl'), 'utf8'),
  )
  const ours = auditSays(audit(sheets, entries))
  const theirs = chainSays(month.state)
  const lines = devicesOf(ours, theirs).map((device) => {
    const said = ours.get(device)
    const of = (side: 'import' | 'export'): string =>
      [...(said?.[side].parts ?? [])].map(([name, wh]) => `${name} ${wh}`).join(' ')
    const difference = differenceWh(said, theirs.get(device))
    const story = month.members.find(({ sheet }) => sheet.id === device)?.story ?? ''
    return (
      `${device.padEnd(16)} difference ${difference} Wh  readings ${said?.accepted ?? 0n}  records ${said?.records.size ?? 0}` +
      `  in [${of('import')}]  out [${of('export')}]${story === '' ? '' : `  (${story})`}`
    )
  })
  const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(1)
  const summary =
    `${days} days, ${month.heights} blocks: ${month.said} readings said, ${month.sent} sent by gateways, ` +
    `${month.forged} by a byzantine one; ${seconds(started, ran)} s on the chain, ` +
    `${seconds(ran, performance.now())} s to recompute`
  return {
    lines: [...lines, summary],
    differences: [...differences(ours, theirs), ...empty(month)],
  }
}

/** A month in which nothing happened would prove nothing. */
function empty({ members, said }: Month): string[] {
  return members.length === 0 || said === 0 ? ['no device said anything'] : []
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { days: { type: 'string', default: '30' }, dir: { type: 'string' } },
  })
  const dir = values.dir ?? mkdtempSync(join(tmpdir(), 'strom-month-'))
  const report = await monthReport(Number(values.days), dir)
  for (const line of [...report.lines, ...report.differences]) console.log(line)
  if (values.dir === undefined) rmSync(dir, { recursive: true })
  process.exitCode = report.differences.length === 0 ? 0 : 1
}

if (process.argv[1]?.endsWith('month.ts')) await main()
