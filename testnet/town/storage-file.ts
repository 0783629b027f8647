import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import type { BlockAnchor } from '../../cli/gateway/device-signer.ts'
import { formatMoment } from './axis.ts'
import { readCsv } from './csv.ts'
import { formatScaled } from './decimal.ts'
import type { RegisterSeries } from './dispatch-file.ts'
import { readDispatchCsv } from './dispatch-file.ts'
import { Problems } from './problems.ts'
import type { TownDevice, TownReading } from './town.ts'

const HEADER =
  'utc_timestamp,device,kind,site,interval_s,import_kwh,export_kwh,soc_kwh,seq,anchor_height,anchor_hash,asked_wh'

/** One signed message of a storage device. */
export interface StorageRow {
  readonly device: TownDevice
  readonly seq: bigint
  readonly reading: TownReading
  readonly anchor?: BlockAnchor
  /** What a challenge asked for over the challenge that this tick ended or was part of, Wh. */
  readonly askedWh?: bigint
}

/**
 * The registers that validators' storage signed, with the blocks named in them and the challenges they answered, as a file
 * that grows. A dispatch file with four more columns: `readDispatchCsv` reads it too.
 */
export class StorageBook {
  readonly file: string
  /** By device, in order of number: the row of number n stands at n - 1. */
  readonly rows = new Map<string, StorageRow[]>()

  /** Opens or makes the file; a last line that was not written whole is dropped. Throws TownError for any other. */
  constructor(file: string, devices: readonly TownDevice[]) {
    this.file = file
    for (const { id } of devices) this.rows.set(id, [])
    if (!existsSync(file)) writeFileSync(file, `${HEADER}\n`)
    const bytes = readFileSync(file)
    const whole = bytes.lastIndexOf('\n') + 1
    if (whole < bytes.length) truncateSync(file, whole)
    this.#read(bytes.subarray(0, whole).toString('utf8'), devices)
  }

  /** Adds rows in the order they were signed. */
  append(rows: readonly StorageRow[]): void {
    if (rows.length === 0) return
    appendFileSync(this.file, `${rows.map(line).join('\n')}\n`)
    for (const row of rows) this.of(row.device.id).push(row)
  }

  /** The rows of one device. */
  of(device: string): StorageRow[] {
    const rows = this.rows.get(device)
    if (rows === undefined) throw new Error(`${this.file} is for other devices than ${device}`)
    return rows
  }

  #read(text: string, devices: readonly TownDevice[]): void {
    const problems = new Problems()
    const series = new Map<string, RegisterSeries>(
      readDispatchCsv(this.file, text).map((one) => [one.id, one]),
    )
    for (const row of readCsv(this.file, text, problems).rows) {
      const device = devices.find(({ id }) => id === row.cell('device'))
      const rows = this.rows.get(row.cell('device'))
      const seq = BigInt(rows?.length ?? 0) + 1n
      const reading = series.get(row.cell('device'))?.readings[Number(seq) - 1]
      if (device === undefined || reading === undefined || row.cell('seq') !== seq.toString()) {
        problems.add(this.file, row.line, 'is not the next row of a storage device of this town')
        continue
      }
      const [height, asked] = [row.cell('anchor_height'), row.cell('asked_wh')]
      const anchor = { height: BigInt(height), hash: row.cell('anchor_hash') }
      rows?.push({
        device,
        seq,
        reading,
        ...(height === '' ? {} : { anchor }),
        ...(asked === '' ? {} : { askedWh: BigInt(asked) }),
      })
    }
    problems.refuse(`cannot use the storage file ${this.file}:`)
  }
}

function line({ device, seq, reading, anchor, askedWh }: StorageRow): string {
  const { time, importMwh, exportMwh, socMwh } = reading
  return [
    formatMoment(time),
    device.id,
    device.kind,
    device.site,
    device.intervalS,
    formatScaled(importMwh, 6),
    formatScaled(exportMwh, 6),
    socMwh === undefined ? '' : formatScaled(socMwh, 6),
    seq,
    anchor?.height ?? '',
    anchor?.hash ?? '',
    askedWh ?? '',
  ].join(',')
}
