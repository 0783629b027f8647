import type { DeviceSheet } from '../input.ts'
import type { Random } from './random.ts'
import {
  BUYER,
  GATEWAYS,
  keyOf,
  type Mail,
  mail,
  OWNER,
  type Report,
  RULES,
  START,
  STRANGER,
  sheetOf,
  type Voice,
  type World,
} from './world.ts'

/** One class of attacks: how it makes the first device, and what that device (or a thief) sends. */
export interface Attack {
  readonly name: string
  readonly victim?: (random: Random) => DeviceSheet
  readonly mails: (scene: Scene) => Mail[]
}

/** What an attack works with. */
export interface Scene {
  readonly random: Random
  readonly sheet: DeviceSheet
  readonly reports: Report[]
  readonly voice: Voice
  readonly world: World
}

const PLAIN = ['PV', 'WIND', 'LOAD', 'EVSE'] as const

const plain = (random: Random): DeviceSheet => sheetOf('d1', random.pick(PLAIN))

/** A number of a reading neither first nor last. */
function middle({ random, reports }: Scene): number {
  return 1 + random.below(reports.length - 2)
}

/** All reports as they are. */
export function all({ voice, reports }: Scene): Mail[] {
  return reports.map((report) => voice.say(report))
}

/** The same order of the curve added or subtracted: another valid s for the same signature. */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function otherS(one: Mail): Mail {
  const s = BigInt(`0x${Buffer.from(one.signature.subarray(32)).toString('hex')}`)
  const other = (P256_ORDER - s).toString(16).padStart(64, '0')
  const signature = Buffer.concat([one.signature.subarray(0, 32), Buffer.from(other, 'hex')])
  return { ...one, signature }
}

/** Adds `wh` (may be negative) to the main register from report `from` on. */
function shift(scene: Scene, from: number, mwh: bigint): void {
  const { sheet, reports } = scene
  for (const report of reports.slice(from)) {
    if (sheet.kind === 'LOAD' || sheet.kind === 'EVSE') report.importMwh += mwh
    else report.exportMwh += mwh
  }
}

function replay(scene: Scene): Mail[] {
  const { random } = scene
  const sent = all(scene)
  const again = Array.from({ length: 1 + random.below(8) }, () => {
    const one = random.pick(sent)
    const copy = random.percent(40) ? otherS(one) : { ...one }
    copy.gateway = random.pick([...GATEWAYS, STRANGER])
    copy.at = one.time + random.upTo(12_000n)
    return copy
  })
  return [...sent, ...again]
}

function sameWindow(scene: Scene): Mail[] {
  const { random, voice, reports } = scene
  const at = middle(scene)
  const way = random.below(4)
  return reports.flatMap((report, i) => {
    const one = voice.say(report)
    if (i !== at) return [one]
    // The same moment under the next number, from another context, a second later, or with other registers.
    if (way === 0) return [one, voice.say(report)]
    if (way === 1) return [one, voice.say(report, { context: 'second', seq: 1n }, true)]
    if (way === 2) return [one, voice.say({ ...report, time: report.time + 1n })]
    const more = {
      ...report,
      importMwh: report.importMwh + 5000n,
      exportMwh: report.exportMwh + 5000n,
    }
    return [one, voice.say(more)]
  })
}

function counterGap(scene: Scene): Mail[] {
  const { random, voice, reports } = scene
  const at = middle(scene)
  const way = random.below(4)
  return reports.flatMap((report, i) => {
    if (i !== at) return [voice.say(report)]
    if (way === 0) {
      // Lost for good, or found after a long while.
      const lost = voice.say(report)
      lost.at += 1800n + random.upTo(9_000n)
      return random.percent(50) ? [] : [lost]
    }
    if (way === 1) return [voice.say(report, { seq: voice.seq + 2n + random.upTo(5n) })]
    if (way === 2) return [voice.say(report), voice.say(report, { seq: 0n }, true)]
    return [
      voice.say(report),
      voice.say(report, { seq: (1n << 64n) - 1n, prevHash: new Uint8Array(32) }, true),
    ]
  })
}

function backDate(scene: Scene): Mail[] {
  const { random, voice, reports } = scene
  const at = middle(scene)
  return reports.map((report, i) => {
    if (i !== at) return voice.say(report)
    const time = report.time - 900n * (1n + random.upTo(4n)) - random.upTo(3n)
    const one = voice.say({ ...report, time })
    one.at = report.time
    return one
  })
}

function futureDate(scene: Scene): Mail[] {
  const { random, voice, reports } = scene
  const at = middle(scene)
  return reports.flatMap((report, i) => {
    const one = voice.say(report)
    if (i < at) return [one]
    // Too early by up to an hour; honest devices send again later.
    const early = { ...one, at: one.time - RULES.maxAheadS - random.upTo(3600n) }
    if (i > at + 2) return [one]
    return random.percent(70) ? [early, one] : [early]
  })
}

function clockJump(scene: Scene): Mail[] {
  const { random, voice, reports } = scene
  const at = middle(scene)
  const jump = random.pick([-3n, 7n, 59n, -900n, 1800n, -5_000n, 40n])
  const back = at + 1 + random.below(4)
  return reports.map((report, i) => {
    const jumped = i >= at && i < back
    const one = voice.say(jumped ? { ...report, time: report.time + jump } : report)
    one.at = report.time
    return one
  })
}

function overPlate(scene: Scene): Mail[] {
  const { random, reports, sheet } = scene
  const at = middle(scene)
  const [before, one] = [reports[at - 1] as Report, reports[at] as Report]
  const bound =
    (sheet.nameplateW * (one.time - before.time) * 1_020_000n + 3_599_999_999n) / 3_600_000_000n
  const main = sheet.kind === 'LOAD' || sheet.kind === 'EVSE' ? 'importMwh' : 'exportMwh'
  const most = (before[main] / 1000n + bound) * 1000n + 999n
  // Exactly the bound, one Wh more, or far more; for one reading or for good.
  const target = most + random.pick([0n, 0n, 1n, 1n, 1000n, 50_000_000n])
  const by = target - one[main]
  if (random.percent(50)) shift(scene, at, by)
  else one[main] += by
  return all(scene)
}

function ramp(scene: Scene): Mail[] {
  const { random, reports, sheet } = scene
  const at = middle(scene)
  if (sheet.kind !== 'BESS') {
    // From nothing to the plate within one interval: allowed, whatever the plant did before.
    const full = (sheet.nameplateW * sheet.intervalS * 1000n) / 3600n
    shift(scene, at, full / random.pick([1n, 2n, 20n]))
    return all(scene)
  }
  const capacity = sheet.storageWh * 1000n
  const by = (capacity * random.pick([-10n, 1n, 2n, 3n, 5n, 15n, 21n, 70n])) / 100n
  const until = random.percent(50) ? at + 1 : reports.length
  for (const report of reports.slice(at, until)) {
    const soc = (report.socMwh ?? 0n) + by
    report.socMwh = soc < 0n ? 0n : soc
  }
  if (random.percent(20)) (reports[at] as Report).socMwh = undefined
  return all(scene)
}

function rollback(scene: Scene): Mail[] {
  const { random, reports, world, sheet, voice } = scene
  const at = middle(scene)
  const way = random.below(4)
  const origin = reports[at] as Report
  const main = sheet.kind === 'LOAD' || sheet.kind === 'EVSE' ? 'importMwh' : 'exportMwh'
  if (way === 0) {
    const by = 1n + random.upTo(3_000_000n)
    origin[main] -= by < origin[main] ? by : origin[main]
  } else if (way === 1) {
    // Begins anew at zero without a word.
    const { importMwh, exportMwh } = origin
    for (const one of reports.slice(at)) {
      one.importMwh = one.importMwh >= importMwh ? one.importMwh - importMwh : 0n
      one.exportMwh = one.exportMwh >= exportMwh ? one.exportMwh - exportMwh : 0n
    }
  } else if (way === 2) {
    const { importMwh, exportMwh } = origin
    for (const one of reports.slice(at)) {
      one.importMwh = one.importMwh >= importMwh ? one.importMwh - importMwh : 0n
      one.exportMwh = one.exportMwh >= exportMwh ? one.exportMwh - exportMwh : 0n
    }
    const openingSeq = BigInt(at + 1)
    world.exchanges.push({ device: voice.device, openingSeq, at: START + 300n })
  } else {
    // Near the modulus but not over it: the old value minus a little.
    for (const one of reports.slice(at)) one[main] = one[main] % 1_000_000n
  }
  return all(scene)
}

function wrongUnit(scene: Scene): Mail[] {
  const { random, reports } = scene
  const at = middle(scene)
  const until = random.percent(50) ? at + 1 : reports.length
  const way = random.below(4)
  for (const one of reports.slice(at, until)) {
    if (way === 0) {
      one.importMwh *= 1000n
      one.exportMwh *= 1000n
    } else if (way === 1) {
      one.importMwh /= 1000n
      one.exportMwh /= 1000n
    } else if (way === 2) {
      const { importMwh, exportMwh } = one
      Object.assign(one, { importMwh: exportMwh, exportMwh: importMwh })
    } else {
      // Import and export swapped in their steps only: nothing tells it from an honest plant that draws.
      const first = reports[at - 1] as Report
      const { importMwh, exportMwh } = one
      one.importMwh = first.importMwh + (exportMwh - first.exportMwh)
      one.exportMwh = first.exportMwh + (importMwh - first.importMwh)
      if (one.importMwh < 0n) one.importMwh = 0n
      if (one.exportMwh < 0n) one.exportMwh = 0n
    }
  }
  return all(scene)
}

function foreignGateway(scene: Scene): Mail[] {
  const { random, sheet } = scene
  const own = sheet.epochs[0]?.gateway ?? ''
  const spoilt = (one: Mail): Mail => {
    const which = random.below(3)
    const flip = (bytes: Uint8Array): Uint8Array => {
      const at = random.below(bytes.length)
      return bytes.map((byte, i) => (i === at ? byte ^ (1 << random.below(8)) : byte))
    }
    if (which === 0) return { ...one, message: flip(one.message) }
    if (which === 1) return { ...one, signature: flip(one.signature) }
    return { ...one, signature: one.signature.subarray(0, 63) }
  }
  return all(scene).flatMap((one) => {
    one.gateway = own
    if (!random.percent(50)) return [one]
    const foreign = { ...one, gateway: random.pick([...GATEWAYS, STRANGER]) }
    foreign.at = one.at + random.upTo(2_000n)
    const bad = random.percent(50) ? [spoilt(random.percent(50) ? one : foreign)] : []
    return random.percent(30) ? [foreign, ...bad] : [foreign, one, ...bad]
  })
}

function revoked(scene: Scene): Mail[] {
  const { random, sheet, voice, reports, world } = scene
  const own = sheet.epochs[0]?.gateway || GATEWAYS[0]
  const way = random.below(4)
  if (way === 0) {
    world.revoked.set(own, BigInt(2 + random.below(20)))
    return carried(all(scene), own)
  }
  if (way === 1) {
    // Somebody else's key for some messages.
    const thief = keyOf('d1', 9)
    const sent = reports.map((report) => {
      const one = voice.say(report)
      return random.percent(30) ? mail('d1', one.message, thief, one.time) : one
    })
    return carried(sent, own)
  }
  if (way === 2) {
    // A stolen key: two messages of one number.
    const at = middle(scene)
    return carried(
      reports.flatMap((report, i) => {
        const lie = {
          ...report,
          importMwh: report.importMwh + 1000n,
          exportMwh: report.exportMwh + 2000n,
        }
        const twin = i === at ? [voice.say(lie, {}, true)] : []
        for (const one of twin) one.at += random.upTo(15_000n)
        return [...twin, voice.say(report)]
      }),
      own,
    )
  }
  // The key changed hands at an epoch; the old one goes on.
  const next = sheet.epochs[1]
  const old = voice.key
  return carried(
    reports.map((report) => {
      voice.key = next !== undefined && report.time >= next.from ? keyOf('d1', 1) : old
      if (random.percent(20)) voice.key = old
      return voice.say(report)
    }),
    own,
  )
}

function carried(mails: Mail[], gateway: string): Mail[] {
  for (const one of mails) one.gateway = gateway
  return mails
}

function classC(random: Random): DeviceSheet {
  return sheetOf('d1', random.pick(PLAIN), { trustClass: 'C', gateway: random.pick(GATEWAYS) })
}

function rotated(random: Random): DeviceSheet {
  const made = random.percent(50) ? classC(random) : plain(random)
  const first = made.epochs[0]
  if (first === undefined) throw new Error('a device without an epoch')
  const change = random.below(3)
  const next = {
    ...first,
    from: START + 900n * (2n + random.upTo(6n)) + (random.percent(30) ? 100n : 0n),
    pubkey: Buffer.from(keyOf('d1', 1).publicKey).toString('hex'),
    owner: change === 1 ? BUYER : OWNER,
    status: change === 2 ? ('SUSPENDED' as const) : ('ACTIVE' as const),
  }
  return { ...made, epochs: random.percent(70) ? [first, next] : [first] }
}

/** The attack matrix: twelve classes. */
export const ATTACKS: readonly Attack[] = [
  { name: 'replay', mails: replay },
  { name: 'same window twice', mails: sameWindow },
  { name: 'counter gap', mails: counterGap },
  { name: 'back-date', mails: backDate },
  { name: 'future date', mails: futureDate },
  { name: 'clock jump', mails: clockJump },
  { name: 'over plate', victim: plain, mails: overPlate },
  {
    name: 'ramp',
    victim: (random) => (random.percent(75) ? sheetOf('d1', 'BESS') : plain(random)),
    mails: ramp,
  },
  {
    name: 'register rollback',
    victim: (random) =>
      sheetOf('d1', random.pick(PLAIN), { modulusMwh: random.percent(50) ? 100_000_000n : 0n }),
    mails: rollback,
  },
  { name: 'wrong unit or sign', mails: wrongUnit },
  { name: 'foreign gateway', victim: classC, mails: foreignGateway },
  { name: 'revoked key or gateway', victim: rotated, mails: revoked },
]
