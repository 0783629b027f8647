import type { Account, DeviceState } from '../../proto/gen/strom/metering/v1/state.ts'
import type { EnergyWh, Recomputation, RegisterStatement } from '../town/recompute.ts'
import { formatSiteBalances, type SiteBalance } from '../town/site-balance.ts'
import type { ChainFacts } from './chain-facts.ts'
import type { OperatorFacts } from './operator-facts.ts'
import { operatorsJson, operatorsText } from './operator-statement.ts'
import { table } from './table.ts'

/** Everything a finished run can say. */
export interface Statement {
  readonly chainId: string
  readonly height: bigint
  readonly validators: number
  readonly appHash: string
  readonly facts: ChainFacts
  readonly states: ReadonlyMap<string, DeviceState>
  readonly recomputed: Recomputation
  readonly balances: readonly SiteBalance[]
  /** Validators with storage, in their order. */
  readonly operators: readonly OperatorFacts[]
  readonly seconds: number
  /** Why the run is not in order; empty when it is. */
  readonly faults: readonly string[]
}

const ENERGIES = ['imported', 'exported', 'produced', 'consumed', 'stored', 'lost'] as const

/**
 * What the chain credited and certified minus the recomputation, in Wh: the sum of the absolute differences of every
 * energy and of every device, so that two errors never cancel.
 */
export function differenceWh(
  facts: ChainFacts,
  states: ReadonlyMap<string, DeviceState>,
  recomputed: Recomputation,
): bigint {
  let difference = size(facts.issuedWh - recomputed.certificates.issuedWh)
  for (const name of ENERGIES) difference += size(facts.energy[name] - recomputed.energyWh[name])
  for (const device of recomputed.devices) {
    const state = states.get(device.device)
    difference += accountDifference(state?.import, device.import)
    difference += accountDifference(state?.export, device.export)
  }
  return difference
}

/** Credited, open and every reason on its own. */
function accountDifference(account: Account | undefined, expected: RegisterStatement): bigint {
  const withheld = new Map(account?.withheld.map(({ reason, wh }) => [reason, wh]))
  let difference = size((account?.creditedWh ?? 0n) - expected.creditedWh)
  difference += size((account?.openWh ?? 0n) - expected.openWh)
  for (const [reason, wh] of expected.withheldWh) {
    difference += size((withheld.get(reason) ?? 0n) - wh)
    withheld.delete(reason)
  }
  for (const wh of withheld.values()) difference += wh
  return difference
}

/** The statement as the one JSON object of `-o json`. */
export function statementJson(statement: Statement): object {
  const { facts } = statement
  const difference = differenceWh(facts, statement.states, statement.recomputed)
  return {
    chain_id: statement.chainId,
    height: statement.height.toString(),
    validators: statement.validators,
    app_hash: statement.appHash,
    readings: {
      accepted: facts.accepted.toString(),
      refused: facts.refused.toString(),
      refused_by_reason: Object.fromEntries(
        Object.entries(facts.refusedByReason).map(([reason, count]) => [reason, count.toString()]),
      ),
    },
    energy_wh: energyJson(facts.energy),
    certificates: { issued_wh: facts.issuedWh.toString(), ranges: facts.ranges.toString() },
    conservation: { ok: statement.faults.length === 0, difference_wh: Number(difference) },
    ...(statement.operators.length === 0 ? {} : { operators: operatorsJson(statement.operators) }),
    seconds: statement.seconds,
  }
}

function energyJson(energy: EnergyWh): object {
  return Object.fromEntries(ENERGIES.map((name) => [name, energy[name].toString()]))
}

/** The statement for people: per device, for the town, then what was checked. */
export function statementText(statement: Statement): string {
  const { facts, recomputed, states } = statement
  const rows = recomputed.devices.map((device) => {
    const state = states.get(device.device)
    return [
      device.device,
      device.kind,
      (state?.accepted ?? 0n).toString(),
      (state?.refused ?? 0n).toString(),
      (state?.import?.creditedWh ?? 0n).toString(),
      (state?.export?.creditedWh ?? 0n).toString(),
      withheldText(state),
      device.kind === 'BESS' ? device.storedWh.toString() : '',
      device.issuedWh === 0n ? '' : device.issuedWh.toString(),
    ]
  })
  const head = [
    'device',
    'kind',
    'accepted',
    'refused',
    'credited in Wh',
    'credited out Wh',
    'withheld Wh',
    'stored Wh',
    'certified Wh',
  ]
  const energy = ENERGIES.map((name) => `${name} ${facts.energy[name]}`).join('  ')
  const reasons = Object.entries(facts.refusedByReason).map(
    ([reason, count]) => `${reason} ${count}`,
  )
  const difference = differenceWh(facts, states, recomputed)
  return [
    table(head, rows),
    '',
    `town, Wh   ${energy}`,
    `readings   ${facts.accepted} accepted, ${facts.refused} refused${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`,
    `certified  ${facts.issuedWh} Wh in ${facts.ranges} ranges`,
    `agreement  ${statement.validators} validators, height ${statement.height}, app hash ${statement.appHash}`,
    `against the recordings  difference ${difference} Wh`,
    '',
    formatSiteBalances(statement.balances),
    '',
    ...(statement.operators.length === 0 ? [] : [operatorsText(statement.operators), '']),
    statement.faults.length === 0
      ? `all checks passed in ${statement.seconds.toFixed(1)} s`
      : statement.faults.map((fault) => `FAULT: ${fault}`).join('\n'),
  ].join('\n')
}

/** Withheld of both registers together, by reason. */
function withheldText(state: DeviceState | undefined): string {
  const sums = new Map<string, bigint>()
  for (const account of [state?.import, state?.export])
    for (const { reason, wh } of account?.withheld ?? [])
      if (wh > 0n) sums.set(reason, (sums.get(reason) ?? 0n) + wh)
  return [...sums].map(([reason, wh]) => `${reason} ${wh}`).join(', ')
}

function size(value: bigint): bigint {
  return value < 0n ? -value : value
}
