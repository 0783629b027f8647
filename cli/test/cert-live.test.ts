import type { ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { DeviceMessage, type SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { createDeviceKey } from '../gateway/device-keys.ts'
import { DeviceSigner, type RegisterReading } from '../gateway/device-signer.ts'
import { freshHome, type Ran, strom, stromChild } from './run-cli.ts'

const CHAIN = 'cert-live-1'
/** A quarter hour of the chain passes in three seconds. */
const SPEED = 300

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

describe('certificates: from a reading to an offline proof, on a node of its own', () => {
  const home = freshHome()
  const proof = join(home, 'proof.json')
  let node: ChildProcess
  let env: { readonly [name: string]: string } = {}
  let rpc = ''
  let start = 0n
  let hash = ''

  const run = (...args: string[]): Promise<Ran> => strom(args, { home, env })
  const good = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args)
    expect(code, `${args.join(' ')}\n${stdout}${stderr}`).to.equal(0)
    return stdout
  }
  const json = async (...args: string[]): Promise<never> =>
    JSON.parse(await good(...args, '-o', 'json')) as never
  const call = async (path: string): Promise<never> =>
    ((await (await fetch(`${rpc}/${path}`)).json()) as { result: never }).result
  const blockTime = async (): Promise<bigint> => {
    const { sync_info } = (await call('status')) as { sync_info: { latest_block_time: string } }
    return BigInt(Math.floor(Date.parse(sync_info.latest_block_time) / 1000))
  }
  const until = async (what: string, check: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; !(await check()); tries += 1) {
      if (tries > 150 || node.exitCode !== null) throw new Error(`${what} does not come`)
      await new Promise((resolve) => setTimeout(resolve, 400))
    }
  }

  const address = async (name: string): Promise<string> => {
    const { keys } = (await json('keys', 'list')) as { keys: { name: string; address: string }[] }
    return keys.find((key) => key.name === name)?.address ?? ''
  }
  /** A signed reading as a file of JSON, and how the flag names it. */
  const readingFile = (name: string, { message, signature }: SignedReading): string => {
    const file = join(home, `${name}.json`)
    const [m, s] = [message, signature].map((bytes) => Buffer.from(bytes).toString('base64'))
    writeFileSync(file, JSON.stringify({ message: m, signature: s }))
    return `@${file}`
  }

  before(async function () {
    this.timeout(120_000)
    await good('init', 'live', '--chain-id', CHAIN)
    await good('config', 'set', 'consensus.timeout_commit', '200ms')
    for (const name of ['owner', 'other'])
      await good('keys', 'add', name, '--keyring-backend', 'test')
    await good('genesis', 'add-account', 'owner', '1000STROM')
    const file = join(home, 'config', 'genesis.json')
    const genesis = JSON.parse(readFileSync(file, 'utf8')) as {
      genesis_time: string
      dev_clock?: unknown
      app_state: { [module: string]: { params: { [name: string]: unknown } } }
    }
    Object.assign(genesis.app_state['device']?.params ?? {}, { authority: await address('owner') })
    genesis.dev_clock = { epoch: '2026-03-01T06:00:00Z', speed: SPEED }
    genesis.genesis_time = '2026-03-01T06:00:00Z'
    Object.assign(genesis.app_state['metering']?.params ?? {}, {
      prelim_close_s: '900',
      settle_close_s: '1800',
      final_close_s: '86400',
      keep_s: '864000',
      max_ahead_s: '900',
    })
    writeFileSync(file, JSON.stringify(genesis))
    const port = await freePort()
    rpc = `http://127.0.0.1:${port}`
    env = { STROM_NODE: rpc }
    const free = 'tcp://127.0.0.1:0'
    const listen = ['--p2p.laddr', free, '--api.address', free]
    const own = ['--rpc.laddr', `tcp://127.0.0.1:${port}`, '--log-level', 'error']
    node = stromChild(['start', ...listen, ...own], home)
    await until('the node', async () => (await run('status')).code === 0)
  })

  after(() => {
    node.kill('SIGKILL')
  })

  it('registers gateway and device, and brings readings that settle to a certificate', async () => {
    const keys = join(home, 'keys')
    const key = createDeviceKey(keys, 'roof')
    await good('tx', 'gateway', 'register', 'box', '--bond', '100000000', '--from', 'owner', '-y')
    const plant = '--kind pv --nameplate-w 50000 --zone DE --interval-s 900 --trust-class c'
    const rest = `--class-ppm 10000 --bond 5000000 --gateway ${await address('owner')} --from owner -y`
    const pem = ['--device-key', join(keys, 'roof.pem')]
    await good('tx', 'device', 'register', ...pem, ...`${plant} ${rest}`.split(' '))
    start = ((await blockTime()) / 900n + 1n) * 900n
    const signer = new DeviceSigner({ chainId: CHAIN, device: 'roof', key })
    const readings = [1_000_100n, 8_500_999n, 8_400_000n].map((exportMwh, i) => {
      const time = start + 900n * BigInt(i)
      const { message, signature } = signer.sign({ time, importMwh: 0n, exportMwh, status: 1n })
      return {
        message: Buffer.from(message).toString('base64'),
        signature: Buffer.from(signature).toString('base64'),
      }
    })
    await until('the third reading', async () => (await blockTime()) >= start + 1800n)
    const file = join(home, 'readings.json')
    writeFileSync(file, JSON.stringify({ readings }))
    await good('tx', 'metering', 'submit', file, '--from', 'owner', '-y')
    await until('the certificate', async () => {
      const { stdout } = await run('cert', 'show', 'roof', start.toString(), '-o', 'json')
      return stdout.includes('"quantity_wh":"7500"')
    })
  }).timeout(120_000)

  it('shows the account of the device adding up and the refused reading with what to do', async () => {
    await until('the refusal', async () =>
      (await good('device', 'refusals', 'roof')).includes('fell'),
    )
    const account = (await json('query', 'metering', 'account', 'roof')) as {
      export: { credited_wh: string; sum_wh: string; register_wh: string; balanced: boolean }
    }
    expect(account.export).to.include({ credited_wh: '7500', balanced: true })
    expect(account.export.sum_wh).to.equal(account.export.register_wh)
    const text = await good('device', 'account', 'roof')
    expect(text).to.contain('register counted 8500 - 1000 = 7500 Wh: equal')
    const refusals = await good('query', 'metering', 'refusals', 'roof')
    expect(refusals).to.match(/^time +seq +reason +detail\n.* 3 +register_fell /)
    expect(refusals).to.contain('declare-exchange')
    expect(await good('device', 'list')).to.match(/roof +pv +active +C +50000 +DE/)
    expect(await good('cert', 'list', 'roof')).to.match(/ 7500 +pv +C +DE /)
  }).timeout(120_000)

  it('exports EnergyTag JSON that agrees with the chain, and a proof that verifies', async () => {
    const own = JSON.parse(await good('cert', 'export', 'roof', start.toString())) as {
      attributes: { [name: string]: unknown }
    }
    const { certificate } = (await json('query', 'cert', 'export', 'roof', start.toString())) as {
      certificate: { [name: string]: unknown }
    }
    const { attributes } = own
    expect(attributes).to.include({ base_unit: 'Wh', face_value_wh: '7500', issuer: CHAIN })
    const same = 'energy_carrier energy_source technology device_id country_or_region issued_from'
    for (const name of `${same} base_unit face_value_wh issuer device_capacity_w`.split(' '))
      expect(attributes[name], name).to.equal(certificate[name])
    await good('cert', 'export', 'roof', start.toString(), '--proof', '--out', proof)
    const { signed_header } = JSON.parse(readFileSync(proof, 'utf8')) as {
      signed_header: { commit: { block_id: { hash: string } } }
    }
    hash = signed_header.commit.block_id.hash
    const said = await good('cert', 'verify', proof, '--trusted-hash', hash, '--chain-id', CHAIN)
    expect(said).to.contain('The proof holds').and.contain('7,500 Wh of solar energy')
    expect(said).to.contain('Trust class C').and.contain('7,500 whole Wh between')
    expect(await good('cert', 'verify', proof, '--trusted-node', rpc)).to.contain('holds')
  }).timeout(120_000)

  it('proves a claim of a part, by a printed page and a later header of the chain', async () => {
    const wh = ['roof', start.toString(), '1', '2500']
    const use = ['--beneficiary', 'Example Ltd', '--purpose', 'office, March']
    await good('tx', 'cert', 'claim', ...wh, ...use, '--from', 'owner', '-y')
    const page = join(home, 'page.html')
    const range = ['--range', '1-3000', '--print', 'html', '--out', page]
    await until('the state after the claim', async () => {
      await good('cert', 'export', 'roof', start.toString(), ...range)
      return readFileSync(page, 'utf8').includes('Example Ltd')
    })
    const header = join(home, 'header.json')
    writeFileSync(header, JSON.stringify(await call('commit')))
    const said = await good('cert', 'verify', page, '--trusted-header', header)
    expect(said).to.contain('2,500 Wh (1 to 2,500) were claimed by strom1')
    expect(said).to.contain('in favour of "Example Ltd", purpose "office, March"')
    expect(said).to.contain('500 Wh (2,501 to 3,000) are free')
  }).timeout(120_000)

  it('makes the signatures of makers and devices: attested battery, capacity, new key, hand-over by both owners', async () => {
    const keys = join(home, 'keys')
    const pem = (name: string): string => join(keys, `${name}.pem`)
    const sign = ['--from', 'owner', '-y']
    const maker = createDeviceKey(keys, 'maker-1')
    const old = createDeviceKey(keys, 'pack')
    const fresh = createDeviceKey(keys, 'pack-2')
    const hex = Buffer.from(maker.publicKey).toString('hex')
    const admit = ['tx', 'maker', 'admit', 'maker-1', 'Example Packs', '--scheme', 'p256']
    await good(...admit, '--pubkey', hex, ...sign)
    expect(await good('query', 'device', 'makers')).to.match(/maker-1 +Example Packs/)
    const plant =
      '--kind bess --nameplate-w 5000 --storage-wh 10000 --eta-c-ppm 950000 --eta-d-ppm 950000 --zone DE'
    const meter = '--interval-s 900 --trust-class a --class-ppm 10000 --bond 1000000'
    const made = [
      '--maker',
      'maker-1',
      '--serial',
      'SN-1',
      '--model',
      'P1',
      '--maker-key',
      pem('maker-1'),
    ]
    const words = `${plant} ${meter}`.split(' ')
    await good('tx', 'device', 'register', '--device-key', pem('pack'), ...words, ...made, ...sign)
    const tested = ['--time', (await blockTime()).toString(), '--attester', 'maker-1']
    const attest = ['tx', 'device', 'attest-capacity', 'pack', '9100', ...tested]
    await good(...attest, '--maker-key', pem('maker-1'), ...sign)
    const shown = (await json('device', 'show', 'pack')) as { device: { [name: string]: unknown } }
    expect(shown.device).to.include({ soh_ppm: '910000', trust_class: 'TRUST_CLASS_A' })

    const at = async (step: bigint): Promise<RegisterReading> => ({
      time: (await blockTime()) + step,
      importMwh: 1000n,
      exportMwh: 0n,
      socMwh: 5_000_000n,
      status: 1n,
    })
    const before = new DeviceSigner({ chainId: CHAIN, device: 'pack', key: old })
    const closing = readingFile('closing', before.sign(await at(0n)))
    const { position } = before
    const after = new DeviceSigner({ chainId: CHAIN, device: 'pack', key: fresh, position })
    const opening = readingFile('opening', after.sign(await at(1n)))
    const both = ['--closing', closing, '--opening', opening]
    const files = ['--new-key', pem('pack-2'), '--old-key', pem('pack')]
    await good('tx', 'device', 'rotate-key', 'pack', ...files, ...both, ...sign)
    expect((await good('device', 'epochs', 'pack')).trim().split('\n')).to.have.length(3)

    await good('tx', 'bank', 'send', 'owner', 'other', '5STROM', '-y')
    const handover = ['--handover', readingFile('handover', after.sign(await at(120n)))]
    const give = ['tx', 'device', 'transfer', 'pack', 'other', ...handover, '--from', 'owner']
    const alone = await run(...give, '-y')
    expect([alone.code, alone.stderr.includes('2 accounts sign this')]).to.deep.equal([2, true])
    let draft = await good(...give, '--generate-only', '--gas', '800000')
    const file = join(home, 'transfer.json')
    for (const name of ['owner', 'other']) {
      writeFileSync(file, draft)
      draft = await good('tx', 'sign', file, '--from', name, '--sign-mode', 'amino-json')
    }
    writeFileSync(file, draft)
    await good('tx', 'broadcast', file)
    const given = (await json('device', 'show', 'pack')) as { device: { owner: string } }
    expect(given.device.owner).to.equal(await address('other'))
  }).timeout(120_000)

  it('signs the next reading by hand, to the byte as the signer of a meter would', async () => {
    const keys = join(home, 'keys')
    const key = createDeviceKey(keys, 'hand')
    const signer = new DeviceSigner({ chainId: CHAIN, device: 'hand', key })
    const words = (device: string, kwh: string, time: string) =>
      [
        'device',
        'sign-reading',
        device,
        '--key',
        join(keys, `${device}.pem`),
        '--time',
        time,
      ].concat(['--import-kwh', '0', '--export-kwh', kwh])
    const messageIn = (text: string) =>
      Buffer.from((JSON.parse(text) as { message: string }).message, 'base64')
    const file = join(home, 'hand.json')
    const first = { time: 1772366400n, importMwh: 0n, exportMwh: 812_500_000n, status: 1n }
    await good(...words('hand', '812.5', '2026-03-01T12:00:00Z'), '--out', file)
    expect(messageIn(readFileSync(file, 'utf8'))).to.deep.equal(Buffer.from(signer.advance(first)))
    const next = { ...first, time: first.time + 900n, exportMwh: 812_500_001n }
    const after = await good(
      ...words('hand', '812.500001', '2026-03-01T12:15:00Z'),
      '--after',
      file,
    )
    expect(messageIn(after)).to.deep.equal(Buffer.from(signer.advance(next)))

    // A device that reported goes on behind its newest reading on the chain.
    const { state } = (await json('query', 'metering', 'state', 'roof')) as {
      state: { newest_seq: string }
    }
    const roof = await good(...words('roof', '9', '2026-03-01T12:00:00Z'))
    expect(DeviceMessage.decode(messageIn(roof)).seq).to.equal(BigInt(state.newest_seq) + 1n)
    const wrong = await run(...words('hand', '1.2345678', '2026-03-01T12:00:00Z'))
    expect([wrong.code, wrong.stderr.includes('six decimals')]).to.deep.equal([2, true])
  }).timeout(60_000)

  it('verifies without any node, and exits 1 with the reason for one changed byte or nothing to trust', async () => {
    const ended = new Promise<number | null>((resolve) => node.once('exit', resolve))
    node.kill('SIGTERM')
    expect(await ended).to.equal(0)
    expect((await run('status')).code).to.equal(6)
    await good('cert', 'verify', proof, '--trusted-hash', hash)
    const text = readFileSync(proof, 'utf8')
    const changed = join(home, 'changed.json')
    writeFileSync(changed, text.replace('"summary": [\n    "7,500', '"summary": [\n    "9,500'))
    const lie = await run('cert', 'verify', changed, '--trusted-hash', hash)
    expect([lie.code, lie.stdout.includes('WRONG  summary:')]).to.deep.equal([1, true])
    const blind = await run('cert', 'verify', proof, '-o', 'json')
    expect(blind.code).to.equal(1)
    expect(JSON.parse(blind.stdout)).to.include({ valid: false })
    expect(blind.stdout).to.contain('--trusted-hash')
    expect((await run('cert', 'verify', join(home, 'nothing'))).code).to.equal(2)
  }).timeout(60_000)
})
