import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { buildTx, DEFAULT_FEE } from '../../../cli/gateway/tx-builder.ts'
import { homeAt } from '../../../node/home.ts'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { heightOf, type NodeProcess } from '../../launch.ts'
import { type Ended, strom } from '../command.ts'
import { type LocalNetwork, startLocal } from '../local-network.ts'

const CHAIN = 'strom-bad-input-1'
const PATIENCE_MS = 120_000

describe('a node that is treated badly', function () {
  this.timeout(600_000)
  let local: LocalNetwork
  let node: NodeProcess
  let dir: string

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'strom-bad-input-'))
    local = await startLocal({ chainId: CHAIN, validators: 1 })
    node = local.launcher.nodes[0] as NodeProcess
  })
  after(async () => {
    await local?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  /** A copy of the node's settings and keys without its data; `change` edits the text of its genesis document. */
  const homeWith = (name: string, change: (genesis: string) => string): string => {
    const root = join(dir, name)
    cpSync(join(node.home, 'config'), join(root, 'config'), { recursive: true })
    const file = homeAt(root).genesis
    writeFileSync(file, change(readFileSync(file, 'utf8')))
    return root
  }
  const start = async (home: string): Promise<Ended> =>
    await strom(['start', '--home', home, '--port-offset', '0'])
  const goesOn = async (): Promise<void> => {
    const height = await heightOf(node)
    await local.launcher.ready(height + 2n, PATIENCE_MS)
  }
  const broadcast = async (tx: Uint8Array) => await node.client.broadcast(tx)

  it('refuses malformed transactions and goes on', async () => {
    const garbage = [
      new Uint8Array(),
      Buffer.from('not a transaction'),
      Buffer.alloc(5_000, 0xff),
      Buffer.from('0a0a0a0a0a0a0a0a0a0a', 'hex'),
    ]
    for (const tx of garbage) {
      const outcome = await broadcast(tx).then(
        ({ code, codespace }) => `${codespace} ${code}`,
        (error: unknown) => (error as Error).message,
      )
      expect(outcome, `${tx.length} bytes`).to.match(/^sdk 2$|tx/)
    }
    await goesOn()
  })

  it('takes a batch of garbage, refuses every reading in it, and goes on', async () => {
    const { gateway } = local.network
    const { accountNumber, sequence } = await node.client.account(gateway.address)
    const readings: SignedReading[] = [
      { message: new Uint8Array(), signature: new Uint8Array() },
      { message: Buffer.from('garbage'), signature: Buffer.alloc(64, 7) },
      { message: Buffer.alloc(300, 0xff), signature: Buffer.alloc(3) },
    ]
    const tx = buildTx({
      account: gateway,
      chainId: CHAIN,
      accountNumber,
      sequence,
      readings,
      fee: DEFAULT_FEE,
    })
    const { code, log } = await broadcast(tx.bytes)
    if (code === 0) {
      await goesOn()
      const committed = await node.client.tx(tx.hash)
      const refused = committed?.results.every(({ reason }) => reason !== '') ?? false
      expect(committed?.code !== 0 || refused, 'something of the garbage was accepted').to.equal(
        true,
      )
    } else {
      expect(log).to.not.equal('')
    }
    await goesOn()
  })

  it('keeps a second process off its home', async () => {
    const run = await strom([
      'start',
      '--home',
      node.home,
      '--rpc.laddr',
      'tcp://127.0.0.1:0',
      '--api.address',
      'tcp://127.0.0.1:0',
      '--p2p.laddr',
      'tcp://127.0.0.1:0',
    ])
    expect(run.code).to.equal(8)
    expect(run.stderr).to.match(/another process|in use|locked/i)
    await goesOn()
  })

  it('says what is wrong with a genesis document', async () => {
    const broken: readonly [string, (genesis: string) => string, RegExp][] = [
      ['cut', (text) => text.slice(0, 200), /genesis\.json: is not JSON/],
      ['unnamed', (text) => text.replace(CHAIN, ''), /chain_id must have/],
      [
        'untimely',
        (text) => text.replace(/"genesis_time": "[^"]*"/, '"genesis_time": "soon"'),
        /genesis_time/,
      ],
      [
        'overfunded',
        (text) => text.replace('"supply": []', '"supply": [{ "denom": "ustrom", "amount": "5" }]'),
        /supply/,
      ],
      [
        'overpowered',
        (text) => text.replace(/"power": "10000"/, '"power": "10001"'),
        /power 10001.*power 10000/,
      ],
    ]
    for (const [name, change, complaint] of broken) {
      const run = await start(homeWith(name, change))
      expect([name, run.code]).to.deep.equal([name, 8])
      expect(run.stderr, name).to.match(complaint)
      expect(run.stderr, name).to.not.match(/\n\s+at /)
    }
  })

  it('will not go on with data of another chain', async () => {
    await local.launcher.stopAll()
    const { genesis } = homeAt(node.home)
    const saved = `${genesis}.saved`
    copyFileSync(genesis, saved)
    writeFileSync(genesis, readFileSync(genesis, 'utf8').replace(CHAIN, 'strom-other-1'))
    const run = await start(node.home)
    expect(run.code).to.be.oneOf([1, 8])
    expect(run.stderr).to.contain(CHAIN).and.to.contain('strom-other-1')
    copyFileSync(saved, genesis)
    local.launcher.start(0)
    await local.launcher.ready(1n, PATIENCE_MS)
    await goesOn()
  })

  it('recovers from a consensus log cut short', async () => {
    await local.launcher.kill(0)
    const { wal } = homeAt(node.home)
    const last = readdirSync(wal)
      .filter((name) => statSync(join(wal, name)).size > 0)
      .sort((a, b) => (a < b ? -1 : 1))
      .at(-1)
    if (last === undefined) throw new Error('there is no consensus log')
    const file = join(wal, last)
    truncateSync(file, statSync(file).size - 3)
    local.launcher.start(0)
    await local.launcher.ready(1n, PATIENCE_MS)
    await goesOn()
    expect(local.launcher.logTail(0, 40)).to.contain('cut a torn record off the consensus log')
  })

  it('will not vote on a consensus log that is damaged in the middle, and says so', async () => {
    await local.launcher.kill(0)
    const { wal } = homeAt(node.home)
    const [largest] = readdirSync(wal)
      .map((name) => ({ name, size: statSync(join(wal, name)).size }))
      .sort((a, b) => b.size - a.size)
    if (largest === undefined) throw new Error('there is no consensus log')
    const file = join(wal, largest.name)
    const good = readFileSync(file)
    const bad = Uint8Array.from(good)
    bad.fill(0xaa, 20, 30)
    writeFileSync(file, bad)
    const run = await start(node.home)
    expect(run.code).to.not.equal(0)
    expect(run.stderr).to.match(/consensus log|record/)
    writeFileSync(file, good)
    local.launcher.start(0)
    await local.launcher.ready(1n, PATIENCE_MS)
    await goesOn()
  })
})
