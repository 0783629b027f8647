import { expect } from 'chai'
import { state as certificates } from '../../../modules/certificate/state.ts'
import type { WriteContext } from '../../../modules/kit/context.ts'
import { state as metering } from '../../../modules/metering/state.ts'
import type { DeviceState } from '../../../proto/gen/strom/metering/v1/state.ts'
import { blocksOf } from './delivery.ts'
import { brokenInvariant, chainOf, type ModuleChain } from './module-chain.ts'
import { Random } from './random.ts'
import { GATEWAYS, honest, type Report, RULES, sheetOf, Voice, type World } from './world.ts'

const KINDS = ['PV', 'LOAD', 'BESS', 'METER'] as const

/** A small town whose every account holds something, and whose last interval of each device is still open. */
function richWorld(): World {
  const random = new Random(5)
  const devices = KINDS.map((kind, i) =>
    sheetOf(`d${i + 1}`, kind, kind === 'LOAD' ? { trustClass: 'C', gateway: GATEWAYS[0] } : {}),
  )
  const rules = { ...RULES, gatewayDailyCapWh: 4_000n }
  const world: World = {
    sheets: { rules, gateways: [...GATEWAYS], devices },
    revoked: new Map(),
    exchanges: [],
    mails: [],
  }
  for (const sheet of devices) {
    const voice = new Voice(sheet.id)
    // Every quarter hour has one report, and nothing lies between.
    const reports = honest(random, sheet, 20)
      .filter(({ time }) => time % 900n === 0n)
      .map((one): Report => ({ ...one, status: 1n }))
    const [second, fifth] = [reports[2] as Report, reports[5] as Report]
    second.status = 16n
    fifth.status = 8n
    const last = reports.at(-1) as Report
    const beyond = { ...last, time: last.time + 100n }
    beyond.importMwh += 5_000n
    beyond.exportMwh += 3_000n
    reports.push(beyond)
    const mails = reports.map((one) => voice.say(one))
    // One message is lost: its energy is a gap.
    world.mails.push(...mails.filter((_, i) => i !== 9))
  }
  return world
}

function richChain(): ModuleChain {
  const world = richWorld()
  const chain = chainOf(world)
  for (const { height, time, batches } of blocksOf(new Random(6), world, 900n)) {
    chain.begin(height, time)
    for (const { gateway, mails } of batches) chain.submit(gateway, mails)
    chain.end()
  }
  return chain
}

type Mutation = (ctx: WriteContext) => void

function ofDevice(device: string, change: (found: DeviceState) => void): Mutation {
  return (ctx) => {
    const found = metering.states.must(ctx, [device, 'main'])
    change(found)
    metering.states.set(ctx, [device, 'main'], found)
  }
}

/** Adds one Wh to what `device` is withheld for a reason; it must be withheld something. */
function withheld(device: string, side: 'import' | 'export', reason: string): Mutation {
  return ofDevice(device, (found) => {
    const row = found[side].withheld.find((one) => one.reason === reason)
    if (row === undefined) throw new Error(`${device} ${side} has nothing withheld for ${reason}`)
    row.wh += 1n
  })
}

const POINTS = ['opening', 'settled'] as const
const REGISTERS = ['totalImportMwh', 'totalExportMwh'] as const
const CERTIFICATE_TOTALS = [
  'issuedWh',
  'storageIssuedWh',
  'freeWh',
  'claimedWh',
  'cancelledWh',
  'expiredWh',
  'withdrawnWh',
  'storedWh',
  'carbonWh',
  'consumptionWh',
  'matchedWh',
] as const
const KIND_TOTALS = [
  'importWh',
  'exportWh',
  'storedWh',
  'withheldImportWh',
  'withheldExportWh',
  'openImportWh',
  'openExportWh',
] as const

/** One Wh more (or 1,000 mWh of a register), account by account. */
const MUTATIONS: readonly (readonly [name: string, mutate: Mutation])[] = [
  ['credited export of PV', ofDevice('d1', (one) => (one.export.creditedWh += 1n))],
  ['credited import of a load', ofDevice('d2', (one) => (one.import.creditedWh += 1n))],
  ['credited charge of a battery', ofDevice('d3', (one) => (one.import.creditedWh += 1n))],
  ['credited discharge of a battery', ofDevice('d3', (one) => (one.export.creditedWh += 1n))],
  ['open export of PV', ofDevice('d1', (one) => (one.export.openWh += 1n))],
  ['open import of a meter', ofDevice('d4', (one) => (one.import.openWh += 1n))],
  ['withheld as a gap', withheld('d1', 'export', 'gap')],
  ['withheld as questionable', withheld('d1', 'export', 'questionable')],
  ['withheld as not measured', withheld('d1', 'export', 'not_measured')],
  ['withheld without a record', withheld('d4', 'import', 'no_record')],
  ['withheld over the cap of a gateway', withheld('d2', 'import', 'gateway_cap')],
  [
    'a Wh from credited to withheld',
    ofDevice('d1', (one) => {
      one.export.creditedWh -= 1n
      const row = one.export.withheld[0]
      if (row !== undefined) row.wh += 1n
    }),
  ],
  [
    'a Wh from open to credited',
    ofDevice('d1', (one) => {
      one.export.openWh -= 1n
      one.export.creditedWh += 1n
    }),
  ],
  [
    'a Wh from open to withheld',
    ofDevice('d1', (one) => {
      one.export.openWh -= 1n
      const row = one.export.withheld[0]
      if (row !== undefined) row.wh += 1n
    }),
  ],
  ...POINTS.flatMap((point) =>
    REGISTERS.map(
      (register) =>
        [
          `${register} of the ${point} reading`,
          ofDevice('d1', (one) => {
            const at = one[point]
            if (at !== undefined) at[register] += 1_000n
          }),
        ] as const,
    ),
  ),
  ...REGISTERS.map(
    (register) =>
      [
        `${register} of the last boundary`,
        ofDevice('d1', (one) => {
          if (one.boundary !== undefined) one.boundary[register] += 1_000n
        }),
      ] as const,
  ),
  [
    'a Wh from one reason of withholding to another',
    ofDevice('d1', (one) => {
      const row = one.export.withheld[0]
      if (row === undefined) throw new Error('nothing is withheld')
      row.wh -= 1n
      one.export.withheld = [...one.export.withheld, { reason: 'zz', wh: 1n }].filter(
        ({ wh }) => wh > 0n,
      )
    }),
  ],
  [
    'what a device owes',
    ofDevice('d1', (one) => {
      one.debtWh += 1n
    }),
  ],
  [
    'what a gateway\u2019s day was charged with',
    (ctx) => {
      const row = { gateway: GATEWAYS[0], day: 1n, wh: 1n }
      metering.gatewayDays.set(ctx, [row.gateway, row.day], row)
    },
  ],
  [
    'what a reading says was credited',
    (ctx) => {
      const found = [...metering.readings.entries(ctx)].find(([, one]) => one.creditedExportWh > 0n)
      if (found === undefined) throw new Error('nothing was credited')
      const [key, one] = found
      metering.readings.set(ctx, key, { ...one, creditedExportWh: one.creditedExportWh + 1n })
    },
  ],
  [
    'the residual mix',
    (ctx) => {
      for (const [key, one] of [...certificates.residual.entries(ctx)].slice(0, 1))
        certificates.residual.set(ctx, key, { ...one, generationWh: one.generationWh + 1n })
    },
  ],
  [
    'the balance sheet of a battery',
    (ctx) => {
      for (const [key, one] of [...certificates.sheets.entries(ctx)].slice(0, 1))
        certificates.sheets.set(ctx, key, { ...one, dischargedWh: one.dischargedWh + 1n })
    },
  ],
  ...KINDS.flatMap((kind, i) =>
    KIND_TOTALS.map(
      (name) =>
        [
          `${name} of all devices of kind ${kind}`,
          ((ctx) => {
            const totals = metering.totals.must(ctx)
            const row = totals.byKind[i]
            if (row === undefined) throw new Error(`no totals of kind ${kind}`)
            row[name] += 1n
            metering.totals.set(ctx, totals)
          }) as Mutation,
        ] as const,
    ),
  ),
  ...CERTIFICATE_TOTALS.map(
    (name) =>
      [
        `${name} of all certificates`,
        ((ctx) => {
          const totals = certificates.totals.must(ctx)
          totals[name] += 1n
          certificates.totals.set(ctx, totals)
        }) as Mutation,
      ] as const,
  ),
  [
    'quantity of a certificate',
    (ctx) => {
      for (const [key, one] of [...certificates.certificates.entries(ctx)].slice(0, 1))
        certificates.certificates.set(ctx, key, { ...one, quantityWh: one.quantityWh + 1n })
    },
  ],
  [
    'what a certificate says was withdrawn',
    (ctx) => {
      for (const [key, one] of [...certificates.certificates.entries(ctx)].slice(0, 1))
        certificates.certificates.set(ctx, key, { ...one, withdrawnWh: one.withdrawnWh + 1n })
    },
  ],
  [
    'last number of a range of a certificate',
    (ctx) => {
      for (const [key, one] of [...certificates.ranges.entries(ctx)].slice(0, 1))
        certificates.ranges.set(ctx, key, { ...one, last: one.last + 1n })
    },
  ],
  [
    'state of a range',
    (ctx) => {
      for (const [key, one] of [...certificates.ranges.entries(ctx)].slice(0, 1))
        certificates.ranges.set(ctx, key, { ...one, status: 4 })
    },
  ],
  [
    'who holds a range',
    (ctx) => {
      for (const [key, one] of [...certificates.ranges.entries(ctx)].slice(0, 1))
        certificates.ranges.set(ctx, key, { ...one, owner: GATEWAYS[1] })
    },
  ],
  [
    'a holding',
    (ctx) => {
      for (const [key] of [...certificates.holdings.entries(ctx)].slice(0, 1))
        certificates.holdings.delete(ctx, key)
    },
  ],
  [
    'quantity of a consumption record',
    (ctx) => {
      for (const [key, one] of [...certificates.consumptions.entries(ctx)].slice(0, 1))
        certificates.consumptions.set(ctx, key, { ...one, quantityWh: one.quantityWh + 1n })
    },
  ],
  [
    'matched Wh of a consumption record',
    (ctx) => {
      for (const [key, one] of [...certificates.consumptions.entries(ctx)].slice(0, 1))
        certificates.consumptions.set(ctx, key, { ...one, matchedWh: one.matchedWh + 1n })
    },
  ],
  ...([1, 2] as const).map(
    (direction) =>
      [
        `quantity of a ${direction === 1 ? 'charge' : 'discharge'} record`,
        ((ctx) => {
          const rows = [...certificates.storage.entries(ctx)]
          const found = rows.find(([, one]) => one.direction === direction)
          if (found === undefined) throw new Error('the battery has no such record')
          const [key, one] = found
          certificates.storage.set(ctx, key, { ...one, quantityWh: one.quantityWh + 1n })
        }) as Mutation,
      ] as const,
  ),
]

describe('a Wh moved by hand', function () {
  this.timeout(60_000)
  let chain: ModuleChain
  before(() => {
    chain = richChain()
  })

  it('is missed by nothing: before it, every invariant holds', () => {
    expect(brokenInvariant(chain)).to.equal(undefined)
  })

  for (const [name, mutate] of MUTATIONS)
    it(`in ${name} breaks an invariant`, () => {
      const stores = chain.chain.storeNames.map((store) => chain.chain.store(store))
      const before = stores.map((store) => store.copy())
      try {
        mutate(chain.chain.write())
        expect(brokenInvariant(chain)).to.be.a('string')
      } finally {
        stores.forEach((store, i) => {
          const kept = before[i]
          if (kept !== undefined) store.restore(kept)
        })
      }
      expect(brokenInvariant(chain)).to.equal(undefined)
    })
})
