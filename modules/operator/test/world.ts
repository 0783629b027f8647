import { sha256 } from '@noble/hashes/sha2.js'
import type { Codec, JsonValue } from '../../../proto/codec.ts'
import type { Anchor, SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { MsgSubmitReadings, type ReadingResult } from '../../../proto/gen/strom/metering/v1/tx.ts'
import type { Challenge, Operator, Params } from '../../../proto/gen/strom/operator/v1/state.ts'
import { MsgCommitSecret, MsgRevealSecret } from '../../../proto/gen/strom/operator/v1/tx.ts'
import { PREFIX, toBech32 } from '../../kit/address.ts'
import { toHex, utf8Encode } from '../../kit/bytes.ts'
import type { BlockContext, LastVote, Misbehavior, ModuleEvent } from '../../kit/context.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import { type FakeRouter, fakeRouter, pack } from '../../kit/testing/fake-router.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { MEASURED, quickVerifier, signed, T0 } from '../../metering/test/fixture.ts'
import type { BondedValidator } from '../../staking/api.ts'
import { commitmentOf, phaseOf } from '../beacon.ts'
import type { OperatorNeeds } from '../needs.ts'
import { noHeadroom, tickOf } from '../rules.ts'
import { state } from '../state.ts'

import {
  type Api,
  account,
  accountText,
  batteryOf,
  CAPACITY,
  ETA,
  genesisOf,
  meterOf,
  POWER,
  valoper,
  type WorldOptions,
  wire,
} from './genesis.ts'

export * from './genesis.ts'

/** What one operator does in a tick. */
export interface Deed {
  /** Its meter says nothing. */
  readonly silent?: boolean
  /** Its meter speaks without an anchor. */
  readonly unanchored?: boolean
  /** Energy out of the meter in this tick, Wh; negative charges. The challenge's when left out, else nothing. */
  readonly net?: bigint
  /** Energy that the meter shows instead of what the battery does. */
  readonly shown?: bigint
  /** State of charge that the battery states instead of its own, mWh. */
  readonly soc?: bigint
  /** It gives no part of the beacon. */
  readonly mute?: boolean
}

class Pack {
  soc = 50_000_000n
  importMwh = 0n
  exportMwh = 0n
  shownImport = 0n
  shownExport = 0n
  readonly last = new Map<string, { seq: bigint; hash: Uint8Array }>()
}

/** Chain, batteries and gateways of some operators, driven tick by tick. */
export class World {
  readonly chain: FakeChain
  readonly api: Api
  readonly router: FakeRouter
  readonly packs = new Map<number, Pack>()
  readonly log: ModuleEvent[] = []
  readonly results: ReadingResult[] = []
  readonly count: number
  /** Consensus addresses in hex that do not sign; undefined while commits are left out. */
  absent: ReadonlySet<string> | undefined
  /** Proven faults that the next block brings. */
  readonly faults: Misbehavior[] = []
  readonly #sets: BondedValidator[][] = []

  /** A world from its genesis, or one that goes on with what `from`, between two blocks, exports. */
  constructor(options: WorldOptions, from?: World) {
    this.chain = fakeChain({ height: from?.chain.height ?? 0n, time: from?.chain.time ?? T0 })
    this.chain.verifier = quickVerifier
    this.api = wire()
    this.router = fakeRouter(this.chain, this.api.modules)
    this.count = options.stakes.length
    const genesis = from?.exported() ?? genesisOf(options)
    for (const module of this.api.modules) {
      const json = genesis[module.name] ?? module.genesis.defaults()
      module.genesis.validate(json)
      module.genesis.init(this.chain.write(), json)
    }
    if (from === undefined) this.block(T0)
    else this.adopt(from)
  }

  /** Genesis of every module, as of now. */
  exported(): Record<string, JsonValue> {
    return Object.fromEntries(
      this.api.modules.map((one) => [one.name, one.genesis.export(this.chain.query())]),
    )
  }

  /** Takes over what is not of the chain: batteries, who signs, and the hashes of the last blocks. */
  private adopt(from: World): void {
    for (const [n, { last, ...pack }] of from.packs)
      this.packs.set(n, Object.assign(new Pack(), pack, { last: new Map(last) }))
    for (const [key, soc] of from.#starts) this.#starts.set(key, soc)
    for (const [height, hash] of state.anchors.entries(from.chain.query()))
      state.anchors.set(this.chain.write(), height, hash)
    this.absent = from.absent
    this.#sets.push(...from.#sets)
  }

  /** Ends the block, begins the next one at `time` and checks every law. */
  block(time: bigint): void {
    this.end()
    this.begin(time)
  }

  private context(): BlockContext {
    const hash = this.hashOf(this.chain.height)
    const header = { hash, appHash: T0_HASH, nextValidatorsHash: T0_HASH }
    return { ...this.router.block(), header }
  }

  end(): void {
    const { chain } = this
    const end = [...this.api.modules].sort(
      (a, b) => Number(a.name === 'staking') - Number(b.name === 'staking'),
    )
    if (chain.height > 0n) {
      const ending = this.context()
      for (const module of end) module.endBlock?.(ending)
      this.#sets.push(this.api.staking.api.bondedValidators(chain.query()))
    }
    // Walks all state: once in a while is enough to find what breaks it.
    if (chain.height % 16n === 0n) this.laws()
  }

  begin(time: bigint): void {
    const { chain } = this
    chain.nextBlock(time - chain.time)
    const beginning = {
      ...this.context(),
      lastCommit: this.votes(),
      misbehavior: this.faults.splice(0),
    }
    for (const module of this.api.modules) module.beginBlock?.(beginning)
    this.log.push(...chain.takeEvents())
  }

  /** The commit of the height before, signed by the set that was decided two heights before it. */
  private votes(): LastVote[] {
    const { absent } = this
    if (absent === undefined) return []
    return (this.#sets.at(-3) ?? []).map(({ pubKey, power }) => {
      const address = sha256(pubKey).slice(0, 20)
      return { address, power, signed: !absent.has(toHex(address)) }
    })
  }

  laws(): void {
    if (this.chain.height === 0n) return
    for (const module of this.api.modules) {
      for (const law of module.invariants) {
        const broken = law.check(this.chain.query())
        if (broken !== undefined) throw new Error(`${module.name}/${law.name}: ${broken}`)
      }
    }
  }

  hashOf(height: bigint): Uint8Array {
    return sha256(utf8Encode(`block ${height}`))
  }

  /** What the module under test calls. */
  get needs(): OperatorNeeds {
    const { auth, bank, staking, slashing, distribution, mint, device, metering } = this.api
    return {
      auth: auth.api,
      bank: bank.api,
      staking: staking.api,
      slashing: slashing.api,
      distribution: distribution.api,
      mint: mint.api,
      device: device.api,
      metering: metering.api,
    }
  }

  get tick(): bigint {
    return tickOf(this.chain.time)
  }

  anchor(age = 1n): Anchor {
    const height = this.chain.height - age
    return { height, hash: this.hashOf(height) }
  }

  send<M, R>(codec: Codec<M>, message: M, response: Codec<R>): R {
    return this.router.deliver(pack(codec, message), response)
  }

  pack(n: number): Pack {
    const found = this.packs.get(n) ?? new Pack()
    this.packs.set(n, found)
    return found
  }

  /** The next message of a device, signed with its key. */
  sign(n: number, device: string, time: bigint, anchor: Anchor | undefined, soc?: bigint) {
    const pack = this.pack(n)
    const before = pack.last.get(device) ?? { seq: 0n, hash: new Uint8Array() }
    const isMeter = device === meterOf(n)
    const reading = signed(
      {
        chainId: this.chain.chainId,
        device,
        context: 'F',
        seq: before.seq + 1n,
        time,
        importMwh: isMeter ? pack.shownImport : pack.importMwh,
        exportMwh: isMeter ? pack.shownExport : pack.exportMwh,
        ...(isMeter ? {} : { socMwh: soc ?? pack.soc }),
        status: MEASURED,
        ...(anchor === undefined ? {} : { anchor }),
        prevHash: before.hash,
      },
      device,
    )
    pack.last.set(device, { seq: before.seq + 1n, hash: sha256(reading.message) })
    return reading
  }

  submit(...readings: SignedReading[]): ReadingResult[] {
    const codec = this.api.metering.messages.find(
      (m) => m.codec.typeUrl === MsgSubmitReadings.typeUrl,
    )
    const answer = this.send(
      MsgSubmitReadings,
      MsgSubmitReadings.create({ gateway: accountText(11), readings }),
      codec?.response as Codec<{ results: ReadingResult[] }>,
    )
    this.results.push(...answer.results)
    this.log.push(...this.chain.takeEvents())
    return answer.results
  }

  /** Runs ticks: two blocks in each, energy of each operator by its deed, readings at its end. */
  run(
    ticks: number,
    deed: (n: number, tick: bigint) => Deed = () => ({}),
    who?: readonly number[],
  ): void {
    const all = who ?? Array.from({ length: this.count }, (_, n) => n)
    for (let i = 0; i < ticks; i += 1) {
      const tick = this.tick
      const start = tick * 900n
      for (const n of all) this.secrets(n, deed(n, tick))
      this.block(start + 600n)
      for (const n of all) this.move(n, tick, deed(n, tick))
      this.block(start + 900n + 60n)
      const readings = all.flatMap((n) => this.readings(n, start + 900n, deed(n, tick)))
      if (readings.length > 0) this.submit(...readings)
    }
  }

  private readings(n: number, time: bigint, deed: Deed): SignedReading[] {
    const battery = this.sign(n, batteryOf(n), time, undefined, deed.soc)
    if (deed.silent === true) return [battery]
    return [battery, this.sign(n, meterOf(n), time, deed.unanchored ? undefined : this.anchor())]
  }

  /** Moves energy: what the battery cannot give or take stays undone, as in life. */
  private move(n: number, tick: bigint, deed: Deed): void {
    const pack = this.pack(n)
    const wanted = (deed.net ?? this.asked(n, tick)) * 1000n
    let net = wanted
    if (wanted > 0n) {
      const drawn = (wanted * 1_000_000n + ETA - 1n) / ETA
      if (drawn > pack.soc) net = 0n
      else pack.soc -= drawn
    } else {
      const kept = (-wanted * ETA) / 1_000_000n
      if (pack.soc + kept > CAPACITY * 1000n) net = 0n
      else pack.soc += kept
    }
    if (net > 0n) pack.exportMwh += net
    else pack.importMwh -= net
    const shown = deed.shown === undefined ? net : deed.shown * 1000n
    if (shown > 0n) pack.shownExport += shown
    else pack.shownImport -= shown
  }

  /** Energy that the challenge asks of an operator in a tick, turned round where there is no headroom. */
  asked(n: number, tick: bigint): bigint {
    const row = this.api.operator.api.challengeAt(this.chain.query(), meterOf(n), tick)
    if (row === undefined) return 0n
    const box = { capacityWh: CAPACITY, nameplateW: POWER, etaCPpm: ETA, etaDPpm: ETA }
    const start = this.startSoc(n, row, tick)
    const turned = noHeadroom(box, start, row.targetWh) && !noHeadroom(box, start, -row.targetWh)
    const target = turned ? -row.targetWh : row.targetWh
    const ticks = BigInt(row.ticks)
    const part = target / ticks
    return tick === row.tick + ticks - 1n ? target - part * (ticks - 1n) : part
  }

  readonly #starts = new Map<string, bigint>()
  private startSoc(n: number, row: Challenge, tick: bigint): bigint {
    const key = `${n} ${row.period}`
    if (tick === row.tick) this.#starts.set(key, this.pack(n).soc / 1000n)
    return this.#starts.get(key) ?? this.pack(n).soc / 1000n
  }

  private secrets(n: number, deed: Deed): void {
    if (deed.mute === true || state.operators.get(this.chain.query(), valoper(n)) === undefined)
      return
    const { period, committing } = phaseOf(this.params, this.tick)
    const next = period + 1n
    const secret = sha256(utf8Encode(`secret ${n} ${next}`))
    const row = state.secrets.get(this.chain.query(), [next, valoper(n)])
    const base = { sender: accountText(n), validatorAddress: valoper(n), period: next }
    if (committing && row === undefined) {
      const commitment = commitmentOf(nobleHasher, secret, valoper(n), next)
      this.router.attempt([pack(MsgCommitSecret, { ...base, commitment })])
    } else if (!committing && row !== undefined && row.secret.length === 0) {
      this.router.attempt([pack(MsgRevealSecret, { ...base, secret })])
    }
  }

  get params(): Params {
    return state.params.must(this.chain.query())
  }

  op(n: number): Operator {
    return state.operators.must(this.chain.query(), valoper(n))
  }

  challenges(n: number): Challenge[] {
    return Array.from(state.challenges.values(this.chain.query())).filter(
      (row) => row.validatorAddress === valoper(n),
    )
  }

  /** Powers of the bonded set by validator number, absent ones left out. */
  powers(): Record<number, bigint> {
    const set = this.api.staking.api.bondedValidators(this.chain.query())
    const names = new Map(Array.from({ length: 12 }, (_, n) => [valoper(n), n]))
    return Object.fromEntries(
      set.map(({ operator, power }) => [
        names.get(toBech32(operator, PREFIX.validator)) ?? -1,
        power,
      ]),
    )
  }

  jailed(n: number): boolean {
    return this.api.staking.api.validator(this.chain.query(), account(n))?.jailed ?? false
  }

  events(type: string): ModuleEvent[] {
    return this.log.filter((event) => event.type === type)
  }

  setParams(change: Partial<Params>): void {
    state.params.set(this.chain.write(), { ...this.params, ...change })
  }
}

const T0_HASH = sha256(utf8Encode('root'))
