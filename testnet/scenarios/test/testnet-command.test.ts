import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { entry, freeOffset, strom } from '../command.ts'

const PATIENCE_MS = 180_000

interface Status {
  readonly chain_id: string
  readonly nodes: readonly { node: string; height: string; rpc: string }[]
}

describe('strom testnet', function () {
  this.timeout(600_000)
  let dir: string
  let offset: string

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'strom-testnet-test-'))
    offset = String(await freeOffset(2))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  const status = async (home: string): Promise<Status> => {
    const { stdout, stderr, code } = await strom(['testnet', 'status', '--dir', home, '-o', 'json'])
    expect(code, stderr).to.equal(0)
    return JSON.parse(stdout) as Status
  }

  it('writes homes once', async () => {
    const home = join(dir, 'net')
    const args = ['testnet', 'init-files', '--dir', home, '--validators', '2', '-o', 'json']
    const made = await strom([...args, '--port-offset', offset, '--chain-id', 'strom-local-1'])
    expect(made.code, made.stderr).to.equal(0)
    const { homes } = JSON.parse(made.stdout) as { homes: string[] }
    expect(homes).to.deep.equal([join(home, 'node0'), join(home, 'node1')])
    const again = await strom(args)
    expect([again.code, again.stdout.includes('holds a network already')]).to.deep.equal([8, true])
    expect((await status(home)).nodes.map(({ height }) => height)).to.deep.equal(['down', 'down'])
  })

  it('runs until it is stopped, tells how it stands, and runs only once', async () => {
    const home = join(dir, 'net')
    const running = spawn(process.execPath, [entry(), 'testnet', 'start', '--dir', home], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = new Promise<number | null>((resolve) => running.once('close', resolve))
    let said = ''
    running.stdout.on('data', (text: Buffer) => {
      said += text.toString()
    })
    try {
      const until = performance.now() + PATIENCE_MS
      let nodes = (await status(home)).nodes
      while (nodes.some(({ height }) => height === 'down' || height === '0')) {
        expect(performance.now() < until, 'the network starts in time').to.equal(true)
        nodes = (await status(home)).nodes
      }
      const second = await strom(['testnet', 'start', '--dir', home])
      expect(second.code).to.equal(8)
      expect(second.stderr).to.match(/process \d+ runs the network in/)
      const stopped = await strom(['testnet', 'stop', '--dir', home])
      expect(stopped.code, stopped.stderr).to.equal(0)
      expect(await ended).to.equal(0)
      expect(said).to.contain('strom-local-1: 2 validators').and.to.contain('alice')
      expect((await strom(['testnet', 'stop', '--dir', home])).code).to.equal(9)
    } finally {
      running.kill('SIGKILL')
    }
  })

  it('does not run a network without a town with one', async () => {
    const run = await strom(['testnet', 'start', '--dir', join(dir, 'net'), '--town'])
    expect(run.code).to.equal(8)
    expect(run.stderr).to.contain('holds a network on the real calendar')
  })

  it('says that there is no network', async () => {
    mkdirSync(join(dir, 'empty'))
    const none = await strom(['testnet', 'status', '--dir', join(dir, 'empty')])
    expect([none.code, none.stderr.includes('holds no network')]).to.deep.equal([9, true])
  })
})
