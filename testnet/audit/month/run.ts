import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DeviceSigner } from '../../../cli/gateway/device-signer.ts'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import type { Town } from '../../town/town.ts'
import { type AppState, genesisOf } from '../chain/genesis.ts'
import type { Entry, Sheets } from '../input.ts'
import { Carrier } from './carrier.ts'
import * as cast from './cast.ts'
import { declareExchange } from './exchange.ts'
import { LocalChain } from './local-chain.ts'
import { Rogue } from './rogue.ts'

const TICK = 900n

/** What a recorded month left behind. */
export interface Month {
  readonly sheets: Sheets
  readonly log: readonly Entry[]
  readonly state: AppState
  readonly members: readonly cast.Member[]
  readonly heights: bigint
  /** Readings that devices said, that gateways sent, and that the byzantine one did. */
  readonly said: number
  readonly sent: number
  readonly forged: number
}

interface Speaker {
  readonly member: cast.Member
  readonly signer: DeviceSigner
  next: number
}

/** How a month is run. */
export interface MonthPlan {
  readonly town: Town
  readonly days: number
  /** Folder for the queues of the gateways. */
  readonly dir: string
}

/** Lets the homes of a town speak for so many days and the chain run until every window has closed. */
export async function runMonth({ town, days, dir }: MonthPlan): Promise<Month> {
  const rules = cast.rulesFor(days)
  const members = cast.castOf(town, days)
  const sheets = cast.sheetsOf(members, rules)
  const people = [cast.OWNER, cast.NORTH, cast.SOUTH, cast.BOUND, cast.ROGUE]
  const accounts = people.map(({ address }) => address)
  const start = town.start - 1_000n
  const genesis = genesisOf({ sheets, revoked: new Map(), accounts, time: start })
  const chain = await LocalChain.start(cast.CHAIN, start, genesis)
  await chain.block(start + 100n)
  const carriers = new Map<string, Carrier>()
  for (const one of [cast.NORTH, cast.SOUTH, cast.BOUND])
    carriers.set(one.address, await Carrier.open(one, chain, join(dir, `${one.address}.log`)))
  const rogue = new Rogue(chain, 4n)
  const speakers = members.map(
    (member): Speaker => ({
      member,
      signer: new DeviceSigner({
        chainId: cast.CHAIN,
        device: member.sheet.id,
        key: cast.keyOf(member.sheet.id),
      }),
      next: 0,
    }),
  )
  const end = town.start + BigInt(days) * 86_400n
  let said = 0
  for (let now = town.start; now <= end + rules.finalCloseS + 2n * TICK; now += TICK) {
    said += await speak(speakers, now, carriers, rogue)
    for (const carrier of carriers.values()) {
      const share = Number(((now - town.start) * 1000n) / (end - town.start))
      if (isOut(carrier.account.address, share, now)) continue
      if (restartsAt(carrier.restarts, share)) await carrier.powerCut()
      await carrier.round()
    }
    await rogue.round()
    await chain.block(now)
    if (now === town.start + 4n * TICK) await declareExchanges(chain, members)
  }
  let sent = 0
  for (const carrier of carriers.values()) {
    sent += carrier.sent
    await carrier.close()
  }
  const state = chain.app.exportState()
  chain.app.assertInvariants()
  const { log, height: heights } = chain
  return { sheets, log, state, members, heights, said, sent, forged: rogue.sent }
}

/** Every device that has something to say by now says it to its gateway. */
async function speak(
  speakers: readonly Speaker[],
  now: bigint,
  carriers: ReadonlyMap<string, Carrier>,
  rogue: Rogue,
): Promise<number> {
  const portions = new Map<string, SignedReading[]>()
  let said = 0
  for (const speaker of speakers) {
    const { member, signer } = speaker
    for (;;) {
      const report = member.reports[speaker.next]
      if (report === undefined || report.now > now) break
      speaker.next += 1
      const before = signer.position
      const signed = signer.sign(report)
      said += 1
      rogue.overhear(signed, member.sheet.trustClass === 'C')
      if (signer.position.seq === member.stolenAt) rogue.steal(member, report, before)
      const to = gatewayOf(member, signer.position.seq)
      if (to !== undefined) portions.set(to, [...(portions.get(to) ?? []), signed])
    }
  }
  for (const [address, portion] of portions) await carriers.get(address)?.submit(portion)
  return said
}

/** Who carries a reading; nobody where it is lost on the way. */
function gatewayOf({ sheet, exchangedAt }: cast.Member, seq: bigint): string | undefined {
  const draw = createHash('sha256').update(`${sheet.id}/${seq}`).digest().readUInt16BE(0)
  // Without the first reading of an exchanged register nothing after it would count.
  if (draw % 67 === 0 && seq !== exchangedAt) return undefined
  if (sheet.id.startsWith('home-3')) return cast.BOUND.address
  if (sheet.id.startsWith('home-2')) return draw % 2 === 0 ? cast.NORTH.address : cast.SOUTH.address
  return sheet.id.startsWith('home-1') ? cast.NORTH.address : cast.SOUTH.address
}

/** Outages in thousandths of the month; the south has a line for four hours a day only, besides. */
function isOut(address: string, share: number, now: bigint): boolean {
  if (address === cast.NORTH.address) return share >= 400 && share < 425
  if (address !== cast.SOUTH.address) return share >= 620 && share < 635
  return (share >= 250 && share < 370) || (now / 3_600n) % 3n !== 0n
}

/** Each gateway loses its power twice. */
function restartsAt(restarts: number, share: number): boolean {
  return restarts < 2 && share > 150 + restarts * 400
}

async function declareExchanges(chain: LocalChain, members: readonly cast.Member[]): Promise<void> {
  for (const { sheet, exchangedAt } of members) {
    if (exchangedAt === undefined) continue
    await declareExchange(chain, cast.OWNER, 0n, sheet.id, exchangedAt)
  }
}
