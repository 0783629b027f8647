import { createHash } from 'node:crypto'
import { ChainClient, type ChainHead } from '../../cli/gateway/chain-client.ts'
import { SecretKeeper } from '../../cli/gateway/operator/keeper.ts'
import { OperatorChain } from '../../cli/gateway/operator/operator-chain.ts'
import { RpcClient } from '../../cli/gateway/rpc-client.ts'
import { Sender } from '../../cli/gateway/sender.ts'
import { DEFAULT_FEE } from '../../cli/gateway/tx-builder.ts'
import { fromBech32, PREFIX, toBech32 } from '../../modules/kit/address.ts'
import { moveLeash, type Stretch } from '../../node/dev-clock.ts'
import { MsgUnjail } from '../../proto/gen/cosmos/slashing/v1beta1/tx.ts'
import {
  QueryValidatorRequest,
  QueryValidatorResponse,
} from '../../proto/gen/cosmos/staking/v1beta1/query.ts'
import {
  QueryChallengesRequest,
  QueryChallengesResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QuerySecretsRequest,
  QuerySecretsResponse,
} from '../../proto/gen/strom/operator/v1/query.ts'
import type { Params } from '../../proto/gen/strom/operator/v1/state.ts'
import type { DevAccount } from '../accounts.ts'
import { floorDiv } from '../town/decimal.ts'
import { type StorageSite, TICK_S } from '../town/storage.ts'
import type { Silence, StorageDriver } from '../town/storage-driver.ts'
import { leashAt } from './pace.ts'

/** A validator with its storage. */
export interface TownOperator {
  readonly account: DevAccount
  readonly storage: StorageSite
}

/** What the hands of the operators work with. */
export interface OperatorsOptions {
  readonly operators: readonly TownOperator[]
  readonly driver: StorageDriver
  readonly rpcUrls: readonly string[]
  readonly chainId: string
  readonly seed: string
  /** Unix seconds of the devices' clock. */
  readonly clock: () => bigint
  readonly leash: string
  readonly silence: Silence | undefined
  /** Time up to which the readings of all devices are on chain. */
  readonly storedUntil: () => bigint
  readonly warn: (message: string) => void
  readonly pollMs: number
}

/** Real time a duty may take before the run ends: on a loaded machine a block may take seconds. */
const PATIENCE_MS = 120_000
/** Calendar that passes after the last reading until it is settled. Not more: a run that goes on from there is not late. */
const AFTERMATH_S = 1_800n
/** Longer than anybody watches. */
const FREE_S = 3_155_760_000n
const RESEND_MS = 10_000
const UNJAIL_GAS = 300_000n
/** Time after which the chain has noticed that a meter speaks again. */
const NOTICED_S = 3_600n
/** Blocks between two looks for jailed validators. */
const JAIL_EVERY = 3n

/** `stromvaloper1…` of a validator's account. */
export function validatorAddress(account: string): string {
  return toBech32(fromBech32(account), PREFIX.validator)
}

/** The secret seed of a development operator. It follows from a public seed: worth nothing as a secret. */
export function secretSeed(seed: string, name: string): Uint8Array {
  return createHash('sha256').update(`strom dev operator secret|${seed}|${name}`).digest()
}

interface Hand {
  readonly validator: string
  readonly storage: StorageSite
  readonly keeper: SecretKeeper
  readonly sender: Sender
  /** An unjail transaction that is on its way. */
  unjail: { readonly hash: string; readonly at: number } | undefined
}

/**
 * What the operators of a town do, all by one hand: commit and reveal secrets, read challenges and let the batteries answer
 * them, unjail who speaks again. The calendar waits for it: no half of a period ends before its secrets are on chain, so
 * that equal seeds draw equal challenges however slow the machine is.
 */
export class Operators {
  readonly #options: OperatorsOptions
  readonly #chain: ChainClient
  readonly #hands: readonly Hand[]
  #params: Params | undefined
  #height = -1n
  #leash = 0n
  /** Half of a period whose secrets are all on chain. */
  #secretsDone = ''
  /** Period whose challenges are known. */
  #period = -1n
  #watched: readonly Stretch[] = []
  #movedAt = 0
  #stopping = false

  constructor(options: OperatorsOptions) {
    const { operators, rpcUrls, chainId, seed, warn } = options
    this.#options = options
    this.#chain = new ChainClient(new RpcClient(rpcUrls))
    this.#hands = operators.map(({ account, storage }) => {
      const validator = validatorAddress(account.address)
      const sender = new Sender(this.#chain, account, chainId, DEFAULT_FEE)
      const keeper = new SecretKeeper({
        chain: new OperatorChain(this.#chain, validator),
        seed: secretSeed(seed, account.name),
        address: account.address,
        send: (message) => sender.send(message),
        info: () => undefined,
        warn,
      })
      return { validator, storage, keeper, sender, unjail: undefined }
    })
  }

  /**
   * Works until the batteries have run to `end` and nobody who speaks is jailed, or until `stop`. Throws when a duty cannot
   * be done within two minutes. Afterwards the calendar is free to run a little further.
   */
  async run(end: bigint): Promise<void> {
    this.#params = (
      await this.#chain.query(
        '/strom.operator.v1.Query/Params',
        QueryParamsRequest,
        {},
        QueryParamsResponse,
      )
    ).params
    await this.#options.driver.resume()
    this.#movedAt = performance.now()
    let trouble = 'the calendar waits for a duty'
    while (!this.#stopping) {
      try {
        if (await this.#look(end)) break
      } catch (error) {
        // A node between two lives; the next look asks another.
        trouble = error instanceof Error ? error.message : String(error)
      }
      if (performance.now() - this.#movedAt > PATIENCE_MS)
        throw new Error(`the operators did not get on for ${PATIENCE_MS} ms: ${trouble}`)
      await new Promise((resolve) => setTimeout(resolve, this.#options.pollMs))
    }
    if (!this.#stopping) this.#let(end + AFTERMATH_S)
  }

  /** Lets the calendar run on its own, when nothing is to come any more. */
  free(): void {
    this.#let(this.#leash + FREE_S)
  }

  /** Ends `run` after the round under way. */
  stop(): void {
    this.#stopping = true
  }

  /** Whether everything up to `end` is done. */
  async #look(end: bigint): Promise<boolean> {
    const head = await this.#chain.head()
    if (head.height <= this.#height) return false
    const free = await this.#round(head, end)
    this.#height = head.height
    return free && head.time >= end && this.#options.storedUntil() >= end - (end % TICK_S)
  }

  /** One look at a new block. Returns whether nobody is jailed who speaks. */
  async #round(head: ChainHead, end: bigint): Promise<boolean> {
    const params = this.#params as Params
    const { driver, clock, silence, storedUntil } = this.#options
    const period = floorDiv(head.time, TICK_S * BigInt(params.periodTicks))
    if (period !== this.#period) await this.#readChallenges(period)
    const known = TICK_S * ((period + 1n) * BigInt(params.periodTicks) + BigInt(params.noticeTicks))
    const slow = [...this.#watched, ...silentTicks(silence, params)]
    const until = least(speakingTime(head.time, clock(), slow), known, end)
    if (head.hash !== '') await driver.feed(until, { height: head.height, hash: head.hash })
    const gate = await this.#secrets(head, params)
    // What a period asks for is drawn in its first block: equal seeds need it in the same tick.
    const draw = TICK_S * (period + 1n) * BigInt(params.periodTicks)
    const limit = leashAt({ head: head.time, stored: storedUntil(), gate })
    this.#let(limit, [...slow, { from: draw, to: draw + TICK_S }])
    if (head.height % JAIL_EVERY !== 0n && head.time < end) return true
    return await this.#unjail(head.time)
  }

  /** The calendar never goes back. */
  #let(end: bigint, slow: readonly Stretch[] = []): void {
    if (end <= this.#leash) return
    this.#leash = end
    this.#movedAt = performance.now()
    moveLeash(this.#options.leash, { end, slow })
  }

  async #readChallenges(period: bigint): Promise<void> {
    const pagination = {
      key: new Uint8Array(),
      offset: 0n,
      limit: 1_000n,
      countTotal: false,
      reverse: false,
    }
    const { challenges } = await this.#chain.query(
      '/strom.operator.v1.Query/Challenges',
      QueryChallengesRequest,
      { validatorAddress: '', pagination },
      QueryChallengesResponse,
    )
    const recent = challenges.filter((one) => one.period + 1n >= period)
    for (const { validator, storage } of this.#hands) {
      const own = recent.filter((one) => one.validatorAddress === validator)
      this.#options.driver.challenge(storage.id, own)
    }
    const ticks = new Map(recent.map(({ tick, ticks }) => [`${tick}/${ticks}`, { tick, ticks }]))
    this.#watched = [...ticks.values()].map(({ tick, ticks }) => ({
      from: tick * TICK_S,
      to: (tick + BigInt(ticks)) * TICK_S,
    }))
    this.#period = period
  }

  /** Brings the secrets of this half of the period. Returns its end while some are missing. */
  async #secrets(head: ChainHead, params: Params): Promise<bigint | undefined> {
    const length = BigInt(params.periodTicks)
    const tick = floorDiv(head.time, TICK_S)
    const first = floorDiv(tick, length) * length
    const reveal = first + floorDiv(length + 1n, 2n)
    const committing = tick < reveal
    const half = `${first}/${committing}`
    if (half === this.#secretsDone) return undefined
    const next = floorDiv(tick, length) + 1n
    const { secrets } = await this.#chain.query(
      '/strom.operator.v1.Query/Secrets',
      QuerySecretsRequest,
      { period: next },
      QuerySecretsResponse,
    )
    let missing = 0
    for (const { validator, keeper } of this.#hands) {
      const own = secrets.find((one) => one.validatorAddress === validator)
      // Who did not commit, in a run that ended in that half, has nothing to reveal.
      const done = committing ? own !== undefined : own === undefined || own.secret.length > 0
      if (done) continue
      missing += 1
      await keeper.look()
    }
    if (missing > 0) return TICK_S * (committing ? reveal : first + length)
    this.#secretsDone = half
    return undefined
  }

  async #unjail(time: bigint): Promise<boolean> {
    const { driver, warn } = this.#options
    let free = true
    for (const hand of this.#hands) {
      if (!driver.speaks(hand.storage.id, time - NOTICED_S)) continue
      const { validator } = await this.#chain.query(
        '/cosmos.staking.v1beta1.Query/Validator',
        QueryValidatorRequest,
        { validatorAddr: hand.validator },
        QueryValidatorResponse,
      )
      if (!validator.jailed) continue
      free = false
      if (await this.#isWaiting(hand)) continue
      const outcome = await hand.sender.send({
        typeUrl: MsgUnjail.typeUrl,
        value: MsgUnjail.encode({ validatorAddr: hand.validator }),
        gas: UNJAIL_GAS,
      })
      const at = performance.now()
      hand.unjail = outcome.kind === 'sent' ? { hash: outcome.tx.hash, at } : undefined
      if (outcome.kind === 'rejected') warn(`unjail of ${hand.storage.id}: ${outcome.why}`)
    }
    return free
  }

  async #isWaiting({ unjail }: Hand): Promise<boolean> {
    if (unjail === undefined || performance.now() - unjail.at > RESEND_MS) return false
    return (await this.#chain.tx(unjail.hash)) === undefined
  }
}

/** The ticks in which a silent operator is counted until it is jailed, and those in which it is heard again. */
function silentTicks(silence: Silence | undefined, params: Params): Stretch[] {
  if (silence === undefined) return []
  const to = silence.from + TICK_S * (BigInt(params.maxSilentTicks) + 1n)
  return [
    { from: silence.from, to: least(to, silence.to) },
    { from: silence.to, to: silence.to + 2n * TICK_S },
  ]
}

/**
 * Time up to which meters speak: that of their clock, which may be ahead of the chain. Where ticks count they say nothing
 * before its time has come in a block, or it would show no presence.
 */
function speakingTime(head: bigint, clock: bigint, slow: readonly Stretch[]): bigint {
  const next = slow
    .filter(({ to }) => to >= head)
    .reduce<bigint>((first, { from }) => least(first, from), clock)
  return next > head ? next : least(head, clock)
}

function least(...values: readonly [bigint, ...bigint[]]): bigint {
  return values.reduce((a, b) => (a < b ? a : b))
}
