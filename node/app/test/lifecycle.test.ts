import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { toHex } from '../../../modules/kit/bytes.ts'
import { InvariantError } from '../../../modules/kit/errors.ts'
import type { JsonValue } from '../../../proto/codec.ts'
import { openLevel } from '../../store/level.ts'
import { FORGET_EVERY } from '../check-state.ts'
import { wireModules } from '../modules.ts'
import { AppChain, eventLines, genesisOf, refusal } from './support.ts'
import { paying, Wallet } from './wallet.ts'

const alice = await Wallet.of('alice')
const bob = await Wallet.of('bob')
const ALICE = 1
const BOB = 2
const accounts = [
  { address: alice.address, ustrom: 1_000_000n },
  { address: bob.address, ustrom: 1_000_000n },
]
const start = (): Promise<AppChain> => AppChain.start({ accounts })

/** Genesis of mint with no inflation. */
function still(zero: string): JsonValue {
  return {
    minter: { inflation: zero, annual_provisions: zero },
    params: {
      mint_denom: 'ustrom',
      inflation_rate_change: zero,
      inflation_max: zero,
      inflation_min: zero,
      goal_bonded: '0.670000000000000000',
      blocks_per_year: '6311520',
    },
  }
}

/** The `sequence`-th transaction of Alice, or of Bob. */
function nth(sequence: number, from = alice): Promise<Uint8Array> {
  const [number, to] = from === alice ? [ALICE, bob] : [BOB, alice]
  return from.direct([from.send(to.address, '1')], { number, sequence, fee: paying('1') })
}

describe('the state transactions are checked against', () => {
  it('takes several transactions of one account and outlives a block with the first of them', async () => {
    const chain = await start()
    const txs = await Promise.all([0, 1, 2, 3].map((n) => nth(n)))
    const [first, second, third, fourth] = txs as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    for (const tx of [first, second, third]) expect((await chain.check(tx)).code).to.equal(0)
    expect((await chain.check(first)).code).to.equal(32)
    await chain.block([first])
    // The mempool shows what waits again, then new ones fit on top.
    expect((await chain.check(second, 'recheck')).code).to.equal(0)
    expect((await chain.check(third, 'recheck')).code).to.equal(0)
    expect((await chain.check(fourth)).code).to.equal(0)
    const { txResults } = await chain.block([second, third, fourth])
    expect(txResults.map(({ code }) => code)).to.deep.equal([0, 0, 0])
  })

  it('keeps what accounts have waiting that no block touched', async () => {
    const chain = await start()
    for (const n of [0, 1]) expect((await chain.check(await nth(n))).code).to.equal(0)
    await chain.block([await nth(0, bob)])
    expect((await chain.check(await nth(2))).code).to.equal(0)
    const { txResults } = await chain.block([await nth(0), await nth(1), await nth(2)])
    expect(txResults.map(({ code }) => code)).to.deep.equal([0, 0, 0])
  })

  it(`forgets what left the mempool without a block after ${FORGET_EVERY} blocks, and pending ones survive that`, async () => {
    const chain = await start()
    for (const n of [0, 1]) expect((await chain.check(await nth(n))).code).to.equal(0)
    // Bob's one was dropped by the mempool: his next transaction has the same sequence.
    expect((await chain.check(await nth(0, bob))).code).to.equal(0)
    expect(refusal(await chain.check(await nth(0, bob)))).to.equal(
      'sdk 32: account sequence mismatch, expected 1, got 0: incorrect account sequence',
    )
    while (chain.height < FORGET_EVERY) await chain.block()
    expect((await chain.check(await nth(0, bob))).code).to.equal(0)
    for (const n of [0, 1]) expect((await chain.check(await nth(n), 'recheck')).code).to.equal(0)
    expect((await chain.check(await nth(2))).code).to.equal(0)
  })

  it('does not touch the committed state', async () => {
    const [checked, plain] = [await start(), await start()]
    for (const n of [0, 1, 2]) await checked.check(await nth(n))
    for (const chain of [checked, plain]) await chain.block([await nth(0)])
    expect(toHex(checked.store.appHash as Uint8Array)).to.equal(
      toHex(plain.store.appHash as Uint8Array),
    )
  })
})

describe('executing blocks', () => {
  it('gives one app hash however often a height is executed before it is committed, the first included', async () => {
    const chain = await start()
    for (let height = 1n; height <= 3n; height++) {
      const txs = [await nth(Number(height) - 1), await nth(Number(height) + 5)]
      const other = await chain.app.finalizeBlock(chain.request([await nth(0, bob)]))
      const request = chain.request(txs)
      const first = await chain.app.finalizeBlock(request)
      const second = await chain.app.finalizeBlock(request)
      expect(toHex(second.appHash)).to.equal(toHex(first.appHash))
      expect(toHex(other.appHash)).not.to.equal(toHex(first.appHash))
      expect(second.txResults.map(({ code }) => code)).to.deep.equal([0, 32])
      const { appHash } = await chain.block(txs)
      expect(toHex(appHash)).to.equal(toHex(first.appHash))
      expect(toHex(chain.store.appHash as Uint8Array)).to.equal(toHex(appHash))
    }
  })

  it('refuses a height that does not follow, and a commit of nothing', async () => {
    const chain = await start()
    await chain.block()
    const later = { ...chain.request([]), height: 5n }
    const failures: unknown[] = []
    await chain.app.finalizeBlock(later).catch((error: unknown) => failures.push(error))
    await chain.app.commit().catch((error: unknown) => failures.push(error))
    expect(failures.every((error) => error instanceof InvariantError)).to.equal(true)
    expect(failures.map(String)).to.deep.equal([
      'InvariantError: block 5 cannot follow state 1',
      'InvariantError: commit without a finalized block',
    ])
  })

  it('refuses proposals with bytes that are no transaction and keeps them out of its own', async () => {
    const chain = await start()
    const tx = await nth(0)
    const garbage = new Uint8Array([9, 9, 9])
    const proposal = { ...chain.request([]), maxTxBytes: 1_000_000n }
    const { txs } = await chain.app.prepareProposal({ ...proposal, txs: [garbage, tx] })
    expect(txs).to.deep.equal([tx])
    expect(await chain.app.processProposal({ ...proposal, txs })).to.deep.equal({ accept: true })
    const dirty = await chain.app.processProposal({ ...proposal, txs: [tx, garbage] })
    expect(dirty).to.deep.equal({ accept: false })
    const tight = { ...proposal, maxTxBytes: BigInt(tx.length) + 6n, txs: [tx, await nth(1)] }
    expect((await chain.app.prepareProposal(tight)).txs).to.deep.equal([tx])
  })

  it('stops with the law that is broken and commits nothing', async () => {
    const wiring = wireModules()
    const broken = wiring.modules.map((module) =>
      module.name === 'bank'
        ? {
            ...module,
            // What a bug in a handler would do: coins out of nothing, at the third height.
            endBlock: (ctx: Parameters<NonNullable<typeof module.endBlock>>[0]) => {
              if (ctx.height === 3n)
                ctx.store('bank').set(Buffer.from('\x00ustrom', 'latin1'), Buffer.from('1'))
              return undefined
            },
          }
        : module,
    )
    const chain = await AppChain.start({
      accounts,
      wiring: { ...wiring, modules: broken, enders: broken },
    })
    await chain.block()
    await chain.block()
    const error = await chain.app.finalizeBlock(chain.request([])).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).to.be.instanceOf(InvariantError)
    expect(String(error)).to.match(/height 3: bank\/.*supply/)
    expect(chain.store.version).to.equal(2n)
  })

  it('marks events of begin and end of a block with their mode', async () => {
    const { events } = await (await start()).block()
    for (const line of eventLines({ events })) expect(line).to.match(/mode=(Begin|End)Block/)
  })
})

describe('the genesis state', () => {
  it('exported, imported and exported again is the same to the byte', async () => {
    // Without inflation, and with the fees of the last block shared out, an empty block moves no coins.
    const chain = await AppChain.open()
    const zero = '0.000000000000000000'
    await chain.init({ ...genesisOf({ accounts }).appState, mint: still(zero) })
    await chain.block([await nth(0), await nth(1), await nth(0, bob)])
    await chain.block([await nth(2)])
    await chain.block()
    const exported = chain.app.exportState()
    const copy = await AppChain.open()
    await copy.init(exported)
    await copy.app.finalizeBlock(copy.request([]))
    await copy.app.commit()
    const again = copy.app.exportState()
    expect(Object.keys(exported)).to.have.members(wireModules().modules.map(({ name }) => name))
    for (const name of Object.keys(exported)) {
      expect(JSON.stringify(again[name]), name).to.equal(JSON.stringify(exported[name]))
    }
  })

  it('is refused when it names no validator or breaks a law, saying which module', async () => {
    const { appState } = genesisOf({ accounts })
    const refused = async (change: object): Promise<string> => {
      const chain = await AppChain.open()
      return await chain.init({ ...appState, ...change }).then(
        () => 'taken',
        (error: unknown) => String(error),
      )
    }
    expect(await refused({})).to.equal('taken')
    const staking = appState.staking as { readonly [key: string]: string }
    expect(await refused({ staking: { ...staking, validators: [], delegations: [] } })).to.match(
      /validator/,
    )
    const bank = appState.bank as { readonly [key: string]: string }
    const supply = [{ denom: 'ustrom', amount: '5' }]
    expect(await refused({ bank: { ...bank, supply } })).to.match(/app_state.bank.*supply/)
    expect(await refused({ bank: { ...bank, balances: 7 } })).to.match(/app_state.bank/)
  })
})

describe('the consensus params of the genesis document', () => {
  it('must be those of the genesis state, or queries would answer what does not hold', async () => {
    const { appState } = genesisOf({ accounts })
    const chain = await AppChain.open({ accounts })
    const params = (maxBytes: string) => ({
      params: { block: { max_bytes: maxBytes, max_gas: '-1' } },
    })
    const said = await chain.init({ ...appState, consensus: params('2000000') }).then(
      () => 'taken',
      (error: unknown) => String(error),
    )
    expect(said).to.contain('app_state.consensus has')
    expect(said).to.contain('2000000')
    await chain.init({ ...appState, consensus: params('22020096') })
  })
})

describe('the validators of the genesis document', () => {
  it('must be those of the genesis state, or an edited power would pass unnoticed', async () => {
    const { appState } = genesisOf({ accounts })
    const chain = await AppChain.open()
    const outcome = await chain.init(appState, 101n).then(
      () => 'taken',
      (error: unknown) => String(error),
    )
    expect(outcome).to.match(/validators.*power 101.*app_state.staking.*power 100/)
  })
})

describe('a restart from LevelDB', () => {
  it('goes on with the app hash, chain id and block times of before', async () => {
    const home = mkdtempSync(join(tmpdir(), 'strom-app-'))
    try {
      const memory = await start()
      const txs = await Promise.all([0, 1, 2, 3, 4].map((n) => nth(n)))
      let db = await openLevel(home)
      let chain = await AppChain.start({ accounts, db })
      for (const [i, tx] of txs.entries()) {
        await memory.block([tx])
        await chain.block([tx])
        if (i % 2 === 0) continue
        const { time } = chain
        await chain.app.close()
        await db.close()
        db = await openLevel(home)
        chain = await AppChain.open({ db })
        chain.time = time
        expect((await chain.app.info()).lastBlockHeight).to.equal(BigInt(i + 1))
      }
      expect(toHex(chain.store.appHash as Uint8Array)).to.equal(
        toHex(memory.store.appHash as Uint8Array),
      )
      expect(chain.app.exportState()).to.deep.equal(memory.app.exportState())
      chain.app.assertInvariants()
      await chain.app.close()
      await db.close()
    } finally {
      rmSync(home, { recursive: true })
    }
  })

  it('finds the pairs of the engine exactly when the state of their height is there', async () => {
    const home = mkdtempSync(join(tmpdir(), 'strom-app-'))
    try {
      let db = await openLevel(home)
      const chain = await AppChain.start({ accounts, db })
      await chain.app.finalizeBlock(chain.request([await nth(0)]))
      await chain.app.commit([{ key: Buffer.from('k'), value: Buffer.from('one') }])
      await chain.app.finalizeBlock({ ...chain.request([]), height: 2n })
      await db.close()
      db = await openLevel(home)
      const again = await AppChain.open({ db })
      expect(again.store.version).to.equal(1n)
      expect(Buffer.from(db.getSync(Buffer.from('ek')) ?? []).toString()).to.equal('one')
      await db.close()
    } finally {
      rmSync(home, { recursive: true })
    }
  })
})
