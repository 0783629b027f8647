import { DirectSecp256k1HdWallet } from '@cosmjs/proto-signing'
import { coins, SigningStargateClient } from '@cosmjs/stargate'
import { expect } from 'chai'
import { TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx'
import { field } from '../../../cli/gateway/rpc-client.ts'
import type { NodeProcess } from '../../launch.ts'
import { type LocalNetwork, startLocal } from '../local-network.ts'
import { walletNamed } from '../wallet.ts'

const CHAIN = 'strom-rest-1'
const FEE = { amount: coins(0, 'ustrom'), gas: '150000' }

describe('the REST gateway of a running validator', function () {
  this.timeout(300_000)
  let local: LocalNetwork
  let url: string
  let alice: string
  let bob: string

  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${url}${path}`)
    return { status: response.status, body: await response.json() }
  }
  const post = async (path: string, body: object): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })
    return { status: response.status, body: await response.json() }
  }
  /** Follows names and list positions into a JSON answer. */
  const at = (value: unknown, ...path: string[]): unknown =>
    path.reduce((inner: unknown, name) => field(inner, name), value)

  /** A signed transfer of alice to bob. */
  const signed = async (memo: string): Promise<string> => {
    const node = local.launcher.nodes[0] as NodeProcess
    const { mnemonic } = walletNamed(local.network, 'alice')
    const wallet = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix: 'strom' })
    const client = await SigningStargateClient.connectWithSigner(node.rpcUrl, wallet)
    const value = { fromAddress: alice, toAddress: bob, amount: coins(11, 'ustrom') }
    const message = { typeUrl: '/cosmos.bank.v1beta1.MsgSend', value }
    const tx = await client.sign(alice, [message], FEE, memo)
    client.disconnect()
    return Buffer.from(TxRaw.encode(tx).finish()).toString('base64')
  }

  before(async () => {
    local = await startLocal({ chainId: CHAIN, validators: 1 })
    url = local.launcher.nodes[0]?.restUrl ?? ''
    alice = walletNamed(local.network, 'alice').address
    bob = walletNamed(local.network, 'bob').address
  })

  after(async () => {
    await local?.stop()
  })

  it('tells about the node and its latest block', async () => {
    const info = await get('/cosmos/base/tendermint/v1beta1/node_info')
    expect([info.status, at(info.body, 'default_node_info', 'network')]).to.deep.equal([200, CHAIN])
    const latest = await get('/cosmos/base/tendermint/v1beta1/blocks/latest')
    expect(at(latest.body, 'block', 'header', 'chain_id')).to.equal(CHAIN)
    expect(Number(at(latest.body, 'block', 'header', 'height'))).to.be.greaterThan(0)
  })

  it('tells accounts and balances', async () => {
    const account = await get(`/cosmos/auth/v1beta1/accounts/${alice}`)
    expect(at(account.body, 'account', '@type')).to.equal('/cosmos.auth.v1beta1.BaseAccount')
    expect(at(account.body, 'account', 'address')).to.equal(alice)
    const balances = await get(`/cosmos/bank/v1beta1/balances/${alice}`)
    expect(at(balances.body, 'balances', '0', 'denom')).to.equal('ustrom')
    const none = await get(
      '/cosmos/auth/v1beta1/accounts/strom1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqm2z5rl',
    )
    expect(none.status).to.be.oneOf([400, 404])
    expect(at(none.body, 'message')).to.be.a('string')
  })

  it('simulates, takes and finds a transaction', async () => {
    const tx = await signed('over rest')
    const simulated = await post('/cosmos/tx/v1beta1/simulate', { tx_bytes: tx })
    expect(simulated.status).to.equal(200)
    expect(Number(at(simulated.body, 'gas_info', 'gas_used'))).to.be.greaterThan(20_000)
    const sent = await post('/cosmos/tx/v1beta1/txs', { tx_bytes: tx, mode: 'BROADCAST_MODE_SYNC' })
    expect([sent.status, at(sent.body, 'tx_response', 'code')]).to.deep.equal([200, 0])
    const hash = String(at(sent.body, 'tx_response', 'txhash'))
    let found = await get(`/cosmos/tx/v1beta1/txs/${hash}`)
    for (const until = Date.now() + 60_000; found.status !== 200 && Date.now() < until; ) {
      await new Promise((resolve) => setTimeout(resolve, 250))
      found = await get(`/cosmos/tx/v1beta1/txs/${hash}`)
    }
    expect(at(found.body, 'tx_response', 'txhash')).to.equal(hash)
    expect(at(found.body, 'tx', 'body', 'memo')).to.equal('over rest')
  })

  it('refuses a transaction that cannot be read, with a reason', async () => {
    const sent = await post('/cosmos/tx/v1beta1/txs', {
      tx_bytes: Buffer.from('not a transaction').toString('base64'),
      mode: 'BROADCAST_MODE_SYNC',
    })
    const code = at(sent.body, 'tx_response', 'code') ?? at(sent.body, 'code')
    expect(code).to.not.equal(0)
    expect(String(at(sent.body, 'tx_response', 'raw_log') ?? at(sent.body, 'message'))).to.match(
      /tx parse error|invalid/,
    )
  })

  it('answers the routes of our own modules', async () => {
    for (const path of [
      '/strom/metering/v1/params',
      '/strom/metering/v1/states',
      '/strom/certificate/v1/summary',
      '/strom/device/v1/devices',
    ]) {
      const answer = await get(path)
      expect([path, answer.status, typeof answer.body]).to.deep.equal([path, 200, 'object'])
    }
    expect((await get('/strom/device/v1/devices/nobody')).status).to.equal(404)
  })

  it('says 501 to routes it does not have', async () => {
    for (const path of ['/cosmos/nft/v1beta1/classes', '/no/such/route']) {
      const answer = await get(path)
      expect([path, answer.status, at(answer.body, 'code')]).to.deep.equal([path, 501, 12])
    }
  })
})
