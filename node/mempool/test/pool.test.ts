import { expect } from 'chai'
import type { CheckTxResponse } from '../../abci/application.ts'
import { Metrics } from '../../telemetry/metrics.ts'
import { lockedDuringCommit } from '../commit-lock.ts'
import { MempoolError } from '../errors.ts'
import { Pool, type PoolOptions } from '../pool.ts'
import { hashOf, LedgerApp, makeTx, readTx } from './ledger-app.ts'

const NO_LIMIT = -1n

async function reason(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'taken',
    (error: unknown) =>
      error instanceof MempoolError ? `${error.reason}: ${error.message}` : String(error),
  )
}

/** Commits a block of what the pool offers, as an engine does. */
async function commitBlock(
  app: LedgerApp,
  pool: Pool,
  height: bigint,
  txs: readonly Uint8Array[],
): Promise<void> {
  const engine = lockedDuringCommit(app, pool)
  const request = {
    height,
    txs,
    decidedLastCommit: { round: 0, votes: [] },
    misbehavior: [],
    hash: new Uint8Array(),
  }
  const rest = {
    time: { seconds: 0n, nanos: 0 },
    nextValidatorsHash: new Uint8Array(),
    proposerAddress: new Uint8Array(),
  }
  const { txResults } = await engine.finalizeBlock({ ...request, ...rest })
  await engine.commit()
  pool.committed(height, txs, txResults)
}

function create(
  options: PoolOptions = {},
  forgetAll = false,
): { app: LedgerApp; pool: Pool; metrics: Metrics } {
  const app = new LedgerApp({ forgetAll })
  const metrics = new Metrics()
  return { app, pool: new Pool(app, { metrics, ...options }), metrics }
}

describe('mempool', () => {
  it('keeps what the application accepts and gives back its answer', async () => {
    const { pool, metrics } = create()
    const tx = makeTx('alice', 0)
    const response = await pool.add(tx)
    expect(response).to.include({ code: 0, sender: 'alice' })
    expect(pool.contains(hashOf(tx))).to.equal(true)
    expect([pool.size(), pool.bytes()]).to.deep.equal([1, tx.length])
    const refused = await pool.add(makeTx('alice', 5))
    expect(refused.log).to.equal(
      'account sequence mismatch, expected 1, got 5: incorrect account sequence',
    )
    expect(pool.size()).to.equal(1)
    expect(metrics.value('mempool_failed_txs')).to.equal(1)
  })

  it('refuses repeats with the text clients match on, also after the commit', async () => {
    const { app, pool } = create()
    const tx = makeTx('alice', 0)
    const both = await Promise.all([reason(pool.add(tx)), reason(pool.add(tx))])
    expect(both).to.deep.equal(['taken', 'exists: tx already exists in cache'])
    await commitBlock(app, pool, 1n, pool.reap(NO_LIMIT, NO_LIMIT))
    expect(pool.size()).to.equal(0)
    expect(await reason(pool.add(tx))).to.equal('exists: tx already exists in cache')
  })

  it('lets a refused transaction be sent again, and one that failed in a block too', async () => {
    const { app, pool } = create()
    expect((await pool.add(makeTx('alice', 1))).code).to.equal(32)
    expect((await pool.add(makeTx('alice', 0))).code).to.equal(0)
    expect((await pool.add(makeTx('alice', 1))).code).to.equal(0)
    await commitBlock(app, pool, 1n, [makeTx('bob', 7)])
    expect((await pool.add(makeTx('bob', 7))).code).to.equal(32)
  })

  it('looks at the size before anything else', async () => {
    const { app, pool } = create({ maxTxBytes: 20 })
    expect(await reason(pool.add(makeTx('alice', 0, 1, 'x'.repeat(30))))).to.equal(
      'too_large: tx too large. Max size is 20, but got 40',
    )
    expect(await reason(pool.add(new Uint8Array()))).to.contain('too_large')
    expect(app.log).to.have.length(0)
  })

  it('counts transactions under way when it says that it is full', async () => {
    const { pool, metrics } = create({ maxTxs: 3 })
    const outcomes = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((name) => reason(pool.add(makeTx(name, 0)))),
    )
    expect(outcomes.filter((one) => one === 'taken')).to.have.length(3)
    expect(outcomes[4]).to.match(
      /^full: mempool is full: number of txs 3 \(max: 3\), total txs bytes \d+ \(max: \d+\)$/,
    )
    expect(metrics.value('strom_queue_dropped_total', { queue: 'mempool' })).to.equal(2)
    const small = create({ maxBytes: 20 })
    const pair = await Promise.all(
      ['a', 'b'].map((name) => reason(small.pool.add(makeTx(name, 0, 1, 'xxxxxx')))),
    )
    expect(pair[1]).to.contain('total txs bytes 12 (max: 20)')
  })

  it('asks the application in the same turn for transactions added in one turn', async () => {
    const { app, pool } = create()
    const adds = [...Array(100).keys()].map((i) => pool.add(makeTx(`user${i}`, 0)))
    expect(app.log).to.have.length(100)
    await Promise.all(adds)
  })

  it('holds checks back while the application commits and begins the commit when running ones are done', async () => {
    const order: string[] = []
    let finish = (): void => undefined
    const app = new LedgerApp({ delay: () => new Promise((resolve) => (finish = resolve)) })
    const pool = new Pool(app)
    const first = pool.add(makeTx('alice', 0)).then(() => order.push('first checked'))
    const locked = pool.lock().then(() => order.push('locked'))
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(order).to.deep.equal([])
    finish()
    await Promise.all([first, locked])
    const second = pool.add(makeTx('bob', 0)).then(() => order.push('second checked'))
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(app.log).to.have.length(1)
    order.push('unlocked')
    pool.unlock()
    await new Promise((resolve) => setTimeout(resolve, 1))
    finish()
    await second
    expect(order.sort()).to.deep.equal(
      ['first checked', 'locked', 'second checked', 'unlocked'].sort(),
    )
    expect(order.indexOf('unlocked')).to.be.lessThan(order.length)
    expect(() => pool.unlock()).to.throw('not locked')
  })

  it('reaps within bytes and gas and never puts a later transaction of a sender before an earlier one', async () => {
    const { pool } = create()
    await pool.add(makeTx('alice', 0, 10))
    await pool.add(makeTx('alice', 1, 100))
    await pool.add(makeTx('alice', 2, 1))
    await pool.add(makeTx('bob', 0, 5))
    const show = (txs: Uint8Array[]): string[] =>
      txs.map((tx) => `${readTx(tx).sender}${readTx(tx).sequence}`)
    expect(show(pool.reap(NO_LIMIT, NO_LIMIT))).to.deep.equal([
      'alice0',
      'alice1',
      'alice2',
      'bob0',
    ])
    expect(show(pool.reap(NO_LIMIT, 20n))).to.deep.equal(['alice0', 'bob0'])
    const framed = BigInt(makeTx('alice', 0, 10).length + 2)
    expect(show(pool.reap(framed, NO_LIMIT))).to.deep.equal(['alice0'])
    expect(show(pool.reap(framed - 1n, NO_LIMIT))).to.deep.equal(['bob0'])
    expect(show(pool.reap(0n, NO_LIMIT))).to.deep.equal([])
  })

  it('checks again only what a block touched and drops what it made impossible', async () => {
    const { app, pool, metrics } = create()
    for (let i = 0; i < 3; i++) await pool.add(makeTx('alice', i))
    for (let i = 0; i < 3; i++) await pool.add(makeTx('bob', i))
    app.log.length = 0
    // Another node's block took alice's first two sequences with other transactions.
    await commitBlock(app, pool, 1n, [makeTx('alice', 0, 2), makeTx('alice', 1, 2)])
    await pool.rechecked()
    expect(app.log.map(({ type, tx }) => `${type} ${tx.slice(0, 7)}`)).to.deep.equal([
      'recheck alice|0',
      'recheck alice|1',
      'recheck alice|2',
    ])
    expect(metrics.value('mempool_evicted_txs')).to.equal(2)
    expect(
      pool.reap(NO_LIMIT, NO_LIMIT).map((tx) => Buffer.from(tx).toString().slice(0, 7)),
    ).to.deep.equal(['alice|2', 'bob|0|1|', 'bob|1|1|', 'bob|2|1|'].map((text) => text.slice(0, 7)))
  })

  it('loses nothing when the next block comes before all of a sender was checked again', async () => {
    const { app, pool } = create()
    for (let i = 0; i < 100; i++) await pool.add(makeTx('alice', i))
    for (let height = 1n; height <= 5n; height++) {
      await commitBlock(app, pool, height, pool.reap(NO_LIMIT, NO_LIMIT).slice(0, 1))
      // One slice of rechecks runs, then the next block is there.
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await pool.add(makeTx('alice', 100))).code).to.equal(0)
    await pool.rechecked()
    expect(pool.size()).to.equal(96)
  })

  for (const forgetAll of [false, true]) {
    const kind = forgetAll ? 'forgets everything' : 'forgets what the block wrote'
    it(`accepts the next sequence right after a commit when the application ${kind}`, async () => {
      const { app, pool } = create({}, forgetAll)
      for (let i = 0; i < 6; i++) await pool.add(makeTx('alice', i))
      for (let i = 0; i < 3; i++) await pool.add(makeTx('bob', i))
      const block = pool
        .reap(NO_LIMIT, NO_LIMIT)
        .filter((tx) => readTx(tx).sender === 'alice')
        .slice(0, 2)
      const engine = lockedDuringCommit(app, pool)
      const results = (await app.finalizeBlock({ txs: block })).txResults
      const committing = engine.commit()
      const early = [pool.add(makeTx('alice', 6)), pool.add(makeTx('bob', 3))]
      await committing
      pool.update(1n, block, results)
      const late = [pool.add(makeTx('alice', 7)), pool.add(makeTx('bob', 4))]
      const codes = (await Promise.all([...early, ...late])).map(
        (response: CheckTxResponse) => response.code,
      )
      await pool.rechecked()
      expect(codes).to.deep.equal([0, 0, 0, 0])
      expect(pool.size()).to.equal(6 + 3 - 2 + 4)
      // A wrong sequence of an untouched sender must not cost it what it has waiting.
      expect((await pool.add(makeTx('bob', 40))).code).to.equal(32)
      expect(pool.size()).to.equal(11)
    })
  }

  it('leaves the event loop free while thousands come in at once, and keeps their order', async () => {
    const app = new LedgerApp()
    const pool = new Pool(app)
    const check = app.checkTx.bind(app)
    app.checkTx = async (request) => {
      const end = performance.now() + 0.1
      while (performance.now() < end);
      return await check(request)
    }
    let turns = 0
    let done = false
    const count = (): void => {
      turns++
      if (!done) setImmediate(count)
    }
    count()
    const adding = Array.from({ length: 2000 }, (_, i) => pool.add(makeTx('alice', i)))
    const codes = (await Promise.all(adding)).map(({ code }) => code)
    done = true
    expect(codes.every((code) => code === 0)).to.equal(true)
    expect(turns).to.be.greaterThan(100)
  })

  it('keeps the order of a sender whose transaction has to be asked again in the middle of a flood', async () => {
    const app = new LedgerApp()
    const pool = new Pool(app)
    for (let i = 0; i < 3; i++) await pool.add(makeTx('alice', i))
    const check = app.checkTx.bind(app)
    app.checkTx = async (request) => {
      const end = performance.now() + 0.1
      while (performance.now() < end);
      return await check(request)
    }
    // The application forgets alice, so her next transaction is refused until her waiting ones were shown.
    await commitBlock(app, pool, 1n, pool.reap(NO_LIMIT, NO_LIMIT).slice(0, 1))
    const adding: Promise<CheckTxResponse>[] = []
    for (let i = 0; i < 300; i++) {
      adding.push(pool.add(i % 20 === 0 ? makeTx('alice', 3 + i / 20) : makeTx(`user${i}`, 0)))
    }
    const codes = (await Promise.all(adding)).map(({ code }) => code)
    expect(codes.filter((code) => code !== 0)).to.deep.equal([])
  })

  it('does not check a transaction that a block had while it stood in line', async () => {
    const app = new LedgerApp()
    const pool = new Pool(app)
    const asked: string[] = []
    const check = app.checkTx.bind(app)
    app.checkTx = async (request) => {
      asked.push(Buffer.from(request.tx).toString('hex'))
      const end = performance.now() + 1
      while (performance.now() < end);
      return await check(request)
    }
    const late = makeTx('late', 0)
    const others = Array.from({ length: 100 }, (_, i) => pool.add(makeTx(`user${i}`, 0)))
    const adding = reason(pool.add(late))
    await commitBlock(app, pool, 1n, [late])
    expect(await adding).to.match(/^exists/)
    await Promise.all(others)
    expect(asked).not.to.include(Buffer.from(late).toString('hex'))
    // The block's transaction stays known: it cannot come in again.
    expect(await reason(pool.add(late))).to.match(/^exists/)
  })

  it('leaves the event loop free while it checks thousands again', async () => {
    const app = new LedgerApp()
    const pool = new Pool(app, { maxTxs: 10_000 })
    for (let i = 0; i < 10_000; i++) await pool.add(makeTx(`user${i % 100}`, Math.floor(i / 100)))
    // Every check costs 50 us of processor time, as a real one does.
    const slow = app.checkTx.bind(app)
    app.checkTx = async (request) => {
      const end = performance.now() + 0.05
      while (performance.now() < end);
      return await slow(request)
    }
    const block = pool.reap(3000n, NO_LIMIT)
    await commitBlock(app, pool, 1n, block)
    const steps: number[] = []
    let last = performance.now()
    let done = false
    void pool.rechecked().then(() => {
      done = true
    })
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = performance.now()
      steps.push(now - last)
      last = now
    }
    steps.sort((a, b) => a - b)
    expect(steps.length).to.be.greaterThan(50)
    expect(steps[Math.floor(steps.length * 0.9)]).to.be.lessThan(50)
    expect(pool.size()).to.equal(10_000 - block.length)
  })

  it('drops what waited too long, in time and in blocks', async () => {
    const byTime = create({ ttlMs: 20 })
    await byTime.pool.add(makeTx('alice', 0))
    await new Promise((resolve) => setTimeout(resolve, 40))
    byTime.pool.update(1n, [], [])
    expect(byTime.pool.size()).to.equal(0)
    const byBlocks = create({ ttlBlocks: 2 })
    await byBlocks.pool.add(makeTx('alice', 0))
    for (const height of [1n, 2n]) byBlocks.pool.update(height, [], [])
    expect(byBlocks.pool.size()).to.equal(1)
    byBlocks.pool.update(3n, [], [])
    expect(byBlocks.pool.size()).to.equal(0)
  })

  it('tells once a height that transactions wait', async () => {
    const { app, pool } = create()
    let told = 0
    pool.onAvailable(() => told++)
    await pool.add(makeTx('alice', 0))
    await pool.add(makeTx('alice', 1))
    expect(told).to.equal(1)
    await commitBlock(app, pool, 1n, pool.reap(NO_LIMIT, NO_LIMIT).slice(0, 1))
    expect(told).to.equal(2)
    await commitBlock(app, pool, 2n, pool.reap(NO_LIMIT, NO_LIMIT))
    expect(told).to.equal(2)
    await pool.add(makeTx('bob', 0))
    expect(told).to.equal(3)
  })

  it('waits for an overtaken remote transaction, and says which it could not use', async () => {
    const { pool } = create()
    const spread: string[] = []
    const refused: string[] = []
    pool.spreadWith((_tx, hash) => spread.push(hash))
    pool.onRefused((hash, source) => refused.push(`${source} ${hash}`))
    const remote = (tx: Uint8Array): { tx: Uint8Array; hash: string } => ({ tx, hash: hashOf(tx) })
    pool.addRemote(
      [remote(makeTx('alice', 1)), remote(makeTx('alice', 2)), remote(makeTx('bob', 9))],
      'peer',
    )
    await new Promise((resolve) => setTimeout(resolve, 5))
    pool.addRemote([remote(makeTx('alice', 0))], 'peer')
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(pool.size()).to.equal(3)
    expect(refused).to.deep.equal([`peer ${hashOf(makeTx('bob', 9))}`])
    expect(spread, 'gossip has passed remote ones on already').to.deep.equal([])
    await pool.add(makeTx('carol', 0))
    expect(spread).to.deep.equal([hashOf(makeTx('carol', 0))])
  })

  it('gives waiting local transactions to gossip again', async () => {
    const { pool } = create({ spreadAgainMs: 10 })
    let spread = 0
    pool.spreadWith(() => spread++)
    await pool.add(makeTx('alice', 0))
    await new Promise((resolve) => setTimeout(resolve, 20))
    pool.update(1n, [], [])
    pool.update(2n, [], [])
    expect(spread).to.equal(2)
  })
})
