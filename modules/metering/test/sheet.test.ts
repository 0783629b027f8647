import { expect } from 'chai'
import fc from 'fast-check'
import { Kind, TrustClass } from '../../../proto/gen/strom/device/v1/state.ts'
import type { QueryBalanceSheetResponse } from '../../../proto/gen/strom/metering/v1/query.ts'
import type { Account } from '../../../proto/gen/strom/metering/v1/state.ts'
import type { SheetColumn, SheetRow } from '../../../proto/gen/strom/metering/v1/tick.ts'
import { withheldWh } from '../account.ts'
import { sheetRow } from '../sheet.ts'
import { stateOf } from '../state.ts'
import { GATEWAY, plant, T0, type Town, town } from './fixture.ts'
import { arrive, type Line, minute, reader } from './registers.ts'

const WATTS = { nameplateW: 10_000_000n }

function sheet(t: Town, tick: bigint, more: object = {}): QueryBalanceSheetResponse {
  const request = { zone: 'DE-LU', tick, ...more }
  return t.query('strom.metering.v1.Query', 'BalanceSheet', request) as QueryBalanceSheetResponse
}

function rowOf(t: Town, id: string, at: number): SheetRow {
  const device = t.devices.get(reader(t), id)
  if (device === undefined) throw new Error(`no ${id}`)
  return sheetRow(reader(t), device, minute(at))
}

function held({ withheld }: SheetColumn): Record<string, number> {
  return Object.fromEntries(withheld.map(({ reason, wh }) => [reason, Number(wh)]))
}

function adds(column: SheetColumn): void {
  const sum = column.withheld.reduce((all, { wh }) => all + wh, 0n)
  expect(column.creditedWh + sum + column.openWh).to.equal(column.meteredWh)
}

function addsUp(account: Account, metered: bigint): void {
  expect(account.creditedWh + withheldWh(account) + account.openWh).to.equal(metered)
}

describe('balance sheet', () => {
  it('says of each tick what was credited, withheld by reason and open', () => {
    const t = town([plant('pv', { ...WATTS })])
    arrive(t, 'pv', [
      { at: 0 },
      { at: 15, import: 2, export: 100 },
      { at: 30, import: 2, export: 150, status: 17 },
      { at: 45, import: 2, export: 170 },
      { at: 60, import: 2, export: 270 },
      { at: 120, import: 2, export: 310, seq: 9n },
      { at: 135, import: 2, export: 330, seq: 10n },
      { at: 140, import: 2, export: 331, seq: 11n },
      { at: 1500, import: 2, export: 500, seq: 20n },
    ])
    t.at(140 + 1440)
    const of = (at: number) => rowOf(t, 'pv', at)
    expect(of(0).export).to.include({ meteredWh: 100n, creditedWh: 100n, openWh: 0n })
    expect(held(of(0).import)).to.deep.equal({ no_record: 2 })
    expect(held(of(15).export)).to.deep.equal({ questionable: 50 })
    expect(held(of(30).export)).to.deep.equal({ questionable: 20 })
    expect(of(45).export).to.include({ meteredWh: 100n, creditedWh: 100n })
    // The gap of an hour is estimated by tick and withheld whole.
    expect(held(of(60).export)).to.deep.equal({ gap: 10 })
    expect(of(60).export).to.include({ meteredWh: 10n, estimatedWh: 10n })
    expect(of(120).export).to.include({ meteredWh: 20n, creditedWh: 20n, estimatedWh: 0n })
    // One Wh is judged and open, what waits is open as well and estimated.
    const { openWh, meteredWh, estimatedWh } = of(135).export
    expect(openWh).to.equal(meteredWh)
    expect(estimatedWh).to.equal(meteredWh - 1n)
  })

  it('gives a projection beside what registers show, never among it', () => {
    const t = town([plant('pv', { ...WATTS })])
    arrive(t, 'pv', [{ at: 450 }, { at: 465, export: 40 }, { at: 470, export: 50 }])
    expect(rowOf(t, 'pv', 465).export).to.include({ meteredWh: 10n, openWh: 10n, projectedWh: 20n })
    expect(rowOf(t, 'pv', 450).export).to.include({ meteredWh: 40n, openWh: 40n, projectedWh: 0n })
  })

  it('names cap and notary where they hold energy back', () => {
    const box = { trustClass: TrustClass.TRUST_CLASS_C, gateway: GATEWAY, ...WATTS }
    const t = town(
      [plant('box', box), plant('far', { ...box, trustClass: TrustClass.TRUST_CLASS_N })],
      {
        gatewayDailyCapWh: 60n,
      },
    )
    for (const id of ['box', 'far']) arrive(t, id, [{ at: 0 }, { at: 15, export: 100 }])
    t.at(15 + 1440)
    expect(rowOf(t, 'box', 0).export.creditedWh).to.equal(60n)
    expect(held(rowOf(t, 'box', 0).export)).to.deep.equal({ gateway_cap: 40 })
    expect(held(rowOf(t, 'far', 0).export)).to.deep.equal({ notary: 100 })
  })

  it('spreads the credit of an hour over its ticks to the Wh', () => {
    const hour = plant('box', {
      ...WATTS,
      intervalS: 3600,
      trustClass: TrustClass.TRUST_CLASS_C,
      gateway: GATEWAY,
    })
    const t = town([hour], { gatewayDailyCapWh: 61n })
    arrive(t, 'box', [{ at: 0 }, { at: 15, export: 10 }, { at: 60, export: 101 }])
    t.at(60 + 1440)
    const rows = [0, 15, 30, 45].map((at) => rowOf(t, 'box', at).export)
    expect(rows.map(({ meteredWh }) => Number(meteredWh))).to.deep.equal([10, 31, 30, 30])
    expect(rows.map(({ creditedWh }) => Number(creditedWh))).to.deep.equal([6, 19, 18, 18])
    for (const column of rows) adds(column)
  })

  it('sums the devices of a page by kind and leaves other zones out', () => {
    const t = town([
      plant('a', { ...WATTS }),
      plant('b', { ...WATTS }),
      plant('c', { ...WATTS, kind: Kind.KIND_LOAD }),
      plant('d', { ...WATTS, zone: 'AT' }),
    ])
    for (const id of ['a', 'b', 'c', 'd'])
      arrive(t, id, [{ at: 0 }, { at: 15, import: 7, export: 20 }])
    t.at(15 + 1440)
    const all = sheet(t, T0)
    expect(all.devices.map(({ device }) => device)).to.deep.equal(['a', 'b', 'c'])
    expect(all.kinds.map(({ kind, devices }) => [kind, devices])).to.deep.equal([
      [Kind.KIND_PV, 2n],
      [Kind.KIND_LOAD, 1n],
    ])
    expect(all.kinds[0]?.export).to.include({ meteredWh: 40n, creditedWh: 40n })
    expect(held(all.kinds[0]?.import as SheetColumn)).to.deep.equal({ no_record: 14 })
    expect(all.kinds[1]?.import).to.include({ meteredWh: 7n, creditedWh: 7n })
    const first = sheet(t, T0, {
      pagination: {
        key: new Uint8Array(),
        offset: 0n,
        limit: 1n,
        countTotal: false,
        reverse: false,
      },
    })
    expect(first.devices.map(({ device }) => device)).to.deep.equal(['a'])
    expect(first.pagination?.nextKey.length).to.be.greaterThan(0)
    expect(() => sheet(t, T0 + 1n)).to.throw('is not the start of a tick')
  })

  it('adds up: every column, every account, and all ticks of a device to its accounts by reason', () => {
    const kinds = [Kind.KIND_PV, Kind.KIND_LOAD, Kind.KIND_METER, Kind.KIND_EVSE]
    const steps = fc.array(
      fc.record({
        minutes: fc.constantFrom(5, 15, 15, 15, 30, 60, 120),
        bought: fc.integer({ min: 0, max: 5000 }),
        sold: fc.integer({ min: 0, max: 5000 }),
        status: fc.constantFrom(1, 1, 1, 0, 17),
      }),
      { minLength: 2, maxLength: 15 },
    )
    fc.assert(
      fc.property(
        steps,
        fc.constantFrom(...kinds),
        fc.constantFrom(300, 900, 3600),
        (list, kind, intervalS) => {
          const t = town([plant('d', { ...WATTS, kind, intervalS })])
          const lines: Line[] = [{ at: 0 }]
          let [at, bought, sold] = [0, 0, 0]
          for (const step of list) {
            at += step.minutes
            bought += step.bought / 1000
            sold += step.sold / 1000
            lines.push({ at, import: bought, export: sold, status: step.status })
          }
          arrive(t, 'd', lines)
          t.at(at + 1440 + 15)
          const ticks = Array.from({ length: Math.ceil(at / 15) }, (_, i) => rowOf(t, 'd', 15 * i))
          const found = stateOf(reader(t), 'd')
          for (const direction of ['import', 'export'] as const) {
            const account = found?.[direction] as Account
            const reasons: Record<string, bigint> = {}
            let [credited, open] = [0n, 0n]
            for (const row of ticks) {
              const column = row[direction]
              adds(column)
              credited += column.creditedWh
              open += column.openWh
              for (const { reason, wh } of column.withheld) {
                reasons[reason] = (reasons[reason] ?? 0n) + wh
              }
            }
            expect([credited, open]).to.deep.equal([account.creditedWh, account.openWh])
            const booked = Object.fromEntries(
              account.withheld.map(({ reason, wh }) => [reason, wh]),
            )
            expect(reasons).to.deep.equal(booked)
          }
          const row = ticks[0] as SheetRow
          addsUp(row.importAccount, row.importMeteredWh)
          addsUp(row.exportAccount, row.exportMeteredWh)
        },
      ),
      { numRuns: 60 },
    )
  })
})
