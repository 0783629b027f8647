import { consensusKeyFromSeed } from '../../node/consensus/key-file.ts'
import { homeAt } from '../../node/home.ts'
import { loadOrCreateNodeKey } from '../../node/p2p/node-key.ts'
import { devSeed } from '../accounts.ts'
import { finish } from '../dev/finish.ts'
import { Session } from '../dev/session.ts'
import type { Statement } from '../dev/statement.ts'
import type { Network, NodePorts } from '../network.ts'
import { loadRecordedTown } from '../town/recorded-town.ts'
import { chainsAgree } from './agreement.ts'
import { Observer, type Watched } from './observer.ts'

/** How the town under attack is run. */
export interface TownPlan {
  readonly dir: string
  readonly ports: readonly NodePorts[]
  /** Seed of the network's keys and of the dispatch. */
  readonly seed: string
  readonly log: (line: string) => void
}

/** Recorded seconds per second: an hour of every home's readings each two seconds. */
const SPEED = 1_800
const DRAIN_MS = 120_000
/** Of four validators. */
const MAJORITY = 3

/** What remains to be said when the town has ended. */
export interface TownEnd {
  readonly height: bigint
  readonly fed: number
  readonly statement: Statement | undefined
  readonly faults: readonly string[]
}

/** The recorded town on four validators, watched by an observer. Whatever goes wrong gathers in `faults`. */
export class TownNetwork {
  readonly session: Session
  readonly observer: Observer
  readonly validators: readonly Watched[]
  readonly faults: string[]
  readonly #startedMs: number
  readonly #run: Promise<void>

  private constructor(session: Session, observer: Observer, faults: string[], startedMs: number) {
    this.session = session
    this.observer = observer
    this.validators = watched(session.network)
    this.faults = faults
    this.#startedMs = startedMs
    this.#run = session.run(undefined).then(
      () => undefined,
      (error: unknown) => void faults.push(`the devices stopped: ${String(error)}`),
    )
  }

  /** Starts everything; resolves when all validators have a block and the observer is on its way to them. */
  static async start(plan: TownPlan): Promise<TownNetwork> {
    const startedMs = performance.now()
    const faults: string[] = []
    const session = await Session.start({
      dir: plan.dir,
      town: loadRecordedTown(plan.seed),
      seed: plan.seed,
      validators: 4,
      ports: plan.ports,
      speed: SPEED,
      fast: false,
      chainId: 'strom-kill-1',
      log: { info: () => undefined, warn: (message) => plan.log(`  gateway: ${message}`) },
      onExit: (index, code, log) =>
        faults.push(`node${index} ended by itself with code ${code}: ${log}`),
    })
    try {
      const addresses = await peerAddresses(session.network)
      const observer = await Observer.join(
        session.network.chainId,
        watched(session.network),
        addresses,
      )
      return new TownNetwork(session, observer, faults, startedMs)
    } catch (error) {
      await session.stop()
      throw error
    }
  }

  /** Stops the devices, lets the gateway deliver everything, and checks the whole chain. */
  async end(): Promise<TownEnd> {
    const { session, observer, faults } = this
    session.driver.stop()
    await this.#run
    const { fed, until } = session.driver
    if (!(await within(session.gateway.drained(), DRAIN_MS)))
      faults.push(`${session.gateway.stats().queued} readings were not settled in ${DRAIN_MS} ms`)
    const agreement = await chainsAgree(session.launcher.nodes)
    faults.push(...agreement.faults, ...this.#observed(agreement.height))
    await observer.leave()
    if (session.gateway.stats().queued > 0)
      return { height: agreement.height, fed, statement: undefined, faults }
    const statement = await finish(session, until, this.#startedMs)
    faults.push(...statement.faults)
    const { accepted, refused } = statement.facts
    if (accepted !== BigInt(fed) || refused !== 0n)
      faults.push(`${fed} readings were sent, ${accepted} accepted, ${refused} refused`)
    return { height: agreement.height, fed, statement, faults }
  }

  /** Ends all processes, whatever state they are in. Safe to call after `end`. */
  async stop(): Promise<void> {
    await this.session.stop()
  }

  #observed(height: bigint): string[] {
    const { observer } = this
    const found = observer.conflicts.map(
      ({ validator, type, height: at, round, blocks }) =>
        `${validator} signed two ${type}s at height ${at} round ${round}: ${blocks.join(' and ')}`,
    )
    if (observer.bad > 0) found.push(`the observer heard ${observer.bad} messages nobody may send`)
    // It joins when the chain has some heights already; a watch with holes after that would prove nothing.
    let from = 1n
    while (from <= height && observer.precommitted(from).size < MAJORITY) from += 1n
    let heard = 0n
    for (let at = from; at <= height; at += 1n) {
      if (observer.precommitted(at).size >= MAJORITY) heard += 1n
    }
    const watchedHeights = height - from + 1n
    if (watchedHeights < 3n || heard * 10n < watchedHeights * 8n)
      found.push(
        `the observer heard a majority at ${heard} of the heights ${from} to ${height} only`,
      )
    return found
  }
}

function watched(network: Network): Watched[] {
  return network.homes.map((_, i) => {
    const { address, pubKey } = consensusKeyFromSeed(devSeed(network.seed, `validator-${i}`))
    return { name: `node${i}`, address, pubKey }
  })
}

async function peerAddresses(network: Network): Promise<string[]> {
  return await Promise.all(
    network.homes.map(async (home, i) => {
      const { peerId } = await loadOrCreateNodeKey(homeAt(home).nodeKey)
      return `${peerId}@127.0.0.1:${network.ports[i]?.p2p}`
    }),
  )
}

async function within(work: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  const done = await Promise.race([work.then(() => true), late])
  clearTimeout(timer)
  return done
}
