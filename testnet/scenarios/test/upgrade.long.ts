import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { homeAt } from '../../../node/home.ts'
import { parseNodeKey } from '../../../node/p2p/node-key.ts'
import { freePorts } from '../../launch.ts'
import { type Network, prepareNetwork } from '../../network.ts'

const PLAN = { name: 'tariff', height: 4, info: 'https://strom.example/tariff' }
const here = fileURLToPath(import.meta.url)
const program = join(dirname(here), 'support', 'upgrade-program.ts')

interface Run {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  text(): string
}

function start(network: Network, index: number, ...args: string[]): Run {
  const peers = network.homes.flatMap((home, i) => {
    if (i === index) return []
    const { nodeId } = parseNodeKey(readFileSync(homeAt(home).nodeKey, 'utf8'))
    return [`${nodeId}@127.0.0.1:${network.ports[i]?.p2p}`]
  })
  const command = [
    '--import',
    'tsx',
    program,
    network.homes[index] as string,
    peers.join(','),
    ...args,
  ]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const add = (chunk: Buffer): void => {
    text += chunk.toString('utf8')
  }
  child.stdout.on('data', add)
  child.stderr.on('data', add)
  const late = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  void ended.then(() => clearTimeout(late))
  return { child, ended, text: () => text }
}

async function rpc(network: Network, index: number, path: string): Promise<unknown> {
  const url = `http://127.0.0.1:${network.ports[index]?.rpc}/${path}`
  const answer = (await (await fetch(url)).json()) as { readonly result: unknown }
  return answer.result
}

async function heightOf(network: Network, index: number): Promise<number> {
  try {
    const status = (await rpc(network, index, 'status')) as {
      sync_info: { latest_block_height: string }
    }
    return Number(status.sync_info.latest_block_height)
  } catch {
    return 0 // not listening yet
  }
}

async function reach(network: Network, index: number, height: number, run: Run): Promise<void> {
  const end = Date.now() + 90_000
  while ((await heightOf(network, index)) < height) {
    if (Date.now() > end || run.child.exitCode !== null)
      throw new Error(`node ${index} does not reach ${height}: ${run.text()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function stored(
  network: Network,
  key: string,
  height: number,
): Promise<{ code: number; value: string; log: string }> {
  const data = `0x${Buffer.from(key).toString('hex')}`
  const path = `abci_query?path="/store/tariff/key"&data=${data}&height=${height}`
  const { response } = (await rpc(network, 0, path)) as {
    response: { code: number; value: string | null; log: string }
  }
  const value = Buffer.from(response.value ?? '', 'base64').toString('utf8')
  return { code: response.code, log: response.log, value }
}

describe('an upgrade on two processes', function () {
  this.timeout(240_000)
  const runs: Run[] = []
  let dir = ''
  let network: Network

  const begin = (index: number, ...args: string[]): Run => {
    const run = start(network, index, ...args)
    runs.push(run)
    return run
  }
  const end = async (run: Run): Promise<void> => {
    run.child.kill('SIGTERM')
    await run.ended
  }

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'strom-upgrade-'))
    const made = await prepareNetwork({
      dir: join(dir, 'net'),
      chainId: 'strom-upgrade-1',
      validators: 2,
      seed: '0',
      genesisTime: { seconds: BigInt(Math.floor(Date.now() / 1000)), nanos: 0 },
      ports: await freePorts(2),
      consensus: { timeout_commit: '200ms' },
    })
    network = made.network
    for (const home of network.homes) {
      const file = homeAt(home).genesis
      const document = JSON.parse(readFileSync(file, 'utf8'))
      document.app_state.upgrade = { plan: { ...PLAN, height: String(PLAN.height) } }
      writeFileSync(file, JSON.stringify(document))
    }
  })

  afterEach(async () => {
    for (const run of runs.splice(0)) await end(run)
    rmSync(dir, { recursive: true, force: true })
  })

  it('halts the old program, names the upgrade in a file, and goes on with the new one, which migrates the state', async () => {
    const info = (index: number) =>
      join(network.homes[index] as string, 'data', 'upgrade-info.json')
    const early = [begin(0, 'tariff'), begin(1, 'tariff')]
    for (const [index, run] of early.entries()) {
      expect(await run.ended, run.text()).to.equal(12)
      expect(run.text()).to.contain('BINARY UPDATED BEFORE TRIGGER! UPGRADE "tariff"')
      rmSync(join(network.homes[index] as string, 'data'), { recursive: true })
    }

    const old = [begin(0), begin(1)]
    for (const [index, run] of old.entries()) {
      expect(await run.ended, run.text()).to.equal(11)
      expect(run.text()).to.contain(`UPGRADE "tariff" NEEDED at height: 4: ${PLAN.info}`)
      expect(run.text()).to.contain('install the program that carries this upgrade')
      expect(JSON.parse(readFileSync(info(index), 'utf8'))).to.deep.equal(PLAN)
    }

    rmSync(info(0))
    const again = begin(0)
    expect(await again.ended, again.text()).to.equal(11)
    expect(again.text()).to.contain('UPGRADE "tariff" NEEDED at height: 4')
    expect(existsSync(info(0))).to.equal(true)

    const fresh = [begin(0, 'tariff'), begin(1, 'tariff')]
    for (const [index, run] of fresh.entries()) await reach(network, index, PLAN.height + 4, run)
    expect(fresh[0]?.text()).to.contain('applying upgrade "tariff" at height: 4')
    expect(await stored(network, 'from', PLAN.height)).to.include({ code: 0, value: '4/true' })
    expect(await stored(network, 'from', PLAN.height - 1)).to.deep.equal({
      code: 18,
      value: '',
      log: 'there is no store "tariff" at height 3: invalid request',
    })
    const blocks = (await Promise.all(
      [0, 1].map((index) => rpc(network, index, `block?height=${PLAN.height + 2}`)),
    )) as { block: { header: { app_hash: string } } }[]
    expect(blocks[0]?.block.header.app_hash).to.equal(blocks[1]?.block.header.app_hash)

    for (const run of fresh) await end(run)
    const downgraded = begin(0)
    expect(await downgraded.ended).to.not.equal(0)
    expect(downgraded.text()).to.contain('store "tariff", which this program does not know')
    const restarted = [begin(0, 'tariff'), begin(1, 'tariff')]
    for (const [index, run] of restarted.entries())
      await reach(network, index, PLAN.height + 6, run)
  })

  it('drops the plan at a height that all operators skip', async () => {
    const skipping = [begin(0, '', '4'), begin(1, '', '4')]
    for (const [index, run] of skipping.entries()) await reach(network, index, PLAN.height + 2, run)
    expect(skipping[0]?.text()).to.contain('SKIPPED at 4')
  })
})
