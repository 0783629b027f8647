import { ed25519 } from '@noble/curves/ed25519.js'
import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { MsgDelegate, MsgUndelegate } from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { MsgCreateVestingAccount } from '../../../proto/gen/cosmos/vesting/v1beta1/tx.ts'
import { authModule } from '../../auth/module.ts'
import { bankModule } from '../../bank/module.ts'
import { PREFIX, toBech32 } from '../../kit/address.ts'
import { parseDec } from '../../kit/dec.ts'
import { fakeChain } from '../../kit/testing/fake-context.ts'
import { fakeRouter, pack } from '../../kit/testing/fake-router.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { buildStakingGenesis } from '../../staking/genesis-build.ts'
import { stakingModule } from '../../staking/module.ts'
import { vestingModule } from '../module.ts'

const T0 = 1_767_225_600n
const DAY = 86_400n
const bytes = (n: number): Uint8Array => new Uint8Array(20).fill(n)
const [rich, worker] = [toBech32(bytes(1)), toBech32(bytes(2))]
const ustrom = (amount: bigint): { denom: string; amount: string } => ({
  denom: 'ustrom',
  amount: amount.toString(),
})

describe('a vesting account whose validator is slashed', () => {
  it('gets less back, to free coins first, and has that much less locked', () => {
    const consensusKey = ed25519.getPublicKey(new Uint8Array(32).fill(7))
    const built = buildStakingGenesis(nobleHasher, [
      { operator: bytes(7), consensusKey, moniker: 'battery', tokens: 50_000_000n },
    ])
    const auth = authModule()
    const bank = bankModule({ auth: auth.api })
    const needs = { auth: auth.api, bank: bank.api }
    const staking = stakingModule(needs)
    const modules = [auth, bank, staking, vestingModule(needs)]
    const balances: JsonValue[] = [{ address: rich, coins: [ustrom(10_000_000n)] }, built.pool]
    const genesis: { readonly [name: string]: JsonValue } = {
      bank: { params: { default_send_enabled: true }, balances },
      staking: built.staking,
    }
    const chain = fakeChain()
    for (const { name, genesis: own } of modules)
      own.init(chain.write(), genesis[name] ?? own.defaults())
    const router = fakeRouter(chain, modules)
    const spendable = (): bigint => bank.api.spendable(chain.query(), bytes(2), 'ustrom')
    const stake = {
      delegatorAddress: worker,
      validatorAddress: toBech32(bytes(7), PREFIX.validator),
    }

    const opened = MsgCreateVestingAccount.create({
      fromAddress: rich,
      toAddress: worker,
      amount: [ustrom(1_000_000n)],
      endTime: T0 + 100n * DAY,
    })
    router.atomically((ctx) => ctx.dispatch(pack(MsgCreateVestingAccount, opened)))
    router.nextBlock(50n * DAY)
    expect(spendable()).to.equal(500_000n)
    const all = { ...stake, amount: ustrom(650_000n) }
    router.atomically((ctx) => ctx.dispatch(pack(MsgDelegate, all)))
    expect(spendable()).to.equal(350_000n)
    for (let i = 0; i < 3; i++) router.nextBlock(0n)

    const fault = { infractionHeight: chain.height, fraction: parseDec('0.1') }
    const consensus = nobleHasher.sha256(consensusKey).slice(0, 20)
    const burned = staking.api.slash(chain.write(), consensus, { ...fault, reason: 'double_sign' })
    expect(burned).to.equal(5_065_000n)
    const back = { ...stake, amount: ustrom(585_000n) }
    router.atomically((ctx) => ctx.dispatch(pack(MsgUndelegate, back)))
    router.nextBlock(21n * DAY)
    router.nextBlock(0n)
    // Day 71: 290,000 vest; of 585,000 that came back 150,000 were free, so 65,000 stay booked as delegated.
    const balance = bank.api.balance(chain.query(), bytes(2), 'ustrom')
    expect(balance).to.equal(935_000n)
    expect(spendable()).to.equal(935_000n - (290_000n - 65_000n))
  })
})
