import type { JsonValue } from '../../proto/codec.ts'
import { GenesisState } from '../../proto/gen/strom/certificate/v1/genesis.ts'
import { RangeStatus, Totals } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { Table } from '../kit/collections.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'
import type { GenesisDef } from '../kit/module.ts'
import { certificateErrors } from './errors.ts'
import { checkGenesis } from './genesis-check.ts'
import { invariants } from './invariants.ts'
import { defaultParams } from './params.ts'
import { putRange } from './ranges.ts'
import { state } from './state.ts'
import { isSettled, keyOf } from './storage-records.ts'
import { totalsOf } from './totals.ts'

/** Genesis of certificates: every table in key order; lists by holder, time and beneficiary are made again from them. */
export const genesis: GenesisDef = {
  defaults: () => GenesisState.toJson(GenesisState.create({ params: defaultParams() })),
  validate(json) {
    checkGenesis(GenesisState.fromJson(json))
  },
  init(ctx: BlockContext, json: JsonValue) {
    const content = GenesisState.fromJson(json)
    state.params.set(ctx, content.params)
    for (const row of content.certificates) {
      state.certificates.set(ctx, [row.device, row.intervalStart, row.part], row)
    }
    for (const range of content.ranges) putRange(ctx, range)
    if (Totals.encode(content.totals).length > 0) state.totals.set(ctx, content.totals)
    initUses(ctx, content)
    initStorage(ctx, content)
    initCarbon(ctx, content)
    for (const row of content.residual) {
      state.residual.set(ctx, [row.zone, row.month, row.source], row)
    }
    for (const row of content.expirySweeps) {
      state.sweeps.set(ctx, row.device, row)
      state.expiries.set(ctx, [row.due, row.device], true)
    }
    for (const law of invariants) {
      const broken = law.check(ctx)
      if (broken !== undefined) throw certificateErrors.invalidGenesis(`${law.name}: ${broken}`)
    }
    return undefined
  },
  export(ctx: ReadContext) {
    return GenesisState.toJson({
      params: state.params.must(ctx),
      certificates: values(ctx, state.certificates),
      ranges: values(ctx, state.ranges),
      totals: totalsOf(ctx),
      consumptions: values(ctx, state.consumptions),
      claims: values(ctx, state.claims),
      storageRecords: values(ctx, state.storage),
      lots: values(ctx, state.lots),
      releases: values(ctx, state.releases),
      storageSheets: values(ctx, state.sheets),
      residual: values(ctx, state.residual),
      carbonBatches: values(ctx, state.carbon),
      carbonHoldings: values(ctx, state.carbonHoldings),
      carbonRetirements: values(ctx, state.retirements),
      expirySweeps: values(ctx, state.sweeps),
    })
  },
}

function initUses(ctx: BlockContext, content: GenesisState): void {
  for (const row of content.consumptions) {
    state.consumptions.set(ctx, [row.device, row.intervalStart], row)
    state.consumers.set(ctx, [row.owner, row.device], true)
  }
  for (const claim of content.claims) {
    state.claims.set(ctx, claim.id, claim)
    if (claim.status !== RangeStatus.RANGE_STATUS_CLAIMED) continue
    state.claimsBy.set(ctx, [claim.beneficiary, claim.id], true)
    state.claimsAt.set(ctx, [claim.owner, claim.intervalStart, claim.id], true)
  }
}

function initStorage(ctx: BlockContext, content: GenesisState): void {
  for (const row of content.storageRecords) {
    state.storage.set(ctx, keyOf(row), row)
    if (!isSettled(row)) state.bookings.set(ctx, [row.due, keyOf(row)], true)
  }
  for (const row of content.lots) state.lots.set(ctx, row.id, row)
  for (const row of content.releases) state.releases.set(ctx, [row.lot, row.dischargeStart], row)
  for (const row of content.storageSheets) state.sheets.set(ctx, row.device, row)
}

function initCarbon(ctx: BlockContext, content: GenesisState): void {
  for (const row of content.carbonBatches) state.carbon.set(ctx, row.id, row)
  for (const row of content.carbonHoldings) {
    state.carbonHoldings.set(ctx, [row.owner, row.batch], row)
  }
  for (const row of content.carbonRetirements) state.retirements.set(ctx, row.id, row)
}

function values<K, V>(ctx: ReadContext, table: Table<K, V>): V[] {
  return Array.from(table.entries(ctx), ([, value]) => value)
}
