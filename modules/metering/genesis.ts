import type { JsonValue } from '../../proto/codec.ts'
import { GenesisState } from '../../proto/gen/strom/metering/v1/genesis.ts'
import { ChallengeStatus, Sweep, Totals } from '../../proto/gen/strom/metering/v1/state.ts'
import { compareBytes } from '../kit/bytes.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'
import { max } from '../kit/math.ts'
import type { GenesisDef } from '../kit/module.ts'
import { balanceProblem } from './account.ts'
import { meteringErrors } from './errors.ts'
import { deviceLedger, unattributed } from './ledger.ts'
import { checkParams, defaultParams } from './params.ts'
import { REASONS, WITHHELD } from './reasons.ts'
import { state } from './state.ts'
import { totalsOf } from './tally.ts'

/** Genesis of metering: states, readings, ledgers, disputes and totals, every list in key order. */
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
    for (const row of found.declarations) {
      state.declarations.set(ctx, [row.device, row.context, row.openingSeq], row)
    }
    initDisputes(ctx, found)
    for (const row of found.gatewayDays) state.gatewayDays.set(ctx, [row.gateway, row.day], row)
    if (Sweep.encode(found.sweep).length > 0) state.sweep.set(ctx, found.sweep)
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
      declarations: Array.from(state.declarations.entries(ctx), ([, row]) => row),
      challenges: Array.from(state.challenges.entries(ctx), ([, row]) => row),
      corrections: Array.from(state.corrections.entries(ctx), ([, row]) => row),
      gatewayDays: Array.from(state.gatewayDays.entries(ctx), ([, row]) => row),
      sweep: state.sweep.get(ctx) ?? Sweep.create(),
      equivocations: Array.from(state.equivocations.entries(ctx), ([, row]) => row),
    })
  },
}

/** Numbers go on behind the highest that is there. */
function initDisputes(ctx: BlockContext, found: GenesisState): void {
  let [challenge, correction] = [0n, 0n]
  for (const row of found.challenges) {
    state.challenges.set(ctx, row.id, row)
    challenge = max(challenge, row.id)
    if (row.status === ChallengeStatus.CHALLENGE_STATUS_OPEN) {
      state.deadlines.add(ctx, [row.deadline, row.id])
    }
  }
  for (const row of found.corrections) {
    state.corrections.set(ctx, [row.device, row.id], row)
    correction = max(correction, row.id)
  }
  if (challenge > 0n) state.challengeIds.set(ctx, challenge + 1n)
  if (correction > 0n) state.correctionIds.set(ctx, correction + 1n)
  for (const row of found.equivocations) {
    state.equivocations.set(ctx, [row.device, row.context, row.seq], row)
  }
}

function check(found: GenesisState): void {
  checkParams(found.params)
  ascending('states', found.states, (row) => state.states.rawKey([row.device, row.context]))
  ascending('readings', found.readings, (row) =>
    state.readings.rawKey([row.device, row.context, row.seq]),
  )
  ascending('refusals', found.refusals, (row) => state.refusals.rawKey([row.device, row.index]))
  ascending('unattributed', found.unattributed, (row) => state.unattributed.rawKey(row.index))
  for (const row of found.states) {
    const broken = balanceProblem(row)
    if (broken !== undefined) throw meteringErrors.invalidGenesis(broken)
  }
  for (const row of found.readings) {
    identified('reading', row)
    if (row.reason !== '') known(row.reason)
  }
  for (const row of [...found.refusals, ...found.unattributed]) {
    identified('refusal', row)
    known(row.reason)
  }
  for (const row of found.totals.refusedByReason) known(row.reason)
  owned(found)
}

/** There is no reading without the state of its device: the handlers rely on it. */
function owned({ states, readings }: GenesisState): void {
  const known = new Set(states.map((row) => `${row.device}/${row.context}`))
  const stray = readings.find((row) => !known.has(`${row.device}/${row.context}`))
  if (stray !== undefined) {
    throw meteringErrors.invalidGenesis(`reading ${stray.device} ${stray.seq} has no state`)
  }
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
  if (![...REASONS, ...WITHHELD].some((one) => one === reason)) {
    throw meteringErrors.invalidGenesis(`reason "${reason}" is unknown`)
  }
}
