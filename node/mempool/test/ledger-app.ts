import { hash } from 'node:crypto'
import type {
  Application,
  CheckTxRequest,
  CheckTxResponse,
  ExecTxResult,
} from '../../abci/application.ts'

/** A transaction of the test application: `sender|sequence|gas|padding`. */
export function makeTx(sender: string, sequence: number, gas = 1, padding = ''): Uint8Array {
  return new Uint8Array(Buffer.from(`${sender}|${sequence}|${gas}|${padding}`))
}

/** Reads a transaction back. */
export function readTx(tx: Uint8Array): { sender: string; sequence: bigint; gas: bigint } {
  const [sender = '', sequence = '0', gas = '0'] = Buffer.from(tx).toString().split('|')
  return { sender, sequence: BigInt(sequence), gas: BigInt(gas) }
}

const OK = { data: new Uint8Array(), log: '', info: '', gasUsed: 0n, codespace: '' }

/**
 * A real, small application: every account has a sequence, a transaction must carry the next one. Its check state
 * keeps what a block did not touch, as the chain's does; with `forgetAll` it forgets everything at each commit, as the
 * SDK's does.
 */
export class LedgerApp implements Application {
  readonly committed = new Map<string, bigint>()
  readonly log: { type: string; tx: string }[] = []
  #check = new Map<string, bigint>()
  #pending = new Map<string, bigint>()
  #height = 0n
  readonly #forgetAll: boolean
  readonly #delay: () => Promise<void> | undefined

  constructor(options: { forgetAll?: boolean; delay?: () => Promise<void> | undefined } = {}) {
    this.#forgetAll = options.forgetAll ?? false
    this.#delay = options.delay ?? (() => undefined)
  }

  async checkTx({ tx, type }: CheckTxRequest): Promise<CheckTxResponse> {
    const wait = this.#delay()
    if (wait !== undefined) await wait
    this.log.push({ type, tx: Buffer.from(tx).toString() })
    const { sender, sequence, gas } = readTx(tx)
    const expected = this.#check.get(sender) ?? this.committed.get(sender) ?? 0n
    const base = { ...OK, gasWanted: gas, events: [], sender, sequence }
    if (sender === '') return { ...base, code: 2, codespace: 'sdk', log: 'tx parse error' }
    if (sequence !== expected) {
      const log = `account sequence mismatch, expected ${expected}, got ${sequence}: incorrect account sequence`
      return { ...base, code: 32, codespace: 'sdk', log }
    }
    this.#check.set(sender, sequence + 1n)
    return { ...base, code: 0 }
  }

  async finalizeBlock({
    txs,
  }: {
    readonly txs: readonly Uint8Array[]
  }): ReturnType<Application['finalizeBlock']> {
    const txResults = txs.map((tx): ExecTxResult => {
      const { sender, sequence, gas } = readTx(tx)
      const expected = this.#pending.get(sender) ?? this.committed.get(sender) ?? 0n
      const ok = sequence === expected
      if (ok) this.#pending.set(sender, sequence + 1n)
      const attributes = [{ key: 'acc_seq', value: `${sender}/${sequence}`, index: true }]
      return {
        ...OK,
        code: ok ? 0 : 32,
        gasWanted: gas,
        events: ok ? [{ type: 'tx', attributes }] : [],
      }
    })
    return { events: [], txResults, validatorUpdates: [], appHash: new Uint8Array(32) }
  }

  async commit(): ReturnType<Application['commit']> {
    this.#height++
    for (const [sender, next] of this.#pending) {
      this.committed.set(sender, next)
      this.#check.delete(sender)
    }
    if (this.#forgetAll) this.#check = new Map()
    this.#pending = new Map()
    return { retainHeight: 0n }
  }

  async info(): ReturnType<Application['info']> {
    const lastBlockAppHash = new Uint8Array(32)
    return {
      data: 'ledger',
      version: '1',
      appVersion: 1n,
      lastBlockHeight: this.#height,
      lastBlockAppHash,
    }
  }

  async initChain(): ReturnType<Application['initChain']> {
    return { validators: [], appHash: new Uint8Array(32) }
  }

  async prepareProposal({
    txs,
  }: {
    readonly txs: readonly Uint8Array[]
  }): ReturnType<Application['prepareProposal']> {
    return { txs }
  }

  async processProposal(): ReturnType<Application['processProposal']> {
    return { accept: true }
  }

  async query(): ReturnType<Application['query']> {
    const none = new Uint8Array()
    const end = {
      height: this.#height,
      codespace: 'sdk',
      proofOps: undefined,
      key: none,
      value: none,
    }
    return { code: 6, log: 'no queries', info: '', index: 0n, ...end }
  }

  async extendVote(): ReturnType<Application['extendVote']> {
    return { voteExtension: new Uint8Array() }
  }

  async verifyVoteExtension(): ReturnType<Application['verifyVoteExtension']> {
    return { accept: true }
  }

  async listSnapshots(): ReturnType<Application['listSnapshots']> {
    return []
  }
}

/** sha256 of a transaction as the pool names it. */
export function hashOf(tx: Uint8Array): string {
  return hash('sha256', tx, 'hex')
}
