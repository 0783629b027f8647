import { GenesisState } from '../../proto/gen/strom/fleet/v1/genesis.ts'
import { type Batch, BatchStatus, Totals } from '../../proto/gen/strom/fleet/v1/state.ts'
import type { AuthApi } from '../auth/api.ts'
import { fromBech32 } from '../kit/address.ts'
import { compareBytes } from '../kit/bytes.ts'
import type { GenesisDef } from '../kit/module.ts'
import { chunkBytes } from './bitmap.ts'
import { fleetErrors } from './errors.ts'
import { booksProblem } from './invariants.ts'
import { ACCOUNT } from './needs.ts'
import { checkParams, defaultParams } from './params.ts'
import { addBatch, addDemand, state, totalsOf } from './state.ts'

/** Genesis of fleet: batches, bitmaps and demands in key order; queues and indexes follow from them. */
export function genesis(auth: AuthApi): GenesisDef {
  return {
    defaults: () => GenesisState.toJson(GenesisState.create({ params: defaultParams() })),
    validate: (json) => check(GenesisState.fromJson(json)),
    init(ctx, json) {
      const found = GenesisState.fromJson(json)
      auth.ensureModuleAccount(ctx, ACCOUNT)
      state.params.set(ctx, found.params)
      for (const batch of found.batches) addBatch(ctx, batch)
      for (const row of found.entered) {
        state.entered.set(ctx, [row.batch, BigInt(row.chunk)], row)
      }
      for (const demand of found.demands) addDemand(ctx, demand)
      if (found.nextBatch > 0n) state.nextBatch.set(ctx, found.nextBatch)
      if (found.totals.batches > 0n) state.totals.set(ctx, found.totals)
      return undefined
    },
    export(ctx) {
      const next = state.nextBatch.peek(ctx)
      return GenesisState.toJson({
        params: state.params.must(ctx),
        batches: Array.from(state.batches.entries(ctx), ([, row]) => row),
        entered: Array.from(state.entered.entries(ctx), ([, row]) => row),
        demands: Array.from(state.demands.entries(ctx), ([, row]) => row),
        totals: totalsOf(ctx),
        nextBatch: next === 1n ? 0n : next,
      })
    },
  }
}

function check(found: GenesisState): void {
  checkParams(found.params)
  ascending('batches', found.batches, (row) => state.batches.rawKey(row.id))
  ascending('entered', found.entered, (row) => state.entered.rawKey([row.batch, BigInt(row.chunk)]))
  ascending('demands', found.demands, (row) => state.demands.rawKey([row.batch, BigInt(row.index)]))
  const byId = new Map(found.batches.map((batch) => [batch.id, batch]))
  const stated = new Set<string>()
  for (const batch of found.batches) {
    checkBatch(batch, found.nextBatch)
    const key = `${batch.gateway} ${batch.tick} ${batch.part}`
    if (stated.has(key)) throw fleetErrors.invalidGenesis(`batch ${batch.id} repeats ${key}`)
    stated.add(key)
  }
  for (const row of found.entered) {
    const batch = byId.get(row.batch)
    if (row.bits.length > 0 && row.bits.length === chunkBytes(batch?.count ?? 0, row.chunk))
      continue
    throw fleetErrors.invalidGenesis(`entered ${row.batch} ${row.chunk} is no piece of a batch`)
  }
  for (const demand of found.demands) fromBech32(demand.demander)
  const broken = booksProblem(found.totals)
  if (broken !== undefined) throw fleetErrors.invalidGenesis(`totals: ${broken}`)
  if (found.totals.batches === 0n && Totals.encode(found.totals).length > NO_TOTALS) {
    throw fleetErrors.invalidGenesis('totals of no batch are not empty')
  }
}

/** Bytes of totals in which nothing stands. */
const NO_TOTALS = Totals.encode(Totals.create()).length

function checkBatch(batch: Batch, next: bigint): void {
  fromBech32(batch.gateway)
  const broken = booksProblem(batch)
  if (broken !== undefined) throw fleetErrors.invalidGenesis(`batch ${batch.id}: ${broken}`)
  const known = [BatchStatus.BATCH_STATUS_ESCROW, BatchStatus.BATCH_STATUS_VOID]
  const status = known.some((one) => one === batch.status)
  if (status && batch.id > 0n && batch.id < next && batch.root.length === 32) return
  throw fleetErrors.invalidGenesis(
    `batch ${batch.id} below ${next}: status ${batch.status}, root of ${batch.root.length} bytes`,
  )
}

function ascending<T>(name: string, rows: readonly T[], key: (row: T) => Uint8Array): void {
  rows.forEach((row, i) => {
    const before = rows[i - 1]
    if (before !== undefined && compareBytes(key(before), key(row)) >= 0) {
      throw fleetErrors.invalidGenesis(`${name}: entry ${i} is out of order or repeats`)
    }
  })
}
