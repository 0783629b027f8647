import type { Command } from 'commander'
import { QueryDeviceRequest, QueryDeviceResponse } from '../../proto/gen/strom/device/v1/query.ts'
import {
  QueryReadingsRequest,
  QueryReadingsResponse,
} from '../../proto/gen/strom/metering/v1/query.ts'
import { type StoredReading, Verdict } from '../../proto/gen/strom/metering/v1/state.ts'
import type { NodeClient } from '../client.ts'
import { leaf } from '../common.ts'
import { emit } from '../output.ts'
import { exampleText } from '../sample.ts'
import { table } from '../table.ts'
import { timeText } from './format.ts'
import { addNodeFlags, type NodeOptions, nodeOf } from './node-flags.ts'

/** A stretch without a reading at the interval boundaries: [from, to) in unix seconds. */
export interface Gap {
  readonly from: bigint
  readonly to: bigint
  /** Intervals of the device's own length that are missing. */
  readonly intervals: bigint
}

/** Gaps between accepted boundary readings, in order of time. */
export function gapsOf(readings: readonly StoredReading[], interval: bigint): Gap[] {
  const times = readings
    .filter(({ verdict, time }) => verdict === Verdict.VERDICT_ACCEPTED && time % interval === 0n)
    .map(({ time }) => time)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return times.flatMap((to, i) => {
    const from = times[i - 1]
    return from === undefined || to - from <= interval
      ? []
      : [{ from, to, intervals: (to - from) / interval }]
  })
}

/** `device gaps`: what the chain still stores is looked through, page by page. */
export function gapsCommand(at: string): Command {
  return addNodeFlags(leaf('gaps', 'stretches without a reading at the interval boundaries'))
    .argument('<device>')
    .addHelpText('after', () => exampleText([`strom ${at} gaps home-1-pv`]))
    .action(async (device: string, options: NodeOptions) => {
      const { client, height } = nodeOf(options)
      const answer = await client.query(
        '/strom.device.v1.Query/Device',
        QueryDeviceRequest,
        QueryDeviceResponse,
        { id: device },
        height,
      )
      const readings = await allReadings(client, device, height)
      const gaps = gapsOf(readings, BigInt(answer.device.intervalS))
      const rows = gaps.map(({ from, to, intervals }) => ({
        from: timeText(from.toString()),
        to: timeText(to.toString()),
        intervals: intervals.toString(),
      }))
      const none = `no gap among the ${readings.length} stored readings`
      emit({ device, gaps, readings: readings.length }, gaps.length === 0 ? none : table(rows))
    })
}

async function allReadings(
  client: NodeClient,
  device: string,
  height: bigint,
): Promise<StoredReading[]> {
  const readings: StoredReading[] = []
  for (let key: Uint8Array = new Uint8Array(0); ; ) {
    const pagination = { key, offset: 0n, limit: 500n, countTotal: false, reverse: false }
    const page = await client.query(
      '/strom.metering.v1.Query/Readings',
      QueryReadingsRequest,
      QueryReadingsResponse,
      { device, pagination },
      height,
    )
    readings.push(...page.readings)
    key = page.pagination?.nextKey ?? new Uint8Array(0)
    if (key.length === 0) return readings
  }
}
