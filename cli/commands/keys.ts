import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type Command, Option } from 'commander'
import type { Home } from '../../node/home.ts'
import { BACKENDS, type Backend } from '../client-config.ts'
import { group, homeOf, leaf, wholeNumber } from '../common.ts'
import { usageError } from '../errors.ts'
import { createDeviceKey, loadDeviceKey } from '../gateway/device-keys.ts'
import { COIN_TYPE, deriveKey, hdPath, newMnemonic, readMnemonic } from '../keys/derive.ts'
import { findKey, openKeyring, rememberBackend } from '../keys/find.ts'
import { type KeyInfo, type Keyring, keyError } from '../keys/keyring.ts'
import { addressForms } from '../keys/parse.ts'
import { readHexKey, unwrapKey, wrapKey } from '../keys/transfer.ts'
import { emit, note } from '../output.ts'
import { askSecret, confirm } from '../prompt.ts'

interface Options {
  readonly home?: string
  readonly keyringBackend?: Backend
}

interface AddOptions extends Options {
  readonly recover?: boolean
  readonly hdPath?: string
  readonly coinType?: string
  readonly account?: string
  readonly index?: string
}

/** `strom keys …`. */
export function keysCommand(): Command {
  return group('keys', 'make, show and move account keys', [
    add(),
    list(),
    show(),
    remove(),
    rename(),
    exportKey(),
    importKey(),
    leaf(
      'device',
      'make the P-256 key of a device or a maker; of a file that exists, its public key',
    )
      .argument('<file>', 'such as devices/roof-1.pem')
      .action(deviceKey),
    leaf('parse', 'an address in all its forms')
      .argument('<address>', 'bech32 or hex')
      .action((text: string) => emit(addressForms(text))),
    leaf('mnemonic', 'a new mnemonic of 24 words, kept nowhere').action(() => {
      const mnemonic = newMnemonic()
      emit({ mnemonic }, mnemonic)
    }),
  ])
}

/** The file's name is the device's id, as in the folder of a gateway. */
function deviceKey(file: string): void {
  if (!file.endsWith('.pem'))
    throw usageError(`"${file}" is no name of a key file`, 'it ends with .pem: roof-1.pem')
  const made = !existsSync(file)
  const [dir, name] = [dirname(file), basename(file, '.pem')]
  const { publicKey } = made ? createDeviceKey(dir, name) : loadDeviceKey(dir, name)
  emit({ file, made, scheme: 'p256', pubkey: Buffer.from(publicKey).toString('hex') })
}

/** The option that chooses a keyring. */
export function keyringBackendOption(): Option {
  return new Option(
    '--keyring-backend <backend>',
    'file (encrypted) or test (in the clear)',
  ).choices(BACKENDS)
}

function keyLeaf(name: string, description: string): Command {
  return leaf(name, description).addOption(keyringBackendOption())
}

function open(options: Options): { home: Home; keyring: Keyring } {
  const home = homeOf(options)
  return { home, keyring: openKeyring(home, options) }
}

function add(): Command {
  return keyLeaf('add', 'make a key; the mnemonic is shown once, on stderr')
    .argument('<name>')
    .option('--recover', 'from a mnemonic asked for, or the first line of stdin')
    .option('--hd-path <path>', "derivation path, m/44'/118'/0'/0/0 when absent")
    .option('--coin-type <number>', 'coin type of the path', COIN_TYPE.toString())
    .option('--account <number>', 'account of the path', '0')
    .option('--index <number>', 'address index of the path', '0')
    .action(async (name: string, options: AddOptions) => {
      const { home, keyring } = open(options)
      const path = options.hdPath ?? pathOf(options)
      if (keyring.has(name)) throw keyError('key_exists', `there is a key "${name}" already`)
      const mnemonic = options.recover === true ? await recovered() : newMnemonic()
      const privkey = await deriveKey(mnemonic, path)
      const info = await keyring.add(name, privkey)
      rememberBackend(home, keyring.backend)
      emit({ ...shown(info), path, keyring: keyring.backend }, info.address)
      if (options.recover === true) return
      note(`\nWrite these words down: they are the only way to get ${name} back.\n\n${mnemonic}\n`)
    })
}

function pathOf(options: AddOptions): string {
  return hdPath(
    wholeNumber(options.coinType ?? COIN_TYPE.toString(), '--coin-type'),
    wholeNumber(options.account ?? '0', '--account'),
    wholeNumber(options.index ?? '0', '--index'),
  )
}

async function recovered(): Promise<string> {
  const text = await askSecret('Mnemonic: ')
  if (text === undefined || text.trim() === '') {
    throw keyError(
      'no_mnemonic',
      'there is no mnemonic to recover from',
      'write it to stdin, one line',
    )
  }
  return readMnemonic(text)
}

function list(): Command {
  return keyLeaf('list', 'all keys of the keyring').action((options: Options) => {
    const { keyring } = open(options)
    const keys = keyring.list().map(shown)
    if (keys.length === 0)
      note(`there is no key in ${keyring.dir}; make one with \`strom keys add\``)
    emit({ keys }, keys.length === 0 ? '' : undefined)
  })
}

function show(): Command {
  return keyLeaf('show', 'one key, by name or address')
    .argument('<name>')
    .option('-a, --address', 'the address only')
    .option('-p, --pubkey', 'the public key only')
    .action((name: string, options: Options & { address?: boolean; pubkey?: boolean }) => {
      const { home, keyring } = open(options)
      const info = findKey(home, keyring, name)
      if (options.address === true) emit({ address: info.address }, info.address)
      else if (options.pubkey === true) emit({ pubkey: info.pubkey }, info.pubkey)
      else emit(shown(info))
    })
}

function remove(): Command {
  return keyLeaf('delete', 'delete a key for good')
    .argument('<name>')
    .option('-y, --yes', 'without asking')
    .action(async (name: string, options: Options & { yes?: boolean }) => {
      const { home, keyring } = open(options)
      const info = findKey(home, keyring, name)
      const sure =
        options.yes === true ||
        (await confirm(`Delete ${info.name} (${info.address})? Only its mnemonic brings it back.`))
      if (sure) keyring.delete(info.name)
      emit(
        { deleted: sure, name: info.name },
        sure ? `deleted ${info.name}` : 'nothing was deleted',
      )
    })
}

function rename(): Command {
  return keyLeaf('rename', 'give a key another name')
    .argument('<from>')
    .argument('<to>')
    .action((from: string, to: string, options: Options) => {
      const { home, keyring } = open(options)
      emit(shown(keyring.rename(findKey(home, keyring, from).name, to)))
    })
}

function exportKey(): Command {
  return keyLeaf('export', 'a key as text, encrypted under a password of its own')
    .argument('<name>')
    .option('--unsafe-hex', 'the bare private key, 64 hex digits')
    .action(async (name: string, options: Options & { unsafeHex?: boolean }) => {
      const { home, keyring } = open(options)
      const privkey = await keyring.privateKey(findKey(home, keyring, name).name)
      if (options.unsafeHex === true) {
        const hex = Buffer.from(privkey).toString('hex')
        note('whoever reads this key owns the account')
        emit({ privkey: hex }, hex)
        return
      }
      const text = await wrapKey(privkey, await exportPassword('Password for the exported key: '))
      emit(JSON.parse(text), text)
    })
}

function importKey(): Command {
  return keyLeaf('import', 'take in an exported key')
    .argument('<name>')
    .argument('<file>', 'what `keys export` wrote')
    .option('--hex', 'the file holds a bare private key')
    .action(async (name: string, file: string, options: Options & { hex?: boolean }) => {
      const { home, keyring } = open(options)
      if (keyring.has(name)) throw keyError('key_exists', `there is a key "${name}" already`)
      const text = readText(file)
      const privkey =
        options.hex === true
          ? readHexKey(text)
          : await unwrapKey(text, await exportPassword('Password of the exported key: '))
      const info = await keyring.add(name, privkey)
      rememberBackend(home, keyring.backend)
      emit(shown(info), info.address)
    })
}

async function exportPassword(question: string): Promise<string> {
  const given = await askSecret(question)
  if (given === undefined || given.length < 8) {
    throw keyError(
      'no_password',
      'an exported key needs a password of 8 characters or more',
      'write it to stdin',
    )
  }
  return given
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usageError((error as Error).message)
  }
}

function shown(info: KeyInfo): { name: string; type: string; address: string; pubkey: string } {
  return { name: info.name, type: 'local', address: info.address, pubkey: info.pubkey }
}
