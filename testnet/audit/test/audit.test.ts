import { expect } from 'chai'
import fc from 'fast-check'
import { DeviceMessage } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { audit } from '../audit.ts'
import { readInput, type Sheets, toText } from '../input.ts'
import { signedBy } from '../signature.ts'
import type { DeviceAudit } from '../statement.ts'
import { readSigned } from '../wire.ts'
import { blocksOf, logOf } from './delivery.ts'
import { Random } from './random.ts'
import {
  BUYER,
  GATEWAYS,
  keyOf,
  mail,
  OWNER,
  type Report,
  RULES,
  START,
  sheetOf,
  Voice,
  type World,
} from './world.ts'

/** A delay for what never arrives. */
const LOST = -1

const report = (minutes: number, exportWh: number, status = 1n): Report => ({
  time: START + BigInt(minutes * 60),
  importMwh: 0n,
  exportMwh: BigInt(exportWh) * 1000n,
  socMwh: undefined,
  status,
})

/** What the audit says of one device whose messages arrive `delays` minutes after their time (0 unless listed). */
function stated(
  sheet: Sheets['devices'][number],
  reports: readonly Report[],
  delays: Readonly<Record<number, number>> = {},
): DeviceAudit {
  const voice = new Voice(sheet.id)
  const mails = reports.map((one, i) => {
    const sent = voice.say(one)
    return { ...sent, at: sent.time + BigInt((delays[i] ?? 0) * 60) }
  })
  const world: World = {
    sheets: { rules: RULES, gateways: [...GATEWAYS], devices: [sheet] },
    revoked: new Map(),
    exchanges: [],
    mails: mails.filter((_, i) => delays[i] !== LOST),
  }
  const [found] = audit(world.sheets, logOf(blocksOf(new Random(1), world, 300n))).devices
  if (found === undefined) throw new Error('the audit knows no device')
  return found
}

const pv = sheetOf('pv', 'PV')
const FOUR = [report(0, 0), report(15, 1000), report(30, 1500), report(45, 3000)]

describe('the audit', () => {
  it('credits what closed intervals say, worked out by hand', () => {
    const { records, export: account } = stated(pv, FOUR)
    expect(records.map(({ start, wh, owner }) => [start - START, wh, owner])).to.deep.equal([
      [0n, 1000n, OWNER],
      [900n, 500n, OWNER],
      [1800n, 1500n, OWNER],
    ])
    expect([account.credited, account.open, account.withheld.size]).to.deep.equal([3000n, 0n, 0])
  })

  it('holds a lost reading back as a gap and takes it out again when it comes late', () => {
    const lost = stated(pv, FOUR, { 1: LOST })
    expect(lost.export.withheld).to.deep.equal(new Map([['gap', 1500n]]))
    const late = stated(pv, FOUR, { 1: 100 })
    expect(late.export.withheld.size).to.equal(0)
    expect(late.records.map(({ wh }) => wh)).to.deep.equal([1000n, 500n, 1500n])
    const tooLate = stated(pv, FOUR, { 1: 200 })
    expect(tooLate.export.withheld).to.deep.equal(new Map([['gap', 1500n]]))
  })

  it('names the first reason that holds, and leaves open what no boundary closed', () => {
    const reports = [report(0, 0), report(15, 10, 16n), report(30, 30, 9n), report(45, 60, 1n)]
    const { export: account } = stated(pv, [...reports, report(50, 64)])
    expect([...account.withheld]).to.deep.equal([
      ['questionable', 30n],
      ['not_measured', 30n],
    ])
    expect([account.credited, account.open]).to.deep.equal([0n, 4n])
  })

  it('splits an interval where the owner changes', () => {
    const [first] = pv.epochs
    if (first === undefined) throw new Error('no epoch')
    const sold = { ...pv, epochs: [first, { ...first, from: START + 1200n, owner: BUYER }] }
    const { records } = stated(sold, [
      report(0, 0),
      report(15, 100),
      report(20, 130),
      report(30, 150),
    ])
    expect(records.map(({ wh, owner }) => [wh, owner])).to.deep.equal([
      [100n, OWNER],
      [30n, OWNER],
      [20n, BUYER],
    ])
  })

  it('carries a register over its modulus, and refuses one that falls', () => {
    const rolls = { ...pv, modulusMwh: 1_000_000_000n }
    const reports = [report(0, 999_900), report(15, 150), report(30, 400)]
    expect(stated(rolls, reports).export.credited).to.equal(500n)
    const fell = stated(pv, reports)
    expect([fell.accepted, fell.refused, fell.export.credited]).to.deep.equal([1n, 2n, 0n])
  })

  it('reads messages as the codec writes them and no other bytes: 500 random messages and a bit of each', () => {
    const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
    const message = fc.record({
      chainId: fc.string(),
      device: fc.string(),
      context: fc.string(),
      seq: u64,
      time: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
      importMwh: u64,
      exportMwh: u64,
      socMwh: fc.option(u64, { nil: undefined }),
      status: fc.integer({ min: 0, max: 0xffffffff }),
      anchor: fc.option(fc.record({ height: fc.bigInt({ min: 0n, max: 9n }), hash: bytes() }), {
        nil: undefined,
      }),
      prevHash: bytes(),
    })
    fc.assert(
      fc.property(message, fc.nat(), fc.nat(7), (one, at, bit) => {
        const encoded = DeviceMessage.encode(one)
        const read = readSigned(encoded)
        expect(read).to.include({ device: one.device, seq: one.seq, time: one.time })
        expect(read).to.include({ importMwh: one.importMwh, exportMwh: one.exportMwh })
        expect(read).to.include({ socMwh: one.socMwh, status: BigInt(one.status) })
        const place = at % Math.max(encoded.length, 1)
        const spoilt = encoded.map((byte, i) => (i === place ? byte ^ (1 << bit) : byte))
        expect(readSigned(spoilt) !== undefined).to.equal(canonical(spoilt))
      }),
      { numRuns: 500 },
    )
  })

  it('verifies signatures with OpenSSL, whichever S they have', () => {
    const { message, signature } = new Voice('pv').say(report(0, 1))
    const key = Buffer.from(keyOf('pv').publicKey).toString('hex')
    expect(signedBy('p256', key, message, signature)).to.equal(true)
    const other = mail('pv', message, keyOf('pv', 1), START)
    expect(signedBy('p256', key, message, other.signature)).to.equal(false)
    expect(signedBy('p256', key, message, signature.subarray(1))).to.equal(false)
    expect(signedBy('rsa', key, message, signature)).to.equal(false)
  })

  it('reads from its files what was written to them', () => {
    const sheets: Sheets = { rules: RULES, gateways: [...GATEWAYS], devices: [pv] }
    const entries = [
      { type: 'block', height: 1n, time: START } as const,
      { type: 'exchange', device: 'pv', openingSeq: 3n } as const,
      { type: 'revoke', gateway: GATEWAYS[0], height: 9n } as const,
    ]
    const log = entries.map((entry) => `${toText(entry)}\n`).join('')
    expect(readInput(toText(sheets, 2), log)).to.deep.equal({ sheets, entries })
  })
})

function bytes(): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength: 32 }).map((list) => new Uint8Array(list))
}

/** What the chain's own codec says: these bytes, and no others, are the encoding of what they say. */
function canonical(encoded: Uint8Array): boolean {
  try {
    return Buffer.compare(DeviceMessage.encode(DeviceMessage.decode(encoded)), encoded) === 0
  } catch {
    return false
  }
}
