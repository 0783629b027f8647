import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { freshHome, strom } from './run-cli.ts'

interface ErrorJson {
  readonly error: {
    readonly code: number
    readonly name: string
    readonly message: string
    readonly hint: string
  }
}

const errorOf = (stdout: string): ErrorJson['error'] => (JSON.parse(stdout) as ErrorJson).error
const ADDRESS = 'strom1mfrep6raep67saeu8lsdxez8stafsrupk6422l'

/** The params of a module in a genesis file. */
function paramsIn(file: string) {
  const { app_state } = JSON.parse(readFileSync(file, 'utf8')) as {
    app_state: { [module: string]: { params: { [name: string]: string } } }
  }
  return (module: string) => app_state[module]?.params ?? {}
}

describe('the program', () => {
  it('lists its commands with --help on stdout and exit 0', async () => {
    const { code, stdout, stderr } = await strom(['--help'])
    expect(code).to.equal(0)
    for (const name of ['init', 'start', 'keys', 'query', 'tx', 'config', 'debug']) {
      expect(stdout).to.match(new RegExp(`^ {2}${name}\\b`, 'm'))
    }
    expect(stderr).to.equal('')
  })

  it('answers an unknown command or flag with the nearest one and exit 2', async () => {
    const command = await strom(['quary', 'bank'])
    expect(command.code).to.equal(2)
    expect(command.stderr).to.contain("unknown command 'quary'").and.contain('did you mean query?')
    expect(command.stdout).to.equal('')
    const flag = await strom(['tx', 'bank', 'send', '--gass', '5'])
    expect(flag.code).to.equal(2)
    expect(flag.stderr).to.contain("unknown option '--gass'").and.contain('did you mean')
    const inner = await strom(['query', 'bank', 'balancs', 'x', '-o', 'json'])
    expect(inner.code).to.equal(2)
    expect(errorOf(inner.stdout).hint).to.contain('balances')
  })

  it('prints exactly one JSON object on stdout with -o json, for results and for errors', async () => {
    const home = freshHome()
    const lines: [readonly string[], number][] = [
      [['version', '-o', 'json'], 0],
      [['-o', 'json', 'version', '--long'], 0],
      [['keys', 'add', 'a', '--keyring-backend', 'test', '-o', 'json'], 0],
      [['keys', 'list', '-o', 'json'], 0],
      [['config', 'view', '--output=json'], 0],
      [['keys', 'show', 'nobody', '-o', 'json'], 7],
      [['keys', 'delete', 'a', '-o', 'json'], 2],
      [['status', '--node', 'http://127.0.0.1:1', '-o', 'json'], 6],
      [['query', 'tx', 'xyz', '-o', 'json'], 2],
      [['genesis', 'validate', '-o', 'json'], 8],
      [['tx', 'bank', 'send', 'a', ADDRESS, '1STROM', '--generate-only', '-o', 'json'], 0],
    ]
    for (const [args, expected] of lines) {
      const { code, stdout, stderr } = await strom(args, { home })
      expect(code, `${args.join(' ')}\n${stderr}`).to.equal(expected)
      expect(stdout.trim().split('\n'), args.join(' ')).to.have.length(1)
      const value = JSON.parse(stdout) as object
      expect('error' in value, args.join(' ')).to.equal(expected !== 0)
      // No colour and no control characters reach a pipe.
      expect((stdout + stderr).includes(String.fromCharCode(27))).to.equal(false)
    }
  }).timeout(60_000)

  it('refuses a corrupt genesis document with file and reason, exit 8', async () => {
    const home = freshHome()
    const made = await strom(['init', 'me', '--chain-id', 'test-1'], { home })
    expect(made.code, made.stderr).to.equal(0)
    const file = join(home, 'config', 'genesis.json')
    const good = readFileSync(file, 'utf8')
    expect((await strom(['genesis', 'validate'], { home })).code).to.equal(0)
    const damaged: [string, string][] = [
      [good.slice(0, good.length / 2), 'is not JSON'],
      [good.replace('"test-1"', '""'), 'chain_id must have 1 to 50 characters'],
      [good.replace(/"power": "\d+"/, '"power": "-5"'), 'power must be positive'],
      [
        good.replace('"staking": {', '"stakin": {'),
        'app_state.stakin: there is no module of that name',
      ],
      [good.replace(/"allowed_intervals": \[/, '"allowed_intervals": ["x",'), 'app_state.device'],
      [good.replace('"max_bytes": "22020096"', '"max_bytes": "0"'), 'consensus_params'],
    ]
    for (const [text, why] of damaged) {
      expect(text).not.to.equal(good)
      writeFileSync(file, text)
      const { code, stderr } = await strom(['genesis', 'validate'], { home })
      expect(code, why).to.equal(8)
      expect(stderr).to.contain(file).and.contain(why)
    }
    const start = await strom(['start'], { home })
    expect(start.code).to.equal(8)
  }).timeout(60_000)

  it('names the authority of a new chain, and alice that of a development network', async () => {
    const home = freshHome()
    const named = await strom(['init', '--chain-id', 'test-1', '--authority', ADDRESS], { home })
    expect(named.code, named.stderr).to.equal(0)
    const own = paramsIn(join(home, 'config', 'genesis.json'))
    expect(own('device')['authority']).to.equal(ADDRESS)
    expect(own('certificate')['authority']).to.equal(ADDRESS)

    const dir = freshHome()
    const init = ['testnet', 'init-files', '--dir', dir, '--validators', '1', '--window', '60']
    const made = await strom(init)
    expect(made.code, made.stderr).to.equal(0)
    const alice = /alice +(strom1\w+)/.exec(made.stdout)?.[1]
    const network = paramsIn(join(dir, 'node0', 'config', 'genesis.json'))
    expect(network('device')['authority']).to.equal(alice)
    expect(network('metering')).to.include({
      prelim_close_s: '60',
      settle_close_s: '120',
      final_close_s: '480',
    })
  }).timeout(30_000)

  it('makes the key of a device or a maker once, and shows its public key again', async () => {
    const home = freshHome()
    const file = join(home, 'maker-1.pem')
    const key = async () => {
      const { code, stdout, stderr } = await strom(['keys', 'device', file, '-o', 'json'], { home })
      expect(code, stderr).to.equal(0)
      return JSON.parse(stdout) as { made: boolean; pubkey: string }
    }
    const made = await key()
    expect(made.made).to.equal(true)
    expect(made.pubkey).to.match(/^0[23][0-9a-f]{64}$/)
    expect(await key()).to.deep.include({ made: false, pubkey: made.pubkey })
    const admit = ['tx', 'maker', 'admit', 'maker-1', 'Example', '--maker-key', file]
    const draft = await strom([...admit, '--from', ADDRESS, '--generate-only', '--offline'], {
      home,
    })
    expect(draft.code, draft.stderr).to.equal(0)
    expect(draft.stdout).to.contain(Buffer.from(made.pubkey, 'hex').toString('base64'))
  }).timeout(30_000)

  it('makes a home once: a second init changes nothing and exits 8', async () => {
    const home = freshHome()
    await strom(['init', '--chain-id', 'test-1'], { home })
    const key = readFileSync(join(home, 'config', 'priv_validator_key.json'), 'utf8')
    const again = await strom(['init', '--chain-id', 'test-2'], { home })
    expect(again.code).to.equal(8)
    const forced = await strom(['init', '--chain-id', 'test-2', '--overwrite', '-o', 'json'], {
      home,
    })
    expect(forced.code, forced.stderr).to.equal(0)
    expect(readFileSync(join(home, 'config', 'priv_validator_key.json'), 'utf8')).to.equal(key)
    expect(readFileSync(join(home, 'config', 'genesis.json'), 'utf8')).to.contain('"test-2"')
  }).timeout(30_000)

  it('never resets what the validator signed unless told in so many words', async () => {
    const home = freshHome()
    await strom(['init', '--chain-id', 'test-1'], { home })
    const state = join(home, 'data', 'priv_validator_state.json')
    const signed = '{"height":"7","round":0,"step":3}\n'
    writeFileSync(state, signed)
    expect((await strom(['comet', 'unsafe-reset-all', '-y'], { home })).code).to.equal(0)
    expect(readFileSync(state, 'utf8')).to.equal(signed)
    const args = ['comet', 'unsafe-reset-all', '-y', '--i-lose-slashing-protection']
    expect((await strom(args, { home })).code).to.equal(0)
    expect(JSON.parse(readFileSync(state, 'utf8'))).to.deep.include({ height: '0' })
    expect(existsSync(join(home, 'config', 'priv_validator_key.json'))).to.equal(true)
  }).timeout(30_000)

  it('offers --port-offset when a port is in use, exit 8', async () => {
    const home = freshHome()
    await strom(['init', '--chain-id', 'test-1'], { home })
    const holder = createServer()
    const port = await new Promise<number>((resolve) =>
      holder.listen(0, '127.0.0.1', () => {
        const address = holder.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      }),
    )
    try {
      const free = 'tcp://127.0.0.1:0'
      const taken = `tcp://127.0.0.1:${port}`
      const args = ['start', '--p2p.laddr', free, '--api.address', free, '--rpc.laddr', taken]
      const { code, stderr } = await strom(args, { home })
      expect(code, stderr).to.equal(8)
      expect(stderr).to.contain(`port ${port} is in use`).and.contain('--port-offset')
    } finally {
      holder.close()
    }
  }).timeout(30_000)
})
