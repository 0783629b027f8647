import { createReadStream, existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { createInterface } from 'node:readline'
import { readTime } from './clock.ts'
import type { Sample, Source, SourceKind, SourceSink } from './contract.ts'
import { isField, sampleOfFields } from './fields.ts'
import { foreignClass, Settings } from './settings.ts'

const LONGEST_PAUSE_MS = 1_000

/** Replays a file with the columns device, time and values with their unit (`import_kwh`, `export_wh`, `soc_mwh` …). */
export const csvSource: SourceKind = {
  kind: 'csv',
  create(table, where) {
    const settings = new Settings(table, where)
    settings.text('kind')
    const name = settings.text('name')
    const trustClass = foreignClass(settings)
    const file = settings.text('file')
    if (!isAbsolute(file) || !existsSync(file)) settings.fail('file', `${file} cannot be read`)
    const devices = settings.texts('devices')
    const speed = settings.whole('speed', { min: 0, max: 1_000_000, fallback: 0 })
    settings.done()
    return new CsvSource(name, trustClass, { file, devices, speed })
  },
}

interface CsvPlan {
  readonly file: string
  readonly devices: readonly string[]
  /** Recorded seconds a second; 0 as fast as the queue takes them. */
  readonly speed: number
}

class CsvSource implements Source {
  readonly kind = 'csv'
  readonly name: string
  readonly trustClass: Source['trustClass']
  readonly devices: readonly string[]
  readonly #plan: CsvPlan
  #stopping = false
  #run: Promise<void> = Promise.resolve()

  constructor(name: string, trustClass: Source['trustClass'], plan: CsvPlan) {
    this.name = name
    this.trustClass = trustClass
    this.devices = plan.devices
    this.#plan = plan
  }

  async start(sink: SourceSink): Promise<void> {
    this.#run = this.#replay(sink).catch((error) => sink.warn(`${this.name}: ${String(error)}`))
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#run
  }

  async #replay(sink: SourceSink): Promise<void> {
    const lines = createInterface({
      input: createReadStream(this.#plan.file, 'utf8'),
      crlfDelay: Number.POSITIVE_INFINITY,
    })
    let columns: readonly string[] | undefined
    let number = 0
    let begin: { time: bigint; at: number } | undefined
    for await (const line of lines) {
      if (this.#stopping) break
      number += 1
      if (line.trim() === '') continue
      const cells = splitLine(line)
      if (columns === undefined) {
        columns = header(cells)
        continue
      }
      const row = this.#row(columns, cells)
      if (row === undefined) continue
      if ('problem' in row) {
        sink.warn(`${this.name}: line ${number}: ${row.problem}; left out`)
        continue
      }
      begin ??= { time: row.time, at: performance.now() }
      await this.#pace(row.time - begin.time, begin.at)
      await this.#deliver(sink, row)
    }
  }

  /** A recording does not come again: what the gateway cannot take now is offered until it can. */
  async #deliver(sink: SourceSink, sample: Sample): Promise<void> {
    while (!this.#stopping) {
      try {
        return await sink.sample(sample)
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        sink.warn(`${this.name}, ${sample.device}: ${why}; trying again`)
        await new Promise((resolve) => setTimeout(resolve, LONGEST_PAUSE_MS))
      }
    }
  }

  #row(
    columns: readonly string[],
    cells: readonly string[],
  ): Sample | { readonly problem: string } | undefined {
    const cell = (name: string): string => cells[columns.indexOf(name)] ?? ''
    const device = columns.includes('device') ? cell('device') : (this.devices[0] ?? '')
    if (!this.devices.includes(device)) return undefined
    const text = cell('time')
    const form = /^\d+(\.\d+)?$/.test(text) ? 'unix' : 'iso'
    const time = readTime(text, form, 0n)
    if (time === undefined)
      return { problem: `time ${text} is neither unix seconds nor an ISO time with its zone` }
    const fields = columns
      .map((name, i) => [name, cells[i] ?? ''] as const)
      .filter(([name, value]) => isField(name) && value !== '')
    return sampleOfFields(device, { time, receivedAt: time }, fields)
  }

  async #pace(elapsed: bigint, startedAt: number): Promise<void> {
    if (this.#plan.speed === 0) return
    const due = startedAt + (Number(elapsed) * 1_000) / this.#plan.speed
    while (!this.#stopping) {
      const left = due - performance.now()
      if (left <= 0) return
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, LONGEST_PAUSE_MS)))
    }
  }
}

/** Cells of a line, divided by commas or semicolons; a cell may stand in double quotes. */
export function splitLine(line: string): string[] {
  const cells: string[] = []
  const cell = /\s*(?:"((?:[^"]|"")*)"|([^,;]*?))\s*(?:[,;]|$)/y
  while (cell.lastIndex < line.length) {
    const match = cell.exec(line)
    if (match === null) return line.split(/[,;]/)
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
  }
  return cells
}

function header(cells: readonly string[]): string[] {
  const columns = cells.map((one) => one.trim().toLowerCase())
  if (!columns.includes('time')) throw new Error('the first line names no column time')
  const unknown = columns.find((one) => one !== 'device' && one !== 'time' && !isField(one))
  if (unknown !== undefined)
    throw new Error(`column ${unknown} has no known name and unit, such as import_kwh or export_wh`)
  return columns
}
