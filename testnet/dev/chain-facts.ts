import { field, type RpcClient } from '../../cli/gateway/rpc-client.ts'
import type { Codec } from '../../proto/codec.ts'
import {
  QuerySummaryRequest as CertificateSummaryRequest,
  QuerySummaryResponse as CertificateSummaryResponse,
} from '../../proto/gen/strom/certificate/v1/query.ts'
import { Kind } from '../../proto/gen/strom/device/v1/state.ts'
import {
  QueryDeviceStatesRequest,
  QueryDeviceStatesResponse,
  QuerySummaryRequest,
  QuerySummaryResponse,
} from '../../proto/gen/strom/metering/v1/query.ts'
import type { DeviceState, KindTotals, Totals } from '../../proto/gen/strom/metering/v1/state.ts'
import type { EnergyWh } from '../town/recompute.ts'

/** What the chain says at one height. */
export interface ChainFacts {
  readonly accepted: bigint
  readonly refused: bigint
  /** Readings that wait for the close of their window. */
  readonly pending: bigint
  readonly refusedByReason: Readonly<Record<string, bigint>>
  readonly energy: EnergyWh
  readonly issuedWh: bigint
  readonly ranges: bigint
}

/** Reads totals of metering and certificates at `height` (0 = latest). Throws when the node does not answer. */
export async function chainFacts(rpc: RpcClient, height: bigint): Promise<ChainFacts> {
  const metering = await queryAt(
    rpc,
    '/strom.metering.v1.Query/Summary',
    QuerySummaryRequest,
    {},
    QuerySummaryResponse,
    height,
  )
  const certificate = await queryAt(
    rpc,
    '/strom.certificate.v1.Query/Summary',
    CertificateSummaryRequest,
    {},
    CertificateSummaryResponse,
    height,
  )
  const { totals } = metering
  return {
    accepted: totals.accepted,
    refused: totals.refused,
    pending: totals.pending,
    refusedByReason: Object.fromEntries(
      totals.refusedByReason.map(({ reason, count }) => [reason, count]),
    ),
    energy: energyOf(totals),
    issuedWh: certificate.totals.issuedWh,
    ranges: certificate.totals.ranges,
  }
}

/** The states of all devices at `height` (0 = latest), by id. */
export async function deviceStates(
  rpc: RpcClient,
  height: bigint,
): Promise<Map<string, DeviceState>> {
  const states = new Map<string, DeviceState>()
  let key: Uint8Array = new Uint8Array()
  do {
    const pagination = { key, offset: 0n, limit: 1000n, countTotal: false, reverse: false }
    const answer: QueryDeviceStatesResponse = await queryAt(
      rpc,
      '/strom.metering.v1.Query/DeviceStates',
      QueryDeviceStatesRequest,
      { pagination },
      QueryDeviceStatesResponse,
      height,
    )
    for (const state of answer.states) states.set(state.device, state)
    key = answer.pagination?.nextKey ?? new Uint8Array()
  } while (key.length > 0)
  return states
}

/** The town's metered energies from the totals by kind of device: what is credited, withheld and open together. */
function energyOf(totals: Totals): EnergyWh {
  const sum = (pick: (of: KindTotals) => bigint, ...kinds: readonly number[]): bigint =>
    totals.byKind.reduce((all, one) => (kinds.includes(one.kind) ? all + pick(one) : all), 0n)
  const imported = (of: KindTotals): bigint => of.importWh + of.withheldImportWh + of.openImportWh
  const exported = (of: KindTotals): bigint => of.exportWh + of.withheldExportWh + of.openExportWh
  const stored = sum((of) => of.storedWh, Kind.KIND_BESS)
  return {
    imported: sum(imported, Kind.KIND_METER),
    exported: sum(exported, Kind.KIND_METER),
    produced: sum(exported, Kind.KIND_PV, Kind.KIND_WIND),
    consumed: sum(imported, Kind.KIND_LOAD, Kind.KIND_EVSE),
    stored,
    lost: sum(imported, Kind.KIND_BESS) - sum(exported, Kind.KIND_BESS) - stored,
  }
}

/** A query of the state at `height`. Throws when the node refuses it. */
export async function queryAt<Q, A>(
  rpc: RpcClient,
  path: string,
  request: Codec<Q>,
  message: Q,
  response: Codec<A>,
  height: bigint,
): Promise<A> {
  const answer = await rpc.call('abci_query', {
    path,
    data: Buffer.from(request.encode(message)).toString('hex'),
    height: height.toString(),
    prove: false,
  })
  const inner = field(answer, 'response')
  const code = Number(field(inner, 'code') ?? 0)
  if (code !== 0) throw new Error(`${path} at height ${height}: ${String(field(inner, 'log'))}`)
  return response.decode(Buffer.from(String(field(inner, 'value') ?? ''), 'base64'))
}

/** Header app hash at `height` (the state after height-1), upper-case hex. */
export async function headerAppHash(rpc: RpcClient, height: bigint): Promise<string> {
  const answer = await rpc.call('header', { height: height.toString() })
  return String(field(field(answer, 'header'), 'app_hash'))
}

/** How many validators signed the last height whose commit is final, of how many. */
export async function signers(
  rpc: RpcClient,
  latest: bigint,
): Promise<{ signed: number; total: number }> {
  // The latest height's commit is still the bare quorum; late precommits enter with the next block.
  const height = latest > 1n ? latest - 1n : latest
  const answer = await rpc.call('commit', { height: height.toString() })
  const signatures = field(field(field(answer, 'signed_header'), 'commit'), 'signatures')
  const list = Array.isArray(signatures) ? signatures : []
  return {
    signed: list.filter((one) => field(one, 'block_id_flag') === 2).length,
    total: list.length,
  }
}
