import type { Command } from 'commander'
import {
  QueryDeviceStateRequest,
  QueryDeviceStateResponse,
} from '../../proto/gen/strom/metering/v1/query.ts'
import type { Account, DeviceState } from '../../proto/gen/strom/metering/v1/state.ts'
import type { NodeClient } from '../client.ts'
import { leaf } from '../common.ts'
import { EXIT } from '../errors.ts'
import { emit } from '../output.ts'
import { exampleText } from '../sample.ts'
import { timeText } from './format.ts'
import { addNodeFlags, type NodeOptions, nodeOf } from './node-flags.ts'
import { WITHHELD_WORDS } from './reasons.ts'

/** One register of a device with the sum that must come out. All Wh. */
export interface Balance {
  readonly credited_wh: bigint
  readonly withheld: readonly { readonly reason: string; readonly wh: bigint }[]
  readonly open_wh: bigint
  /** Credited, withheld and open together. */
  readonly sum_wh: bigint
  /** What the register itself counted: floor at the last accepted reading less floor at the opening one. */
  readonly register_from_wh: bigint
  readonly register_to_wh: bigint
  readonly register_wh: bigint
  readonly balanced: boolean
}

/** Adds an account up beside what the register counted from `from` to `to` (mWh, carried over). */
export function balanceOf(account: Account, from: bigint, to: bigint): Balance {
  const withheld = account.withheld.map(({ reason, wh }) => ({ reason, wh }))
  const sum =
    account.creditedWh + account.openWh + withheld.reduce((total, { wh }) => total + wh, 0n)
  const [start, end] = [from / 1000n, to / 1000n]
  return {
    credited_wh: account.creditedWh,
    withheld,
    open_wh: account.openWh,
    sum_wh: sum,
    register_from_wh: start,
    register_to_wh: end,
    register_wh: end - start,
    balanced: sum === end - start,
  }
}

/** A balance as lines that can be checked by hand. */
export function balanceText(name: string, balance: Balance): string {
  const rows: [string, bigint, string][] = [
    ['credited', balance.credited_wh, ''],
    ...balance.withheld.map(({ reason, wh }): [string, bigint, string] => [
      `withheld: ${reason}`,
      wh,
      WITHHELD_WORDS[reason] ?? '',
    ]),
    ['open', balance.open_wh, 'in the interval that no reading has closed yet'],
    ['sum', balance.sum_wh, ''],
  ]
  const width = Math.max(...rows.map(([title]) => title.length))
  const digits = Math.max(...rows.map(([, wh]) => wh.toString().length))
  const lines = rows.map(([title, wh, words]) =>
    `  ${title.padEnd(width)}  ${wh.toString().padStart(digits)} Wh  ${words}`.trimEnd(),
  )
  const { register_from_wh: from, register_to_wh: to, register_wh: wh } = balance
  const verdict = balance.balanced ? 'equal' : 'NOT EQUAL: please report this'
  return [`${name}:`, ...lines, `  register counted ${to} - ${from} = ${wh} Wh: ${verdict}`].join(
    '\n',
  )
}

/** The state of a device's registers. Throws exit 9 when it has not reported. */
export async function deviceState(
  client: NodeClient,
  device: string,
  height: bigint,
): Promise<DeviceState> {
  const request = QueryDeviceStateRequest.create({ device })
  const path = '/strom.metering.v1.Query/DeviceState'
  const answer = await client.query(
    path,
    QueryDeviceStateRequest,
    QueryDeviceStateResponse,
    request,
    height,
  )
  return answer.state
}

/** `query metering account`. */
export function accountCommand(at: string): Command {
  return addNodeFlags(leaf('account', 'what became of every watt-hour a device metered, adding up'))
    .argument('<device>')
    .addHelpText('after', () => exampleText([`strom ${at} account home-1-pv`]))
    .action(async (device: string, options: NodeOptions) => {
      const { client, height } = nodeOf(options)
      const state = await deviceState(client, device, height)
      const { opening, settled } = state
      const imported = balanceOf(
        state.import,
        opening?.totalImportMwh ?? 0n,
        settled?.totalImportMwh ?? 0n,
      )
      const exported = balanceOf(
        state.export,
        opening?.totalExportMwh ?? 0n,
        settled?.totalExportMwh ?? 0n,
      )
      const from = timeText((opening?.time ?? 0n).toString())
      const to = timeText((settled?.time ?? 0n).toString())
      const head =
        opening === undefined
          ? `${device}: no reading is judged yet, ${state.pending} wait`
          : `${device}: from ${from} to ${to}, ${state.pending} readings wait`
      const debt = state.debtWh === 0n ? [] : [`owed for wrong records: ${state.debtWh} Wh`]
      emit(
        { device, opening, settled, import: imported, export: exported, debt_wh: state.debtWh },
        [head, balanceText('import', imported), balanceText('export', exported), ...debt].join(
          '\n',
        ),
      )
      if (!imported.balanced || !exported.balanced) process.exitCode = EXIT.other
    })
}
