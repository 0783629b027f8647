import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { freshHome, strom } from './run-cli.ts'

const MNEMONIC = `${'abandon '.repeat(11)}about`
const PASSWORD = 'correct horse'

interface KeyJson {
  readonly name: string
  readonly address: string
  readonly pubkey: string
}

describe('keys: the program', () => {
  const home = freshHome()
  const passwordFile = join(home, 'password.txt')
  const env = { STROM_KEYRING_PASSWORD_FILE: passwordFile }
  before(() => writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 }))

  it('shows the mnemonic on stderr only, the address on stdout only', async () => {
    const { code, stdout, stderr } = await strom(['keys', 'add', 'me'], { home, env })
    expect(code, stderr).to.equal(0)
    expect(stdout).to.match(/^strom1[a-z0-9]{38}\n$/)
    expect(stderr).to.match(/(?:[a-z]+ ){23}[a-z]+/)
    const words = /(?:[a-z]+ ){23}[a-z]+/.exec(
      stderr.split('\n').find((line) => line.split(' ').length === 24) ?? '',
    )?.[0]
    const again = await strom(['keys', 'add', 'twin', '--recover'], {
      home: freshHome(),
      env,
      input: `${words}\n`,
    })
    expect(again.stdout).to.equal(stdout)
  }).timeout(30_000)

  it('keeps the private key encrypted and the files for their owner only', async () => {
    const dir = join(home, 'keyring-file')
    for (const file of readdirSync(dir))
      expect(statSync(join(dir, file)).mode & 0o077, file).to.equal(0)
    const bare = await strom(['keys', 'export', 'me', '--unsafe-hex'], { home, env })
    expect(bare.stdout.trim()).to.match(/^[0-9a-f]{64}$/)
    const file = readFileSync(join(dir, 'me.key.json'), 'utf8')
    expect(file).not.to.contain(bare.stdout.trim())
    expect(file).not.to.contain(Buffer.from(bare.stdout.trim(), 'hex').toString('base64'))
  }).timeout(30_000)

  it('refuses a wrong password and a missing one with exit 7', async () => {
    const wrong = await strom(['keys', 'export', 'me', '--unsafe-hex', '--no-input'], {
      home,
      input: 'wrong horse\n',
    })
    expect(wrong.code).to.equal(7)
    expect(wrong.stderr).to.contain('password of the keyring is wrong')
    expect(wrong.stdout).to.equal('')
    const missing = await strom(['keys', 'export', 'me', '--unsafe-hex', '--no-input'], { home })
    expect(missing.code).to.equal(7)
    expect(missing.stderr).to.contain('STROM_KEYRING_PASSWORD_FILE')
    const right = await strom(['keys', 'export', 'me', '--unsafe-hex'], {
      home,
      input: `${PASSWORD}\n`,
    })
    expect(right.code).to.equal(0)
  }).timeout(30_000)

  it('refuses a key file whose content was changed with exit 7', async () => {
    const other = freshHome()
    await strom(['keys', 'add', 'x'], { home: other, env })
    const file = join(other, 'keyring-file', 'x.key.json')
    const key = JSON.parse(readFileSync(file, 'utf8')) as { address: string }
    const stolen = await strom(['keys', 'show', 'me', '-a'], { home })
    writeFileSync(file, JSON.stringify({ ...key, address: stolen.stdout.trim() }))
    const { code, stderr } = await strom(['keys', 'export', 'x', '--unsafe-hex'], {
      home: other,
      env,
    })
    expect(code).to.equal(7)
    expect(stderr).to.contain('is damaged')
  }).timeout(30_000)

  it('carries a key through export, import, rename and delete', async () => {
    const input = 'transfer secret\n'
    const exported = await strom(['keys', 'export', 'me'], { home, env, input })
    expect(exported.code, exported.stderr).to.equal(0)
    const file = join(home, 'me.exported')
    writeFileSync(file, exported.stdout)
    const target = freshHome()
    const test = ['--keyring-backend', 'test', '-o', 'json']
    const bad = await strom(['keys', 'import', 'me2', file, ...test], {
      home: target,
      input: 'another secret\n',
    })
    expect(bad.code).to.equal(7)
    const good = await strom(['keys', 'import', 'me2', file, ...test], { home: target, input })
    expect(good.code, good.stderr).to.equal(0)
    const original = await strom(['keys', 'show', 'me', '-o', 'json'], { home })
    const key = JSON.parse(good.stdout) as KeyJson
    expect(key.pubkey).to.equal((JSON.parse(original.stdout) as KeyJson).pubkey)
    expect((await strom(['keys', 'rename', 'me2', 'me3'], { home: target })).code).to.equal(0)
    const listed = await strom(['keys', 'list', '-o', 'json'], { home: target })
    expect(
      (JSON.parse(listed.stdout) as { keys: KeyJson[] }).keys.map((one) => one.name),
    ).to.deep.equal(['me3'])
    expect((await strom(['keys', 'delete', 'me3'], { home: target })).code).to.equal(2)
    expect((await strom(['keys', 'delete', 'me3', '-y'], { home: target })).code).to.equal(0)
    expect((await strom(['keys', 'show', 'me3'], { home: target })).code).to.equal(7)
  }).timeout(60_000)

  it('recovers a mnemonic at other paths and remembers the backend of the first key', async () => {
    const fresh = freshHome()
    const add = (name: string, ...more: string[]) =>
      strom(['keys', 'add', name, '--recover', '-o', 'json', ...more], {
        home: fresh,
        input: `${MNEMONIC}\n`,
      })
    const first = JSON.parse((await add('a', '--keyring-backend', 'test')).stdout) as KeyJson & {
      keyring: string
    }
    expect(first.keyring).to.equal('test')
    // The account of CosmJS for this phrase is 28ff5c6d5bb8cfa9..., whatever the prefix.
    const forms = await strom(['keys', 'parse', first.address, '-o', 'json'])
    expect((JSON.parse(forms.stdout) as { hex: string }).hex).to.equal(
      Buffer.from(await addressOfCosmos())
        .toString('hex')
        .toUpperCase(),
    )
    const second = JSON.parse((await add('b', '--index', '1')).stdout) as KeyJson & {
      keyring: string
    }
    expect(second.keyring).to.equal('test')
    expect(second.address).not.to.equal(first.address)
    const same = await add('c', '--hd-path', "m/44'/118'/0'/0/0")
    expect(same.code).to.equal(7)
    expect(same.stdout).to.contain('holds this key already')
  }).timeout(60_000)

  it('says which home and backend hold a name that is not in this keyring', async () => {
    const { code, stderr } = await strom(['keys', 'show', 'me', '--keyring-backend', 'test'], {
      home,
    })
    expect(code).to.equal(7)
    expect(stderr).to.contain(join(home, 'keyring-file')).and.contain('--keyring-backend file')
  })
})

/** Address bytes CosmJS gives the phrase at the standard path. */
async function addressOfCosmos(): Promise<Uint8Array> {
  const { DirectSecp256k1HdWallet } = await import('@cosmjs/proto-signing')
  const { fromBech32 } = await import('@cosmjs/encoding')
  const wallet = await DirectSecp256k1HdWallet.fromMnemonic(MNEMONIC, { prefix: 'cosmos' })
  const [account] = await wallet.getAccounts()
  return fromBech32(account?.address ?? '').data
}
