import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { freshHome, strom, stromChild } from './run-cli.ts'

interface TxJson {
  readonly txhash: string
  readonly height: string
  readonly code: number
}
interface TxErrorJson {
  readonly error: {
    readonly code: number
    readonly codespace: string
    readonly name: string
    readonly txhash?: string
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    }),
  )
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('transactions: against a node', () => {
  const home = freshHome()
  let node: ChildProcess
  let env: { readonly [name: string]: string } = {}

  before(async function () {
    this.timeout(60_000)
    const made = await strom(['init', 'live', '--chain-id', 'live-1'], { home })
    expect(made.code, made.stderr).to.equal(0)
    await strom(['config', 'set', 'consensus.timeout_commit', '200ms'], { home })
    for (const name of ['a', 'b'])
      await strom(['keys', 'add', name, '--keyring-backend', 'test'], { home })
    const funded = await strom(['genesis', 'add-account', 'a', '1000STROM'], { home })
    expect(funded.code, funded.stderr).to.equal(0)
    const port = await freePort()
    env = { STROM_NODE: `http://127.0.0.1:${port}` }
    const free = 'tcp://127.0.0.1:0'
    const rpc = `tcp://127.0.0.1:${port}`
    const args = [
      'start',
      '--p2p.laddr',
      free,
      '--api.address',
      free,
      '--rpc.laddr',
      rpc,
      '--log-level',
      'error',
    ]
    node = stromChild(args, home)
    for (let tries = 0; ; tries += 1) {
      const { stdout } = await strom(['status', '-o', 'json'], { home, env })
      const status = JSON.parse(stdout) as { sync_info?: { latest_block_height: string } }
      if (Number(status.sync_info?.latest_block_height ?? 0) > 0) break
      if (tries > 40 || node.exitCode !== null)
        throw new Error(`the node does not come up: ${stdout}`)
    }
  })

  after(() => {
    node.kill('SIGKILL')
  })

  const run = (...args: string[]) => strom(args, { home, env })
  const failing = async (exit: number, ...args: string[]): Promise<TxErrorJson['error']> => {
    const { code, stdout, stderr } = await run(...args, '-o', 'json')
    expect(code, `${stdout}${stderr}`).to.equal(exit)
    return (JSON.parse(stdout) as TxErrorJson).error
  }

  it('sends with simulated gas on the first use of a key, prints the hash first and waits', async () => {
    const sent = await run(
      'tx',
      'bank',
      'send',
      'a',
      'b',
      '12.5STROM',
      '--gas-prices',
      '0.001ustrom',
      '-y',
    )
    expect(sent.code, sent.stderr).to.equal(0)
    expect(sent.stdout).to.match(/^txhash: [0-9A-F]{64}\nheight: +\d+\ncode: +0\n/)
    const hash = /txhash: ([0-9A-F]+)/.exec(sent.stdout)?.[1] as string
    const shown = await run('query', 'tx', hash, '-o', 'json')
    expect((JSON.parse(shown.stdout) as { hash: string }).hash).to.equal(hash)
    const balance = await run('query', 'bank', 'balances', 'b', '-o', 'json')
    expect(JSON.parse(balance.stdout)).to.have.nested.property('balances[0].amount', '12500000')
  }).timeout(30_000)

  it('exits 3 when the node refuses, 4 when the block holds a failure, each with the chain code', async () => {
    const refused = await failing(3, 'tx', 'bank', 'send', 'a', 'b', '1STROM', '-y', '--gas', '100')
    expect(refused).to.include({ code: 11, codespace: 'sdk', name: 'out_of_gas' })
    const simulated = await failing(3, 'tx', 'bank', 'send', 'a', 'b', '99999STROM', '-y')
    expect(simulated).to.include({ code: 5, codespace: 'sdk', name: 'insufficient_funds' })
    const failed = await failing(
      4,
      'tx',
      'bank',
      'send',
      'a',
      'b',
      '99999STROM',
      '-y',
      '--gas',
      '200000',
    )
    expect(failed).to.include({ code: 5, codespace: 'sdk', name: 'insufficient_funds' })
    expect(failed.txhash).to.match(/^[0-9A-F]{64}$/)
    const sequence = await failing(
      3,
      'tx',
      'bank',
      'send',
      'a',
      'b',
      '1STROM',
      '-y',
      '--gas',
      '90000',
      '-s',
      '999',
    )
    expect(sequence).to.include({ code: 32, name: 'wrong_sequence' })
  }).timeout(60_000)

  it('exits 5 with the hash when no block came in time, and 0 once one did', async () => {
    const unknown = 'AB'.repeat(32)
    const late = await failing(5, 'query', 'wait-tx', unknown, '--timeout', '0.3')
    expect(late.txhash).to.equal(unknown)
    const sent = await run(
      'tx',
      'bank',
      'send',
      'a',
      'b',
      '1STROM',
      '-y',
      '--no-wait',
      '-o',
      'json',
    )
    expect(sent.code, sent.stderr).to.equal(0)
    const { txhash } = JSON.parse(sent.stdout) as TxJson
    const waited = await run('query', 'wait-tx', txhash)
    expect(waited.code, waited.stderr).to.equal(0)
  }).timeout(30_000)

  it('exits 6 on another chain and 9 for what is not there', async () => {
    expect(
      (await failing(6, 'tx', 'bank', 'send', 'a', 'b', '1STROM', '-y', '--chain-id', 'other'))
        .name,
    ).to.equal('wrong_chain')
    expect((await failing(9, 'query', 'device', 'show', 'nothing')).code).to.equal(22)
    expect((await failing(9, 'query', 'tx', 'AB'.repeat(32))).name).to.equal('not_found')
    expect((await failing(9, 'query', 'block', '999999999')).name).to.equal('not_found')
  }).timeout(30_000)

  it('registers a device with the proof its key makes', async () => {
    const dir = join(home, 'gw')
    await run('gateway', 'init', '--dir', dir, '--device', 'roof')
    const key = join(dir, 'devices', 'roof.pem')
    const box = ['tx', 'gateway', 'register', 'box', '--bond', '100000000', '--from', 'a', '-y']
    const entered = await run(...box)
    expect(entered.code, entered.stdout + entered.stderr).to.equal(0)
    const plant = ['--kind', 'pv', '--nameplate-w', '5000', '--zone', 'DE', '--interval-s', '900']
    const meter = ['--trust-class', 'c', '--class-ppm', '10000', '--bond', '1000000']
    const sent = await run(
      'tx',
      'device',
      'register',
      '--from',
      'a',
      '--device-key',
      key,
      ...plant,
      ...meter,
      '--gateway',
      'a',
      '-y',
      '-o',
      'json',
    )
    expect(sent.code, sent.stdout + sent.stderr).to.equal(0)
    expect((JSON.parse(sent.stdout) as TxJson).code).to.equal(0)
    const shown = await run('query', 'device', 'show', 'roof', '-o', 'json')
    expect(JSON.parse(shown.stdout)).to.have.nested.property('device.kind', 'KIND_PV')
  }).timeout(30_000)

  it('signs a file, simulates and broadcasts it', async () => {
    const made = await run('tx', 'bank', 'send', 'a', 'b', '1STROM', '--generate-only')
    writeFileSync(join(home, 'u.json'), made.stdout)
    const gas = await run('tx', 'simulate', join(home, 'u.json'))
    expect(Number(gas.stdout)).to.be.greaterThan(10_000)
    const signed = await run(
      'tx',
      'sign',
      join(home, 'u.json'),
      '--from',
      'a',
      '--sign-mode',
      'amino-json',
    )
    writeFileSync(join(home, 's.json'), signed.stdout)
    const sent = await run('tx', 'broadcast', join(home, 's.json'), '-o', 'json')
    expect(sent.code, sent.stdout + sent.stderr).to.equal(0)
  }).timeout(30_000)

  it('refuses a second process on the home, and replays and exports it once the node has stopped', async () => {
    const busy = await failing(8, 'debug', 'replay')
    expect(busy.name).to.equal('level_open')
    const ended = new Promise<number | null>((resolve) => node.once('exit', resolve))
    node.kill('SIGTERM')
    expect(await ended).to.equal(0)
    const replayed = await run('debug', 'replay', '-o', 'json')
    expect(replayed.code, replayed.stdout + replayed.stderr).to.equal(0)
    expect(JSON.parse(replayed.stdout)).to.deep.include({ mismatches: [] })
    const exported = await run('export')
    expect(exported.code, exported.stderr).to.equal(0)
    writeFileSync(join(home, 'exported.json'), exported.stdout)
    const valid = await run('genesis', 'validate', join(home, 'exported.json'))
    expect(valid.code, valid.stderr).to.equal(0)
  }).timeout(60_000)
})
