import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeSecp256k1Pubkey } from '@cosmjs/amino'
import {
  DirectSecp256k1HdWallet,
  encodePubkey,
  makeAuthInfoBytes,
  makeSignDoc,
} from '@cosmjs/proto-signing'
import { expect } from 'chai'
import { MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx'
import { TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx'
import { freshHome, strom } from './run-cli.ts'

const MNEMONIC = `${'abandon '.repeat(11)}about`

describe('transactions: offline', () => {
  const home = freshHome()
  let wallet: DirectSecp256k1HdWallet
  let from = ''
  let to = ''
  before(async () => {
    wallet = await DirectSecp256k1HdWallet.fromMnemonic(MNEMONIC, { prefix: 'strom' })
    from = (await wallet.getAccounts())[0]?.address ?? ''
    const added = await strom(['keys', 'add', 'me', '--recover', '--keyring-backend', 'test'], {
      home,
      input: `${MNEMONIC}\n`,
    })
    expect(added.stdout.trim()).to.equal(from)
    to = (await strom(['keys', 'add', 'you'], { home })).stdout.trim()
  })

  /** The bytes an unmodified CosmJS signs for the same transfer. */
  async function byCosmjs(sequence: number): Promise<string> {
    const [account] = await wallet.getAccounts()
    const amount = [{ denom: 'ustrom', amount: '12500000' }]
    const body = TxBody.encode(
      TxBody.fromPartial({
        messages: [
          {
            typeUrl: '/cosmos.bank.v1beta1.MsgSend',
            value: MsgSend.encode({ fromAddress: from, toAddress: to, amount }).finish(),
          },
        ],
        memo: 'hello & <goodbye>',
        timeoutHeight: 77n,
      }),
    ).finish()
    const pubkey = encodePubkey(encodeSecp256k1Pubkey(account?.pubkey ?? new Uint8Array()))
    const fee = [{ denom: 'ustrom', amount: '1500' }]
    const authInfo = makeAuthInfoBytes([{ pubkey, sequence }], fee, 90_000, undefined, undefined)
    const { signature } = await wallet.signDirect(from, makeSignDoc(body, authInfo, 'test-9', 5))
    const raw = TxRaw.fromPartial({
      bodyBytes: body,
      authInfoBytes: authInfo,
      signatures: [Buffer.from(signature.signature, 'base64')],
    })
    return Buffer.from(TxRaw.encode(raw).finish()).toString('base64')
  }

  const flags = [
    '--fees',
    '0.0015STROM',
    '--gas',
    '90000',
    '--note',
    'hello & <goodbye>',
    '--timeout-height',
    '77',
  ]
  const offline = ['--offline', '--chain-id', 'test-9', '-a', '5', '-s', '8']

  it('generates, signs and encodes a transfer byte for byte as CosmJS does', async () => {
    const made = await strom(
      ['tx', 'bank', 'send', 'me', to, '12.5STROM', '--generate-only', ...flags],
      { home },
    )
    expect(made.code, made.stderr).to.equal(0)
    const file = join(home, 'unsigned.json')
    writeFileSync(file, made.stdout)
    const signed = await strom(['tx', 'sign', file, '--from', 'me', ...offline], { home })
    expect(signed.code, signed.stderr).to.equal(0)
    writeFileSync(join(home, 'signed.json'), signed.stdout)
    const encoded = await strom(['tx', 'encode', join(home, 'signed.json')], { home })
    expect(encoded.stdout.trim()).to.equal(await byCosmjs(8))
    const decoded = await strom(['tx', 'decode', encoded.stdout.trim(), '-o', 'json'], { home })
    expect(JSON.parse(decoded.stdout)).to.deep.equal(JSON.parse(signed.stdout))
  }).timeout(30_000)

  it('signs in one step offline, showing what is signed on stderr', async () => {
    const args = [
      'tx',
      'bank',
      'send',
      'you',
      '12500000ustrom',
      '--from',
      'me',
      '-y',
      ...flags,
      ...offline,
    ]
    const { code, stdout, stderr } = await strom(args, { home })
    expect(code, stderr).to.equal(0)
    expect(stderr)
      .to.contain('sends 12.5 STROM to')
      .and.contain('fee 0.0015 STROM, gas limit 90,000 on test-9')
    writeFileSync(join(home, 'one.json'), stdout)
    const encoded = await strom(['tx', 'encode', join(home, 'one.json')], { home })
    expect(encoded.stdout.trim()).to.equal(await byCosmjs(8))
  }).timeout(30_000)

  it('refuses what cannot be sent with exit 2 before asking any node', async () => {
    const cases: [readonly string[], string][] = [
      [
        ['tx', 'bank', 'send', 'me', to, '1.2345678STROM', '--generate-only'],
        'more than 6 decimals',
      ],
      [
        ['tx', 'bank', 'send', 'me', 'strom1wrong', '1STROM', '--generate-only'],
        'invalid to address',
      ],
      [['tx', 'bank', 'send', 'me', to, '0STROM', '--generate-only'], 'no coins to send'],
      [['tx', 'bank', 'send', to, '1STROM', '--generate-only'], '--from is needed'],
      [['tx', 'bank', 'send', 'me', to, '1STROM', '--offline', '-y'], '--offline needs --chain-id'],
      [['tx', 'bank', 'send', 'me', to, '1STROM', ...offline], 'confirmation is needed'],
      [
        ['tx', 'device', 'register', '--from', 'me', '--kind', 'sun', '--generate-only'],
        'one of pv, wind',
      ],
      [['tx', 'decode', 'AAAA'], 'no transaction'],
      [['tx', 'broadcast', join(home, 'unsigned.json')], 'is not signed'],
    ]
    for (const [args, why] of cases) {
      const { code, stderr, stdout } = await strom(args, { home })
      expect(code, `${args.join(' ')}: ${stderr}`).to.equal(2)
      expect(stderr).to.contain(why)
      expect(stdout).to.equal('')
    }
  }).timeout(60_000)
})
