import { expect } from 'chai'
import fc from 'fast-check'
import { MempoolError } from '../errors.ts'
import { Pool } from '../pool.ts'
import { LedgerApp, makeTx, readTx } from './ledger-app.ts'

type Step =
  | { readonly kind: 'add'; readonly sender: number; readonly skip: number }
  | { readonly kind: 'block'; readonly bytes: number; readonly recheck: boolean }
  | { readonly kind: 'foreign'; readonly sender: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('add' as const), sender: fc.nat(4), skip: fc.nat(9) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('block' as const),
      bytes: fc.nat(150),
      recheck: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('foreign' as const), sender: fc.nat(4) }) },
)

/** What the outside knows: which transactions were promised, which a block executed. */
class Run {
  readonly app: LedgerApp
  readonly pool: Pool
  readonly accepted = new Set<string>()
  readonly executed: string[] = []
  readonly #next = new Map<string, number>()
  #height = 0n

  constructor(forgetAll: boolean) {
    this.app = new LedgerApp({ forgetAll })
    this.pool = new Pool(this.app, { maxTxs: 12, maxBytes: 200 })
  }

  async take(one: Step): Promise<void> {
    if (one.kind === 'add') await this.#add(`u${one.sender}`, one.skip)
    if (one.kind === 'block') await this.#block(this.pool.reap(BigInt(one.bytes), -1n), one.recheck)
    if (one.kind === 'foreign') {
      // A block of another node with a transaction this one never saw.
      const sender = `u${one.sender}`
      await this.#block([makeTx(sender, Number(this.app.committed.get(sender) ?? 0n), 99)], true)
      await this.pool.rechecked()
      const left = this.pool.reap(-1n, -1n).filter((tx) => readTx(tx).sender === sender)
      this.#next.set(sender, Number(this.app.committed.get(sender)) + left.length)
    }
    expect(this.pool.size()).to.be.at.most(12)
    expect(this.pool.bytes()).to.be.at.most(200)
  }

  async #add(sender: string, skip: number): Promise<void> {
    const next = this.#next.get(sender) ?? 0
    // Mostly the right sequence, sometimes one too far.
    const sequence = skip === 0 ? next + 3 : next
    const tx = makeTx(sender, sequence)
    try {
      const response = await this.pool.add(tx)
      if (skip === 0) expect(response.code).to.equal(32)
      else expect(response.code, `${sender} ${sequence} ${response.log}`).to.equal(0)
      if (response.code !== 0) return
      this.accepted.add(Buffer.from(tx).toString())
      this.#next.set(sender, next + 1)
    } catch (error) {
      if (!(error instanceof MempoolError)) throw error
      expect(error.reason).to.be.oneOf(['full', 'exists'])
    }
  }

  async #block(txs: Uint8Array[], recheck: boolean): Promise<void> {
    const { txResults } = await this.app.finalizeBlock({ txs })
    await this.pool.lock()
    await this.app.commit()
    this.pool.unlock()
    this.pool.update(++this.#height, txs, txResults)
    txs.forEach((tx, i) => {
      const text = Buffer.from(tx).toString()
      if (this.accepted.has(text)) expect(txResults[i]?.code, `${text} executes`).to.equal(0)
      this.executed.push(text)
    })
    if (recheck) await this.pool.rechecked()
  }
}

describe('mempool properties', () => {
  for (const forgetAll of [false, true]) {
    it(`keeps order and limits, loses and doubles nothing${forgetAll ? ', whatever the application forgets' : ''} (300 random histories)`, async function () {
      this.timeout(60_000)
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
          const run = new Run(forgetAll)
          for (const one of steps) await run.take(one)
          await run.pool.rechecked()
          const rest = run.pool.reap(-1n, -1n).map((tx) => Buffer.from(tx).toString())
          const seen = [...run.executed, ...rest]
          expect(new Set(seen).size, 'nothing twice').to.equal(seen.length)
          const known = new Set(seen)
          for (const text of run.accepted) {
            // Gone only if a foreign block used its sequence.
            const { sender, sequence } = readTx(Buffer.from(text))
            const used = (run.app.committed.get(sender) ?? 0n) > sequence
            expect(known.has(text) || used, `${text} is lost`).to.equal(true)
          }
          const next = new Map<string, bigint>()
          for (const text of rest) {
            const { sender, sequence } = readTx(Buffer.from(text))
            const expected = next.get(sender) ?? run.app.committed.get(sender) ?? 0n
            expect(sequence, `${text} in order`).to.equal(expected)
            next.set(sender, sequence + 1n)
          }
        }),
        { numRuns: 300 },
      )
    })
  }
})
