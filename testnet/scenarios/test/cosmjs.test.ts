import { Secp256k1HdWallet } from '@cosmjs/amino'
import { toBase64 } from '@cosmjs/encoding'
import { DirectSecp256k1HdWallet, type OfflineSigner } from '@cosmjs/proto-signing'
import {
  assertIsDeliverTxSuccess,
  BroadcastTxError,
  coins,
  GasPrice,
  type MsgSendEncodeObject,
  SigningStargateClient,
  StargateClient,
} from '@cosmjs/stargate'
import { Comet38Client, type comet38 } from '@cosmjs/tendermint-rpc'
import { expect } from 'chai'
import { TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx'
import type { NodeProcess } from '../../launch.ts'
import { type LocalNetwork, startLocal } from '../local-network.ts'
import { walletNamed } from '../wallet.ts'

const CHAIN = 'strom-cosmjs-1'
const FREE = { gasPrice: GasPrice.fromString('0ustrom'), broadcastPollIntervalMs: 250 }
const FEE = { amount: coins(500, 'ustrom'), gas: '200000' }
const PREFIX = { prefix: 'strom' }

const addressOf = async (signer: OfflineSigner): Promise<string> => {
  const [account] = await signer.getAccounts()
  if (account === undefined) throw new Error('the wallet has no account')
  return account.address
}

describe('unmodified CosmJS 0.39 on four validators', function () {
  this.timeout(300_000)
  let local: LocalNetwork
  let node: NodeProcess
  let alice: { address: string; client: SigningStargateClient }
  let fresh: { address: string; wallet: DirectSecp256k1HdWallet; client: SigningStargateClient }

  const connect = async (signer: OfflineSigner): Promise<SigningStargateClient> =>
    await SigningStargateClient.connectWithSigner(node.rpcUrl, signer, FREE)
  const sending = (to: string, amount: number): MsgSendEncodeObject => ({
    typeUrl: '/cosmos.bank.v1beta1.MsgSend',
    value: { fromAddress: alice.address, toAddress: to, amount: coins(amount, 'ustrom') },
  })

  before(async () => {
    local = await startLocal({ chainId: CHAIN, validators: 4 })
    node = local.launcher.nodes[1] as NodeProcess
    const { mnemonic, address } = walletNamed(local.network, 'alice')
    const dev = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, PREFIX)
    expect(await addressOf(dev)).to.equal(address)
    alice = { address, client: await connect(dev) }
    const wallet = await DirectSecp256k1HdWallet.generate(24, PREFIX)
    fresh = { address: await addressOf(wallet), wallet, client: await connect(wallet) }
  })

  after(async () => {
    alice?.client.disconnect()
    fresh?.client.disconnect()
    await local?.stop()
  })

  it('knows the chain and finds nothing of a new wallet', async () => {
    expect(await fresh.client.getChainId()).to.equal(CHAIN)
    expect(await fresh.client.getHeight()).to.be.greaterThan(0)
    expect(await fresh.client.getAccount(fresh.address)).to.equal(null)
    expect(await fresh.client.getAllBalances(fresh.address)).to.deep.equal([])
  })

  it('funds a new wallet from a development key with simulated gas, and reads it back', async () => {
    const sent = await alice.client.sendTokens(
      alice.address,
      fresh.address,
      coins(5_000_000, 'ustrom'),
      'auto',
      'for a new wallet',
    )
    assertIsDeliverTxSuccess(sent)
    expect(sent.gasUsed <= sent.gasWanted).to.equal(true)
    expect(await fresh.client.getAllBalances(fresh.address)).to.deep.equal(
      coins(5_000_000, 'ustrom'),
    )
    const found = await fresh.client.getTx(sent.transactionHash)
    expect([found?.height, found?.code]).to.deep.equal([sent.height, 0])
    expect(found?.events.map(({ type }) => type)).to.include.members(['transfer', 'message'])
    const block = await fresh.client.getBlock(sent.height)
    expect(block.txs.map((tx) => toBase64(tx))).to.include(toBase64(found?.tx as Uint8Array))
  })

  it('sends back with an explicit fee, which is paid, and the sequence counts', async () => {
    const sent = await fresh.client.sendTokens(
      fresh.address,
      alice.address,
      coins(1_000_000, 'ustrom'),
      FEE,
      'zurück ✓',
    )
    assertIsDeliverTxSuccess(sent)
    expect((await fresh.client.getBalance(fresh.address, 'ustrom')).amount).to.equal('3999500')
    expect((await fresh.client.getSequence(fresh.address)).sequence).to.equal(1)
  })

  it('carries several messages in one transaction, all or none', async () => {
    const [a, b] = await Promise.all(
      [1, 2].map(async () => {
        return await addressOf(await DirectSecp256k1HdWallet.generate(12, PREFIX))
      }),
    )
    if (a === undefined || b === undefined) throw new Error('no wallets')
    const both = await alice.client.signAndBroadcast(
      alice.address,
      [sending(a, 70), sending(b, 30)],
      FEE,
    )
    assertIsDeliverTxSuccess(both)
    expect((await alice.client.getBalance(a, 'ustrom')).amount).to.equal('70')
    expect((await alice.client.getBalance(b, 'ustrom')).amount).to.equal('30')
    const none = await alice.client.signAndBroadcast(
      alice.address,
      [sending(a, 70), sending(b, 9_000_000_000_000_000)],
      FEE,
    )
    expect([none.code === 0, (await alice.client.getBalance(a, 'ustrom')).amount]).to.deep.equal([
      false,
      '70',
    ])
  })

  it('says as the SDK does when the funds are not there', async () => {
    const { client, address } = fresh
    const poor = await client.sendTokens(address, alice.address, coins(9_999_999, 'ustrom'), FEE)
    expect(poor.code).to.equal(5)
    expect(poor.rawLog).to.match(
      /^failed to execute message; message index: 0: spendable balance \d+ustrom is smaller than 9999999ustrom: insufficient funds$/,
    )
  })

  it('refuses what was signed for another chain, with code 4', async () => {
    const { accountNumber, sequence } = await fresh.client.getSequence(fresh.address)
    const message = sending(alice.address, 1)
    const tx = await fresh.client.sign(
      fresh.address,
      [{ ...message, value: { ...message.value, fromAddress: fresh.address } }],
      FEE,
      '',
      { accountNumber, sequence, chainId: 'strom-other-1' },
    )
    let refusal: unknown
    await fresh.client.broadcastTx(TxRaw.encode(tx).finish()).catch((error: unknown) => {
      refusal = error
    })
    if (!(refusal instanceof BroadcastTxError)) throw new Error(`not refused: ${String(refusal)}`)
    expect([refusal.code, refusal.codespace]).to.deep.equal([4, 'sdk'])
    expect(refusal.log).to.contain(`chain-id (${CHAIN})`)
    expect((await fresh.client.getSequence(fresh.address)).sequence).to.equal(sequence)
  })

  it('takes an amino signer, as hardware wallets are', async () => {
    const wallet = await Secp256k1HdWallet.fromMnemonic(fresh.wallet.mnemonic, PREFIX)
    const client = await connect(wallet)
    const sent = await client.sendTokens(
      fresh.address,
      alice.address,
      coins(10, 'ustrom'),
      'auto',
      'amino',
    )
    assertIsDeliverTxSuccess(sent)
    client.disconnect()
  })

  it('finds transactions by sender, recipient and height', async () => {
    const bySender = await alice.client.searchTx([{ key: 'transfer.sender', value: fresh.address }])
    // The one that failed paid its fee, which is a transfer too.
    expect(bySender.map(({ code }) => code)).to.deep.equal([0, 5, 0])
    const byRecipient = await alice.client.searchTx([
      { key: 'transfer.recipient', value: fresh.address },
    ])
    expect(byRecipient).to.have.lengthOf(1)
    const { height, hash } = byRecipient[0] as { height: number; hash: string }
    const byHeight = await alice.client.searchTx(`tx.height=${height}`)
    expect(byHeight.map((one) => one.hash)).to.include(hash)
  })

  it('hears of a transaction over WebSocket', async () => {
    const socket = await Comet38Client.connect(node.rpcUrl.replace('http', 'ws'))
    const heard = new Promise<comet38.TxEvent>((resolve, reject) => {
      socket
        .subscribeTx(`transfer.recipient='${fresh.address}'`)
        .addListener({ next: resolve, error: reject, complete: () => reject(new Error('closed')) })
    })
    // The subscription travels on its own socket: one answered call later it is in place.
    await socket.status()
    const sent = await alice.client.sendTokens(
      alice.address,
      fresh.address,
      coins(77, 'ustrom'),
      FEE,
    )
    const event = await heard
    expect(event.height).to.equal(sent.height)
    expect(Buffer.from(event.hash).toString('hex').toUpperCase()).to.equal(sent.transactionHash)
    expect(event.result.code).to.equal(0)
    socket.disconnect()
  })

  it('reads the same from every validator', async () => {
    const height = await alice.client.getHeight()
    await local.launcher.ready(BigInt(height) + 1n, 120_000)
    for (const { rpcUrl } of local.launcher.nodes) {
      const client = await StargateClient.connect(rpcUrl)
      const block = await client.getBlock(height)
      expect(block.id).to.equal((await alice.client.getBlock(height)).id)
      client.disconnect()
    }
  })
})
