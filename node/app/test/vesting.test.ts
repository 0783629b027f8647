import type { EncodeObject } from '@cosmjs/proto-signing'
import { expect } from 'chai'
import { PREFIX, toBech32 } from '../../../modules/kit/address.ts'
import {
  QueryAccountInfoRequest,
  QueryAccountInfoResponse,
} from '../../../proto/gen/cosmos/auth/v1beta1/query.ts'
import {
  QuerySpendableBalancesRequest,
  QuerySpendableBalancesResponse,
} from '../../../proto/gen/cosmos/bank/v1beta1/query.ts'
import { AppChain, GENESIS_TIME, refusal } from './support.ts'
import { paying, Wallet } from './wallet.ts'

const rich = await Wallet.of('rich')
const worker = await Wallet.of('worker')
const RICH = 1
const DAY = 86_400n
/** The operator of the validator in the genesis. */
const VALIDATOR = toBech32(new Uint8Array(20).fill(5), PREFIX.validator)

const vest = (delayed: boolean): EncodeObject => ({
  typeUrl: '/cosmos.vesting.v1beta1.MsgCreateVestingAccount',
  value: {
    fromAddress: rich.address,
    toAddress: worker.address,
    amount: [{ denom: 'ustrom', amount: '1000' }],
    endTime: GENESIS_TIME + 2n * DAY,
    delayed,
  },
})
const stake = (amount: string): EncodeObject => ({
  typeUrl: '/cosmos.staking.v1beta1.MsgDelegate',
  value: {
    delegatorAddress: worker.address,
    validatorAddress: VALIDATOR,
    amount: { denom: 'ustrom', amount },
  },
})

async function spendable(chain: AppChain): Promise<string | undefined> {
  const asked = QuerySpendableBalancesRequest.encode(
    QuerySpendableBalancesRequest.create({ address: worker.address }),
  )
  const answer = await chain.query('/cosmos.bank.v1beta1.Query/SpendableBalances', asked)
  return QuerySpendableBalancesResponse.decode(answer.value).balances[0]?.amount
}

async function numberOf(chain: AppChain, address: string): Promise<number> {
  const asked = QueryAccountInfoRequest.encode({ address })
  const answer = await chain.query('/cosmos.auth.v1beta1.Query/AccountInfo', asked)
  return Number(QueryAccountInfoResponse.decode(answer.value).info?.accountNumber)
}

/** A vesting account of the worker, opened by a transaction that CosmJS signed. */
async function opened(how: 'direct' | 'amino', delayed = false): Promise<AppChain> {
  const chain = await AppChain.start({ accounts: [{ address: rich.address, ustrom: 9_000_000n }] })
  const tx = await rich[how]([vest(delayed)], { number: RICH, sequence: 0 })
  expect(refusal(await chain.deliver(tx))).to.equal(' 0: ')
  return chain
}

describe('a vesting account opened by CosmJS', () => {
  it('vests bit by bit when signed with amino JSON, where CosmJS writes the `false` that the SDK leaves out', async () => {
    const chain = await opened('amino')
    await chain.block([], DAY - 5n)
    expect(await spendable(chain)).to.equal('500')
  })

  it('vests all at its end when delayed, signed DIRECT or with amino JSON', async () => {
    for (const how of ['direct', 'amino'] as const) {
      const chain = await opened(how, true)
      await chain.block([], 2n * DAY - 6n)
      expect(await spendable(chain)).to.equal('0')
      await chain.block([], 1n)
      expect(await spendable(chain)).to.equal('1000')
    }
  })

  it('delegates what it may not send, and pays fees of what has vested', async () => {
    const chain = await opened('direct')
    const number = await numberOf(chain, worker.address)
    const send = [worker.send(rich.address, '1')]
    const costly = { number, sequence: 0, fee: paying('1') }
    expect(refusal(await chain.deliver(await worker.direct(send, costly)))).to.match(
      /^sdk 5: spendable balance 0ustrom is smaller than 1ustrom: insufficient funds/,
    )
    const free = { number, sequence: 0 }
    expect(refusal(await chain.deliver(await worker.direct([stake('600')], free)))).to.equal(' 0: ')
    expect(await spendable(chain)).to.equal('0')
    await chain.block([], DAY)
    // 500 of 1,000 have vested and a few more in the seconds of the blocks before; of them 400 lie in the account.
    expect(await spendable(chain)).to.equal('400')
    const later = { number, sequence: 1, fee: paying('100') }
    expect(refusal(await chain.deliver(await worker.direct(send, later)))).to.equal(' 0: ')
    expect(await spendable(chain)).to.equal('299')
  })
})
