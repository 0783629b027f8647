import { expect } from 'chai'
import { RangeStatus, ZoneParams } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgAllocateToStorage,
  MsgCancelCertificate,
  MsgIssueCarbon,
  MsgMatchCertificate,
  MsgRetireCarbon,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import type { WriteContext } from '../../kit/context.ts'
import type { FakeChain } from '../../kit/testing/fake-context.ts'
import { genesis } from '../genesis.ts'
import { invariants } from '../invariants.ts'
import { allocateToStorage } from '../messages/allocate-to-storage.ts'
import { cancelCertificate } from '../messages/cancel-certificate.ts'
import { issueCarbon } from '../messages/issue-carbon.ts'
import { matchCertificate } from '../messages/match-certificate.ts'
import { retireCarbon } from '../messages/retire-carbon.ts'
import { record, withdraw } from '../record.ts'
import { state } from '../state.ts'
import {
  ALICE,
  attempt,
  BESS,
  deliver,
  interval,
  issued,
  LOAD,
  PV,
  passTo,
  START,
  setParams,
  slice,
  started,
} from './fixture.ts'

const DISCHARGED = START + 1_800n

/** Every kind of account holds something: two certificates, a match, a cancellation, credits, a battery with releases. */
function busyChain(): FakeChain {
  const chain = started()
  setParams(chain, {
    zones: [ZoneParams.create({ zone: 'DE-LU', omGPerKwh: 850n, bmGPerKwh: 350n })],
  })
  issued(chain, 10_000n)
  record(chain.write(), 'consumption', interval(LOAD, 3_000n))
  record(chain.write(), 'charge', interval(BESS, 2_000n))
  record(chain.write(), 'discharge', interval(BESS, 500n, DISCHARGED))
  const sent = [
    deliver(
      chain,
      matchCertificate,
      MsgMatchCertificate.create({
        ...slice(ALICE, 1n, 1_000n),
        consumptionDevice: LOAD.id,
        consumptionStart: START,
      }),
    ),
    deliver(chain, cancelCertificate, MsgCancelCertificate.create(slice(ALICE, 1_001n, 1_500n))),
    deliver(chain, issueCarbon, MsgIssueCarbon.create(slice(ALICE, 1_501n, 3_500n))),
    deliver(chain, retireCarbon, MsgRetireCarbon.create({ owner: ALICE, batch: 1n, grams: 400n })),
    deliver(
      chain,
      allocateToStorage,
      MsgAllocateToStorage.create({
        ...slice(ALICE, 3_501n, 4_500n),
        battery: BESS.id,
        chargeStart: START,
      }),
    ),
  ]
  expect(sent).to.deep.equal(['done', 'done', 'done', 'done', 'done'])
  withdraw(chain.write(), 'production', PV.id, START, 100n, 'test')
  passTo(chain, START + 50_000n)
  record(chain.write(), 'charge', interval(BESS, 100n, chain.time))
  return chain
}

const broken = (chain: FakeChain): string[] =>
  invariants.filter((law) => law.check(chain.query()) !== undefined).map(({ name }) => name)

/** Moves one Wh, or one gram, in one account by hand. */
const MUTATIONS: Readonly<Record<string, (ctx: WriteContext) => void>> = {
  'a certificate': (ctx) => {
    const key = [PV.id, START, 0] as const
    const row = state.certificates.must(ctx, key)
    state.certificates.set(ctx, key, { ...row, quantityWh: row.quantityWh + 1n })
  },
  'what a certificate says was withdrawn': (ctx) => {
    const key = [PV.id, START, 0] as const
    state.certificates.set(ctx, key, { ...state.certificates.must(ctx, key), withdrawnWh: 101n })
  },
  'the end of a range': (ctx) => {
    const key = [PV.id, START, 0, 1n] as const
    state.ranges.set(ctx, key, { ...state.ranges.must(ctx, key), last: 999n })
  },
  'the state of a range': (ctx) => {
    const key = [PV.id, START, 0, 1n] as const
    const status = RangeStatus.RANGE_STATUS_ACTIVE
    state.ranges.set(ctx, key, { ...state.ranges.must(ctx, key), status })
  },
  'the holder of a range': (ctx) => {
    const key = [PV.id, START, 0, 1n] as const
    state.ranges.set(ctx, key, { ...state.ranges.must(ctx, key), owner: LOAD.id })
  },
  'a certificate from storage': (ctx) => {
    const key = [BESS.id, DISCHARGED, 1] as const
    const row = state.certificates.must(ctx, key)
    state.certificates.set(ctx, key, { ...row, quantityWh: row.quantityWh + 1n })
  },
  'a consumption record': (ctx) => {
    const key = [LOAD.id, START] as const
    state.consumptions.set(ctx, key, { ...state.consumptions.must(ctx, key), quantityWh: 3_001n })
  },
  'what is matched of it': (ctx) => {
    const key = [LOAD.id, START] as const
    state.consumptions.set(ctx, key, { ...state.consumptions.must(ctx, key), matchedWh: 999n })
  },
  'a claim': (ctx) => {
    state.claims.set(ctx, 1n, { ...state.claims.must(ctx, 1n), last: 999n })
  },
  'a claim’s place in its list': (ctx) => state.claimsBy.delete(ctx, [ALICE, 1n]),
  'a charge': (ctx) => {
    const key = [BESS.id, START, 1] as const
    state.storage.set(ctx, key, { ...state.storage.must(ctx, key), quantityWh: 2_001n })
  },
  'what was used of a charge': (ctx) => {
    const key = [BESS.id, START, 1] as const
    state.storage.set(ctx, key, { ...state.storage.must(ctx, key), usedPlainWh: 1n })
  },
  'a discharge': (ctx) => {
    const key = [BESS.id, DISCHARGED, 2] as const
    state.storage.set(ctx, key, { ...state.storage.must(ctx, key), quantityWh: 501n })
  },
  'a lot': (ctx) => {
    const lot = state.lots.must(ctx, 1n)
    state.lots.set(ctx, 1n, { ...lot, usedWh: lot.usedWh + 1n })
  },
  'a release': (ctx) => {
    const row = state.releases.must(ctx, [1n, DISCHARGED])
    state.releases.set(ctx, [1n, DISCHARGED], { ...row, releasedWh: row.releasedWh + 1n })
  },
  'a balance sheet': (ctx) => {
    const sheet = state.sheets.must(ctx, BESS.id)
    const sources = sheet.sources.map((row) =>
      row.source === 'solar'
        ? { ...row, lostWh: row.lostWh + 1n, storedWh: row.storedWh - 1n }
        : row,
    )
    state.sheets.set(ctx, BESS.id, { ...sheet, sources })
  },
  'the queue of bookings': (ctx) => {
    for (const [key] of [...state.bookings.entries(ctx)]) state.bookings.delete(ctx, key)
  },
  'the queue of expiry': (ctx) => {
    for (const [key] of [...state.expiries.entries(ctx)]) state.expiries.delete(ctx, key)
  },
  'a residual row': (ctx) => {
    const key = ['DE-LU', 202_601, 'solar'] as const
    const row = state.residual.must(ctx, key)
    state.residual.set(ctx, key, { ...row, claimedWh: row.claimedWh + 1n })
  },
  'a carbon batch': (ctx) => {
    const row = state.carbon.must(ctx, 1n)
    state.carbon.set(ctx, 1n, { ...row, grams: row.grams + 1n })
  },
  'a carbon holding': (ctx) => {
    const row = state.carbonHoldings.must(ctx, [ALICE, 1n])
    state.carbonHoldings.set(ctx, [ALICE, 1n], { ...row, grams: row.grams + 1n })
  },
  'a retirement': (ctx) => {
    const row = state.retirements.must(ctx, 1n)
    state.retirements.set(ctx, 1n, { ...row, grams: row.grams - 1n })
  },
}

describe('certificate invariants', () => {
  it('hold for a chain where every account is in use', () => {
    expect(broken(busyChain())).to.deep.equal([])
  })
  for (const [account, mutate] of Object.entries(MUTATIONS)) {
    it(`notice one unit moved in ${account} by hand`, () => {
      const chain = busyChain()
      mutate(chain.write())
      expect(broken(chain)).to.not.deep.equal([])
    })
  }
  const names = Object.keys(state.totals.must(busyChain().query()))
  for (const name of names as (keyof ReturnType<typeof state.totals.must>)[]) {
    it(`notice one unit moved in the total ${name} by hand`, () => {
      const chain = busyChain()
      const totals = state.totals.must(chain.query())
      state.totals.set(chain.write(), { ...totals, [name]: totals[name] + 1n })
      expect(broken(chain)).to.deep.equal(['totals-match'])
    })
  }
  it('a genesis that breaks one of them is refused', () => {
    const json = genesis.export(busyChain().query()) as { residual: { claimed_wh: string }[] }
    const init = (change: object): string =>
      attempt(() => genesis.init(started().write(), { ...(json as object), ...change }))
    const [row] = json.residual
    expect(init({ residual: [{ ...row, claimed_wh: '1' }] })).to.equal('certificate 9')
  })
})
