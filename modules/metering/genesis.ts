import type { JsonValue } from '../../proto/codec.ts'
import { GenesisState } from '../../proto/gen/strom/metering/v1/genesis.ts'
import { type StoredReading, Totals } from '../../proto/gen/strom/metering/v1/state.ts'
import { compareBytes } from '../kit/bytes.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'
import type { GenesisDef } from '../kit/module.ts'
import { meteringErrors } from './errors.ts'
import { deviceLedger, unattributed } from './ledger.ts'
import { checkParams, defaultParams } from './params.ts'
import { REASONS } from './reasons.ts'
import { state } from './state.ts'
import { totalsOf } from './tally.ts'

/** Genesis of metering: states, settled readings, ledgers and totals, every list in key order. */
export const genesis: GenesisDef = {
  defaults: () => GenesisState.toJson(GenesisState.create({ params: defaultParams() })),
  validate(json) {
    check(GenesisState.fromJson(json))
  },
  init(ctx: BlockContext, json: JsonValue) {
    const found = GenesisState.fromJson(json)
    state.params.set(ctx, found.params)
    for (const row of found.states) state.states.set(ctx, [row.device, row.context], row)
    for (const row of found.readings) {
      state.readings.set(ctx, [row.device, row.context, row.seq], row)
    }
    for (const row of found.refusals) deviceLedger(row.device).put(ctx, row)
    for (const row of found.unattributed) unattributed.put(ctx, row)
    if (Totals.encode(found.totals).length > 0) state.totals.set(ctx, found.totals)
    return undefined
  },
  export(ctx: ReadContext) {
    return GenesisState.toJson({
      params: state.params.must(ctx),
      states: Array.from(state.states.entries(ctx), ([, row]) => row),
      readings: Array.from(state.readings.entries(ctx), ([, row]) => row),
      refusals: Array.from(state.refusals.entries(ctx), ([, row]) => row),
      totals: totalsOf(ctx),
      unattributed: Array.from(state.unattributed.entries(ctx), ([, row]) => row),
    })
  },
}

function check(found: GenesisState): void {
  checkParams(found.params)
  ascending('states', found.states, (row) => state.states.rawKey([row.device, row.context]))
  ascending('readings', found.readings, (row) =>
    state.readings.rawKey([row.device, row.context, row.seq]),
  )
  ascending('refusals', found.refusals, (row) => state.refusals.rawKey([row.device, row.index]))
  ascending('unattributed', found.unattributed, (row) => state.unattributed.rawKey(row.index))
  for (const row of found.readings) {
    identified('reading', row)
    if (row.reason !== '') known(row.reason)
  }
  for (const row of [...found.refusals, ...found.unattributed]) {
    identified('refusal', row)
    known(row.reason)
  }
  for (const row of found.totals.refusedByReason) known(row.reason)
  settled(found)
}

/** Each state has its readings 1 to last_seq, and there are no others: the handlers rely on it. */
function settled({ states, readings }: GenesisState): void {
  let at = 0
  for (const state of states) {
    let seq = 0n
    for (let row = readings[at]; isOf(row, state); row = readings[at]) {
      seq += 1n
      if (row.seq !== seq) {
        throw meteringErrors.invalidGenesis(`readings: ${row.device} ${seq} is missing`)
      }
      at += 1
    }
    if (seq !== state.lastSeq) {
      const detail = `${state.device}: last_seq ${state.lastSeq} with ${seq} readings`
      throw meteringErrors.invalidGenesis(detail)
    }
  }
  const stray = readings[at]
  if (stray !== undefined) {
    throw meteringErrors.invalidGenesis(`reading ${stray.device} ${stray.seq} has no state`)
  }
}

function isOf(
  row: StoredReading | undefined,
  state: { readonly device: string; readonly context: string },
): row is StoredReading {
  return row !== undefined && row.device === state.device && row.context === state.context
}

function ascending<T>(name: string, rows: readonly T[], key: (row: T) => Uint8Array): void {
  rows.forEach((row, i) => {
    const before = rows[i - 1]
    if (before !== undefined && compareBytes(key(before), key(row)) >= 0) {
      throw meteringErrors.invalidGenesis(`${name}: entry ${i} is out of order or repeats`)
    }
  })
}

function identified(
  name: string,
  row: { readonly device: string; readonly seq: bigint; readonly identity: Uint8Array },
): void {
  if (row.identity.length !== 32) {
    throw meteringErrors.invalidGenesis(`${name} ${row.device} ${row.seq}: identity is no hash`)
  }
}

function known(reason: string): void {
  if (!REASONS.some((one) => one === reason)) {
    throw meteringErrors.invalidGenesis(`reason "${reason}" is unknown`)
  }
}
