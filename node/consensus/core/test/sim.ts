import { toHex, utf8 } from '../../../chain/bytes.ts'
import { blockIdKey, equalBlockIds } from '../../../chain/commit.ts'
import { sha256 } from '../../../chain/hash.ts'
import type { Block, BlockId, Commit, ValidatorSet } from '../../../chain/types.ts'
import { nextValidators } from '../../../chain/validators.ts'
import { apply } from '../core.ts'
import { type News, newsFor, type Summary, summary } from '../news.ts'
import { type CoreState, initialState } from '../state.ts'
import { decodeSummary, encodeSummary } from '../summary-codec.ts'
import type { Effect, Input, Timer } from '../types.ts'
import { blockOf, proposalOf, validatorSet, voteOf } from './helpers.ts'
import { Queue, random } from './queue.ts'

/** What a seed decides. */
export interface Scenario {
  readonly seed: number
  readonly powers: readonly number[]
  /** Nodes that tell each half of the network something else. */
  readonly byzantine: readonly number[]
  /** Probability that a message is lost or doubled before `healAt`. */
  readonly loss: number
  readonly duplicate: number
  /** Largest delay in ms before `healAt`. */
  readonly delay: number
  /** Virtual ms at which faults end. */
  readonly healAt: number
  /** A node that loses its memory and replays its log, or -1. */
  readonly crash: number
  readonly partition: boolean
}

interface Value {
  readonly blockId: BlockId
  readonly block: Block
}
type Message =
  | { readonly news: News; readonly value: Value | undefined }
  | { readonly summary: Uint8Array }
  | { readonly commit: Commit; readonly value: Value }
  | { readonly want: BlockId; readonly height: bigint }
  | { readonly value: Value; readonly height: bigint }

class Node {
  state: CoreState = initialState({ createEmptyBlocks: true })
  log: Input[] = []
  values = new Map<string, Value>()
  up = true
  readonly decisions = new Map<bigint, { commit: Commit; value: Value }>()
  equivocations = 0
}

/** Heights of nodes, ascending. */
export function heights(nodes: readonly Node[]): readonly bigint[] {
  return nodes.map((n) => n.state.height).sort((a, b) => Number(a - b))
}

/** A network of cores in virtual time. */
export class Simulation {
  readonly nodes: Node[]
  readonly validators: ValidatorSet
  private readonly sets: ValidatorSet[] = []
  private readonly queue = new Queue()
  private readonly roll: () => number
  private readonly scenario: Scenario
  private side: readonly number[] = []
  /** A description of the first disagreement, if there was one. */
  disagreement: string | undefined
  /** True when a replayed state was not the state before the crash. */
  replayDiffered = false

  constructor(scenario: Scenario) {
    this.scenario = scenario
    this.roll = random(scenario.seed)
    this.validators = validatorSet(scenario.powers)
    this.nodes = this.validators.validators.map(() => new Node())
    for (const i of this.nodes.keys()) this.startHeight(i, 1n)
    for (const i of this.nodes.keys()) {
      this.queue.add(Math.floor(this.roll() * 500), () => this.tick(i))
    }
    this.planFaults()
  }

  get honest(): readonly Node[] {
    return this.nodes.filter((_, i) => !this.isByzantine(i))
  }

  get now(): number {
    return this.queue.now
  }

  /** Lowest height an honest node is working on. */
  get height(): bigint {
    return heights(this.honest)[0] ?? 0n
  }

  /** Runs until the virtual time or until `done`. */
  run(until: number, done: () => boolean = () => false): void {
    while (this.queue.now < until && !done() && this.queue.next());
  }

  private isByzantine(i: number): boolean {
    return this.scenario.byzantine.includes(i)
  }

  private planFaults(): void {
    const { healAt, crash, partition } = this.scenario
    if (partition) {
      this.queue.add(healAt * 0.2, () => {
        this.side = this.nodes.map(() => (this.roll() < 0.5 ? 0 : 1))
      })
      this.queue.add(healAt * 0.7, () => {
        this.side = []
      })
    }
    if (crash >= 0) {
      this.queue.add(healAt * (0.1 + 0.3 * this.roll()), () => {
        this.node(crash).up = false
      })
      this.queue.add(healAt * (0.5 + 0.4 * this.roll()), () => this.restart(crash))
    }
  }

  private node(i: number): Node {
    return this.nodes[i] as Node
  }

  private startHeight(i: number, height: bigint): void {
    const node = this.node(i)
    node.log = []
    node.values = new Map()
    const ownAddress = this.validators.validators[i]?.address
    this.feed(i, { type: 'startHeight', height, validators: this.setAt(height), ownAddress })
  }

  /** Validators of a height: powers never change, the proposer rotates. */
  private setAt(height: bigint): ValidatorSet {
    while (BigInt(this.sets.length) <= height) {
      this.sets.push(nextValidators(this.sets.at(-1) ?? this.validators, []))
    }
    return this.sets[Number(height)] as ValidatorSet
  }

  /** The log keeps the inputs of the current height, as the shell's does. */
  private feed(i: number, input: Input): void {
    const node = this.node(i)
    if (!node.up) return
    node.log.push(input)
    const { state, effects } = apply(node.state, input)
    node.state = state
    for (const effect of effects) this.perform(i, effect)
  }

  private restart(i: number): void {
    const node = this.node(i)
    const before = describeState(node.state)
    node.up = true
    let state = initialState({ createEmptyBlocks: true })
    const timers: Timer[] = []
    for (const input of node.log) {
      const applied = apply(state, input)
      state = applied.state
      for (const e of applied.effects) if (e.type === 'schedule') timers.push(e.timer)
    }
    node.state = state
    if (describeState(state) !== before) this.replayDiffered = true
    for (const timer of timers) this.perform(i, { type: 'schedule', timer })
    this.tick(i)
  }

  private perform(i: number, effect: Effect): void {
    const node = this.node(i)
    switch (effect.type) {
      case 'schedule': {
        const { kind, round } = effect.timer
        const base = kind === 'newHeight' ? 300 : kind === 'propose' ? 900 : 400
        this.queue.add(base + 150 * round, () =>
          this.feed(i, { type: 'timeout', timer: effect.timer }),
        )
        return
      }
      case 'getValue': {
        const { height, round } = effect
        const value = this.makeValue(`${height}/${round}/${i}`, height)
        this.queue.add(5, () => this.feed(i, { type: 'value', height, round, ...value }))
        return
      }
      case 'propose':
        this.propose(i, effect)
        return
      case 'vote':
        this.vote(i, effect)
        return
      case 'fetchBlock':
        this.fetch(i, effect.height, effect.blockId)
        return
      case 'equivocation':
        node.equivocations++
        return
      case 'decide': {
        const { blockId, block, commit, height } = effect
        this.decide(i, height, { blockId, block }, commit)
        return
      }
      case 'stepChanged':
    }
  }

  private makeValue(label: string, height: bigint): Value {
    const hash = sha256(utf8(label))
    return { blockId: { hash, parts: { total: 1, hash } }, block: blockOf('A', height) }
  }

  private propose(i: number, effect: Extract<Effect, { type: 'propose' }>): void {
    const { height, round, polRound, blockId, block } = effect
    const send = (value: Value, to: (peer: number) => boolean): void => {
      const proposal = proposalOf(height, round, value.blockId, polRound)
      this.broadcast(i, { news: { type: 'proposal', proposal }, value }, to)
    }
    const own = { blockId, block }
    this.deliver(i, i, {
      news: { type: 'proposal', proposal: proposalOf(height, round, blockId, polRound) },
      value: own,
    })
    if (!this.isByzantine(i)) {
      send(own, () => true)
      return
    }
    const other = this.makeValue(`${height}/${round}/${i}/other`, height)
    send(own, (peer) => peer % 2 === 0)
    send(other, (peer) => peer % 2 === 1)
  }

  private vote(i: number, effect: Extract<Effect, { type: 'vote' }>): void {
    const { voteType, height, round } = effect
    const nil: BlockId = { hash: new Uint8Array(0), parts: { total: 0, hash: new Uint8Array(0) } }
    const make = (blockId: BlockId): Message => ({
      news: { type: 'vote', vote: voteOf(this.validators, i, voteType, height, round, blockId) },
      value: undefined,
    })
    this.deliver(i, i, make(effect.blockId ?? nil))
    if (!this.isByzantine(i)) {
      this.broadcast(i, make(effect.blockId ?? nil), () => true)
      return
    }
    // Tells even peers the first and odd peers the second version of the round's value.
    const proposer = this.node(i).state.proposer.address
    const p = this.validators.validators.findIndex((v) => toHex(v.address) === toHex(proposer))
    const labels = [
      `${height}/${round}/${p}`,
      `${height}/${round}/${p}${this.isByzantine(p) ? '/other' : ''}`,
    ]
    labels.forEach((label, parity) => {
      const honestProposer = !this.isByzantine(p)
      const blockId = honestProposer && parity === 1 ? nil : this.makeValue(label, height).blockId
      this.broadcast(i, make(blockId), (peer) => peer % 2 === parity)
    })
  }

  private fetch(i: number, height: bigint, want: BlockId): void {
    const node = this.node(i)
    if (node.state.height !== height || node.values.has(blockIdKey(want))) return
    this.broadcast(i, { want, height }, () => true)
    this.queue.add(1000, () => this.fetch(i, height, want))
  }

  private decide(i: number, height: bigint, value: Value, commit: Commit): void {
    this.node(i).decisions.set(height, { value, commit })
    for (const [other, node] of this.nodes.entries()) {
      if (this.isByzantine(other) || this.isByzantine(i)) continue
      const decided = node.decisions.get(height)
      if (decided !== undefined && !equalBlockIds(decided.value.blockId, value.blockId)) {
        this.disagreement ??= `height ${height}: nodes ${other} and ${i} decided different blocks`
      }
    }
    this.startHeight(i, height + 1n)
  }

  /** Once a second: tell everybody what is here. Byzantine nodes ask too, but never answer. */
  private tick(i: number): void {
    const node = this.node(i)
    if (node.up) {
      this.broadcast(i, { summary: encodeSummary(summary(node.state)) }, () => true)
    }
    this.queue.add(1000, () => this.tick(i))
  }

  private broadcast(from: number, message: Message, to: (peer: number) => boolean): void {
    for (const peer of this.nodes.keys())
      if (peer !== from && to(peer)) this.send(from, peer, message)
  }

  private send(from: number, to: number, message: Message): void {
    const { loss, duplicate, delay, healAt } = this.scenario
    const faulty = this.queue.now < healAt
    if (!this.node(from).up || (faulty && this.roll() < loss)) return
    if (this.side[from] !== this.side[to]) return
    const copies = faulty && this.roll() < duplicate ? 2 : 1
    for (let n = 0; n < copies; n++) {
      const wait = 1 + Math.floor(this.roll() * (faulty ? delay : 20))
      this.queue.add(wait, () => this.deliver(from, to, message))
    }
  }

  private deliver(from: number, i: number, message: Message): void {
    const node = this.node(i)
    const { height } = node.state
    if (!node.up) return
    if ('news' in message) {
      const { news, value } = message
      if (news.type === 'vote') {
        this.feed(i, { type: 'vote', vote: news.vote })
        return
      }
      const { proposal } = news
      this.feed(i, { type: 'proposal', proposal })
      if (value === undefined) this.fetch(i, proposal.height, proposal.blockId)
      else this.receiveBlock(i, proposal.height, value)
    } else if ('summary' in message) this.answer(i, from, decodeSummary(message.summary))
    else if ('commit' in message) {
      const { commit, value } = message
      this.feed(i, { type: 'commit', commit, block: value.block })
    } else if ('want' in message) {
      const value = node.values.get(blockIdKey(message.want))
      if (value !== undefined && message.height === height) this.send(i, from, { value, height })
    } else this.receiveBlock(i, message.height, message.value)
  }

  private receiveBlock(i: number, height: bigint, value: Value): void {
    const node = this.node(i)
    if (height !== node.state.height) return
    node.values.set(blockIdKey(value.blockId), value)
    this.feed(i, { type: 'block', height, ...value, valid: true })
  }

  private answer(i: number, peer: number, theirs: Summary): void {
    const node = this.node(i)
    if (this.isByzantine(i)) return
    const decided = node.decisions.get(theirs.height)
    if (decided !== undefined) {
      this.send(i, peer, { commit: decided.commit, value: decided.value })
      return
    }
    for (const news of newsFor(node.state, theirs)) {
      const value =
        news.type === 'proposal' ? node.values.get(blockIdKey(news.proposal.blockId)) : undefined
      this.send(i, peer, { news, value })
    }
  }
}

/** A state as comparable text. */
export function describeState(state: CoreState): string {
  return JSON.stringify(state, (_, v: unknown) => {
    if (typeof v === 'bigint') return `${v}n`
    if (v instanceof Map || v instanceof Set) return [...v]
    return v instanceof Uint8Array ? toHex(v) : v
  })
}
