import type { EncodeObject } from '@cosmjs/proto-signing'
import type { StdFee } from '@cosmjs/stargate'
import { expect } from 'chai'
import { GenericAuthorization } from '../../../proto/gen/cosmos/authz/v1beta1/authz.ts'
import { MsgExec } from '../../../proto/gen/cosmos/authz/v1beta1/tx.ts'
import { MsgSend } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import {
  AllowedMsgAllowance,
  BasicAllowance,
} from '../../../proto/gen/cosmos/feegrant/v1beta1/feegrant.ts'
import { AppChain, eventLines, GENESIS_TIME, refusal } from './support.ts'
import { paying, Wallet } from './wallet.ts'

const owner = await Wallet.of('owner')
const gateway = await Wallet.of('gateway')
const other = await Wallet.of('other')
const [OWNER, GATEWAY] = [1, 2]
const SEND = '/cosmos.bank.v1beta1.MsgSend'

/** The gateway has a single token, so that it can pay no fee. */
const start = (): Promise<AppChain> =>
  AppChain.start({
    accounts: [
      { address: owner.address, ustrom: 1_000_000n },
      { address: gateway.address, ustrom: 1n },
    ],
  })

const coins = (amount: string) => [{ denom: 'ustrom', amount }]
const paidBy = (granter: string, amount = '100'): StdFee => ({ ...paying(amount), granter })

function allowance(limit: string, ...allowedMessages: string[]): EncodeObject {
  const basic = BasicAllowance.create({ spendLimit: coins(limit) })
  const inner = {
    typeUrl: '/cosmos.feegrant.v1beta1.BasicAllowance',
    value: BasicAllowance.encode(basic),
  }
  const value = AllowedMsgAllowance.encode({ allowance: inner, allowedMessages })
  const filtered = { typeUrl: '/cosmos.feegrant.v1beta1.AllowedMsgAllowance', value }
  return {
    typeUrl: '/cosmos.feegrant.v1beta1.MsgGrantAllowance',
    value: {
      granter: owner.address,
      grantee: gateway.address,
      allowance: allowedMessages.length === 0 ? inner : filtered,
    },
  }
}

function authorization(msg: string): EncodeObject {
  return {
    typeUrl: '/cosmos.authz.v1beta1.MsgGrant',
    value: {
      granter: owner.address,
      grantee: gateway.address,
      grant: {
        authorization: {
          typeUrl: '/cosmos.authz.v1beta1.GenericAuthorization',
          value: GenericAuthorization.encode({ msg }),
        },
        expiration: { seconds: GENESIS_TIME + 3600n, nanos: 0 },
      },
    },
  }
}

const asOwner = (amount: string): EncodeObject => ({
  typeUrl: '/cosmos.authz.v1beta1.MsgExec',
  value: MsgExec.create({
    grantee: gateway.address,
    msgs: [
      {
        typeUrl: SEND,
        value: MsgSend.encode({
          fromAddress: owner.address,
          toAddress: other.address,
          amount: coins(amount),
        }),
      },
    ],
  }),
})

/** The same bytes are judged by the mempool first, and both must say the same. */
async function sent(chain: AppChain, tx: Uint8Array): Promise<string> {
  const checked = refusal(await chain.check(tx))
  const result = await chain.deliver(tx)
  if (result.code === 0) expect(checked).to.equal(' 0: ')
  return refusal(result)
}

describe('a fee that another account pays', () => {
  const send = [gateway.send(other.address, '1')]
  const plan = { number: GATEWAY, sequence: 0, fee: paidBy(owner.address) }

  async function granted(message: EncodeObject): Promise<AppChain> {
    const chain = await start()
    const tx = await owner.direct([message], { number: OWNER, sequence: 0 })
    expect(await sent(chain, tx)).to.equal(' 0: ')
    return chain
  }

  it('is taken from the granter, who is named as payer, and out of the allowance', async () => {
    const chain = await granted(allowance('150'))
    const result = await chain.deliver(await gateway.direct(send, plan))
    expect(refusal(result)).to.equal(' 0: ')
    const pair = `granter=${owner.address},grantee=${gateway.address}`
    const lines = eventLines(result)
    expect(lines.slice(0, 3)).to.deep.equal([
      `use_feegrant{${pair}}`,
      `update_feegrant{${pair}}`,
      `coin_spent{spender=${owner.address},amount=100ustrom}`,
    ])
    expect(lines).to.include(`tx{fee=100ustrom,fee_payer=${owner.address}}`)
    // 50 are left, less than the next fee.
    const again = await gateway.direct(send, { ...plan, sequence: 1 })
    expect(await sent(chain, again)).to.equal(
      `feegrant 2: ${owner.address} does not allow to pay fees for ${gateway.address}: basic allowance: fee limit exceeded`,
    )
  })

  it('is paid when signed with amino JSON too', async () => {
    const chain = await granted(allowance('150'))
    expect(await sent(chain, await gateway.amino(send, plan))).to.equal(' 0: ')
  })

  it('is refused without an allowance, and for other messages than it is for', async () => {
    const chain = await granted(allowance('150', '/strom.metering.v1.MsgSubmitReadings'))
    expect(await sent(chain, await gateway.direct(send, plan))).to.match(/^feegrant 7: /)
    const stranger = { ...plan, fee: paidBy(other.address) }
    expect(await sent(chain, await gateway.direct(send, stranger))).to.match(
      /^sdk 38: .*fee-grant not found/,
    )
    const nobody = { ...plan, fee: paidBy('strom1nobody') }
    expect(await sent(chain, await gateway.direct(send, nobody))).to.match(/^sdk 7: /)
  })

  it('needs no allowance when granter and payer are one', async () => {
    const chain = await start()
    const own = { number: OWNER, sequence: 0, fee: paidBy(owner.address) }
    expect(await sent(chain, await owner.direct([owner.send(other.address, '1')], own))).to.equal(
      ' 0: ',
    )
  })

  it('stays paid although the message fails, and is not taken when the signature is wrong', async () => {
    const chain = await granted(allowance('150'))
    const tooMuch = [gateway.send(other.address, '999')]
    const forged = { ...plan, chainId: 'another-chain' }
    expect(await sent(chain, await gateway.direct(send, forged))).to.match(/^sdk 4: /)
    expect(await sent(chain, await gateway.direct(tooMuch, plan))).to.match(/^sdk 5: /)
    const next = await gateway.direct(send, { ...plan, sequence: 1 })
    expect(await sent(chain, next)).to.match(/^feegrant 2: /)
  })
})

describe('a message sent for another account', () => {
  it('runs with its grant, at the cost of the one who sends', async () => {
    const chain = await start()
    const exec = await gateway.direct([asOwner('7')], { number: GATEWAY, sequence: 0 })
    expect(await sent(chain, exec)).to.match(/^authz 2: .*authorization not found$/)
    const messages = [authorization(SEND), allowance('1000')]
    const grants = await owner.direct(messages, { number: OWNER, sequence: 0 })
    expect(await sent(chain, grants)).to.equal(' 0: ')
    const fee = paidBy(owner.address)
    const result = await chain.deliver(
      await gateway.direct([asOwner('7')], { number: GATEWAY, sequence: 1, fee }),
    )
    expect(refusal(result)).to.equal(' 0: ')
    expect(eventLines(result).at(-2)).to.equal(
      `transfer{recipient=${other.address},sender=${owner.address},amount=7ustrom,authz_msg_index=0,msg_index=0}`,
    )
  })

  it('nests eight deep at most', async () => {
    const chain = await start()
    const nested = (depth: number): EncodeObject => {
      let inner = gateway.send(other.address, '1') as EncodeObject
      let value = MsgSend.encode(MsgSend.create(inner.value))
      for (let i = 0; i < depth; i++) {
        const message = MsgExec.create({
          grantee: gateway.address,
          msgs: [{ typeUrl: inner.typeUrl, value }],
        })
        inner = { typeUrl: '/cosmos.authz.v1beta1.MsgExec', value: message }
        value = MsgExec.encode(message)
      }
      return inner
    }
    const plan = { number: GATEWAY, sequence: 0 }
    expect(await sent(chain, await gateway.direct([nested(9)], plan))).to.match(
      /^sdk 18: .*nested more than 8 deep/,
    )
    const next = { ...plan, sequence: 1 }
    expect(await sent(chain, await gateway.direct([nested(8)], next))).to.equal(' 0: ')
  })
})
