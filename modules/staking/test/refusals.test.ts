import { expect } from 'chai'
import type { Codec } from '../../../proto/codec.ts'
import { PubKey } from '../../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import { PubKey as SecpKey } from '../../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import {
  MsgBeginRedelegate,
  MsgCancelUnbondingDelegation,
  MsgCreateValidator,
  MsgDelegate,
  MsgEditValidator,
  MsgUndelegate,
  MsgUpdateParams,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { decRaw } from '../../kit/dec.ts'
import { ChainError } from '../../kit/errors.ts'
import {
  account,
  atomics,
  authority,
  coin,
  consensus,
  contents,
  creation,
  key,
  T,
  unchanged,
  valoper,
  type World,
  who,
  world,
} from './world.ts'

type Row = readonly [title: string, error: string, run: (w: World) => void, text?: string]

/** Validators 1 to 4 with 100 T each; account 9 delegated 10 T to 1 and 2, unbonds 5 T of 1, moved 1 T from 2 to 3. */
function started(): World {
  const w = world(
    [1, 2, 3, 4].map((n) => [n, 100n * T] as const),
    { maxEntries: 2 },
  )
  w.delegate(9, 1, 10n * T)
  w.delegate(9, 2, 10n * T)
  w.block()
  w.undelegate(9, 1, 5n * T)
  w.redelegate(9, 2, 3, T)
  w.block()
  w.chain.takeEvents()
  return w
}

function refusals(message: string, rows: readonly Row[]): void {
  describe(`${message} is refused and leaves nothing`, () => {
    for (const [title, error, run, text] of rows) {
      it(`${message} fails when ${title}: ${error}`, () => {
        const w = started()
        let before = contents(w)
        let found: unknown
        try {
          run({
            ...w,
            deliver(codec, value) {
              before = contents(w)
              w.deliver(codec, value)
            },
          })
        } catch (thrown) {
          found = thrown
        }
        if (!(found instanceof ChainError)) throw new Error(`accepted, or ${String(found)}`)
        expect(`${found.codespace} ${found.code}`, found.message).to.equal(error)
        if (text !== undefined) expect(found.message).to.equal(text)
        expect(contents(w)).to.equal(before)
      })
    }
  })
}

const send =
  <M>(codec: Codec<M>, message: Partial<M>, prepare: (w: World) => void = () => undefined) =>
  (w: World): void => {
    prepare(w)
    w.deliver(codec, message)
  }
const create = (changes: Partial<MsgCreateValidator>, prepare?: (w: World) => void) =>
  send(MsgCreateValidator, { ...creation(7, 5n * T), ...changes }, prepare)
const rates = (rate: string, maxRate: string, maxChangeRate: string) => ({
  commission: { rate, maxRate, maxChangeRate },
})
const noFields = { moniker: '', identity: '', website: '', securityContact: '', details: '' }
const packed = (bytes: Uint8Array) => ({
  typeUrl: PubKey.typeUrl,
  value: PubKey.encode({ key: bytes }),
})

refusals('MsgCreateValidator', [
  ['the address is no operator address', 'sdk 7', create({ validatorAddress: account(7) })],
  ['there is no consensus key', 'staking 39', create({ pubkey: undefined })],
  ['the first delegation is no positive coin', 'sdk 18', create({ value: coin(0n) })],
  ['the description is empty', 'sdk 18', create({ description: noFields })],
  [
    'a field of the description is too long',
    'sdk 18',
    create({ description: { ...noFields, moniker: 'é'.repeat(36) } }),
    'invalid moniker length; got: 72, max: 70: invalid request',
  ],
  ['a commission rate is missing', 'sdk 18', create(rates('', '', ''))],
  ['a commission rate is negative', 'staking 9', create(rates('-1', '5', '1'))],
  ['the highest commission is above 100 %', 'staking 10', create(rates('1', atomics(101n), '1'))],
  ['the commission is above its highest', 'staking 11', create(rates('6', '5', '1'))],
  ['the step of the commission is negative', 'staking 13', create(rates('1', '5', '-1'))],
  ['the step of the commission is above its highest', 'staking 14', create(rates('1', '5', '6'))],
  [
    'the commission is below the least of the chain',
    'staking 40',
    create({}, (w) => w.updateParams({ minCommissionRate: atomics(11n) })),
    'cannot set validator commission to less than minimum rate of 0.110000000000000000: commission cannot be less than min rate',
  ],
  ['the least self-delegation is not positive', 'sdk 18', create({ minSelfDelegation: '0' })],
  [
    'the first delegation is below the least self-delegation',
    'staking 16',
    create({ minSelfDelegation: (5n * T + 1n).toString() }),
  ],
  ['the operator has a validator', 'staking 4', create({ validatorAddress: valoper(1) })],
  ['a validator has the consensus key', 'staking 5', create({ pubkey: packed(key(1)) })],
  [
    'the consensus key is not Ed25519',
    'staking 6',
    create({ pubkey: { typeUrl: SecpKey.typeUrl, value: SecpKey.encode({ key: key(7) }) } }),
  ],
  ['the consensus key has not 32 bytes', 'sdk 8', create({ pubkey: packed(new Uint8Array(31)) })],
  [
    'the coin is not the staked one',
    'sdk 18',
    create({ value: { denom: 'uwatt', amount: '5000000' } }),
    'invalid coin denomination: got uwatt, expected ustrom: invalid request',
  ],
  ['the account has too little', 'sdk 5', create({ value: coin(1001n * T) })],
])

const edit = (changes: Partial<MsgEditValidator>, prepare?: (w: World) => void) =>
  send(
    MsgEditValidator,
    { validatorAddress: valoper(1), description: unchanged, ...changes },
    prepare,
  )
const aDay = (w: World): void => {
  w.chain.time += 86_400n
}

refusals('MsgEditValidator', [
  ['the operator has no validator', 'staking 3', edit({ validatorAddress: valoper(8) })],
  ['the new description is empty', 'sdk 18', edit({ description: noFields })],
  [
    'a field of the new description is too long',
    'sdk 18',
    edit({ description: { ...unchanged, website: 'w'.repeat(141) } }),
  ],
  ['the new commission is above 100 %', 'sdk 18', edit({ commissionRate: atomics(101n) }, aDay)],
  [
    'the new commission is below the least of the chain',
    'sdk 18',
    edit({ commissionRate: atomics(4n) }, (w) =>
      w.updateParams({ minCommissionRate: atomics(5n) }),
    ),
  ],
  [
    'the commission changed less than 24 hours ago',
    'staking 12',
    edit({ commissionRate: atomics(10n) }, (w) => {
      aDay(w)
      w.edit(1, { commissionRate: atomics(9n) })
      w.chain.time += 86_399n
    }),
  ],
  [
    'the new commission is above its highest',
    'staking 11',
    edit({ commissionRate: atomics(21n) }, aDay),
  ],
  [
    'the commission rises by more than its step',
    'staking 15',
    edit({ commissionRate: (11n * 10n ** 16n + 1n).toString() }, aDay),
  ],
  ['the new least self-delegation is not positive', 'sdk 18', edit({ minSelfDelegation: '0' })],
  ['the least self-delegation does not rise', 'staking 17', edit({ minSelfDelegation: '1' })],
  [
    'the new least self-delegation is above the tokens',
    'staking 16',
    edit({ minSelfDelegation: (106n * T).toString() }),
  ],
])

const between = (n: number, to: number, amount = coin(T)) => ({
  delegatorAddress: account(n),
  validatorAddress: valoper(to),
  amount,
})
const burnAll = (w: World): void => {
  const order = {
    infractionHeight: 3n,
    fraction: decRaw(10n ** 18n),
    reason: 'double_sign',
  } as const
  w.api.slash(w.chain.write(), consensus(4), order)
}
const delegate = (message: Partial<MsgDelegate>, prepare?: (w: World) => void) =>
  send(MsgDelegate, message, prepare)

refusals('MsgDelegate', [
  [
    'the delegator address is malformed',
    'sdk 7',
    delegate({ ...between(9, 1), delegatorAddress: 'x' }),
  ],
  [
    'the validator address is malformed',
    'sdk 7',
    delegate({ ...between(9, 1), validatorAddress: 'x' }),
  ],
  ['the amount is not positive', 'sdk 18', delegate(between(9, 1, coin(0n)))],
  ['there is no such validator', 'staking 3', delegate(between(9, 8))],
  [
    'the coin is not what is staked',
    'sdk 18',
    delegate(between(9, 1, { denom: 'uwatt', amount: '1' })),
  ],
  ['the delegator has too little', 'sdk 5', delegate(between(9, 1, coin(1001n * T)))],
  ['all tokens of the validator were slashed', 'staking 34', delegate(between(9, 4), burnAll)],
  [
    'the total stake would exceed 2^52 units of power',
    'staking 102',
    delegate(between(9, 1, coin((1n << 52n) * T))),
  ],
])

const undelegate = (message: Partial<MsgUndelegate>, prepare?: (w: World) => void) =>
  send(MsgUndelegate, message, prepare)

refusals('MsgUndelegate', [
  ['the amount to take is not positive', 'sdk 18', undelegate(between(9, 1, coin(0n)))],
  ['the validator does not exist', 'staking 3', undelegate(between(9, 8))],
  ['there is no delegation', 'staking 19', undelegate(between(10, 1))],
  ['the validator has no tokens left', 'staking 22', undelegate(between(4, 4), burnAll)],
  [
    'the delegation is worth less',
    'sdk 18',
    undelegate(between(9, 1, coin(5n * T + 1n))),
    'invalid shares amount: invalid request',
  ],
  [
    'the coin to take is not what is staked',
    'sdk 18',
    undelegate(between(9, 1, { denom: 'uwatt', amount: '1' })),
  ],
  [
    'max_entries unbondings run already',
    'staking 27',
    undelegate(between(9, 1), (w) => w.undelegate(9, 1, T)),
  ],
])

const move = (n: number, from: number, to: number, amount = coin(T)) => ({
  delegatorAddress: account(n),
  validatorSrcAddress: valoper(from),
  validatorDstAddress: valoper(to),
  amount,
})
const redelegate = (message: Partial<MsgBeginRedelegate>, prepare?: (w: World) => void) =>
  send(MsgBeginRedelegate, message, prepare)

refusals('MsgBeginRedelegate', [
  ['the amount to move is not positive', 'sdk 18', redelegate(move(9, 1, 2, coin(0n)))],
  ['the source does not exist', 'staking 3', redelegate(move(9, 8, 2))],
  ['there is no delegation to the source', 'staking 19', redelegate(move(10, 1, 2))],
  ['the delegation to the source is worth less', 'sdk 18', redelegate(move(9, 1, 2, coin(6n * T)))],
  [
    'the coin to move is not what is staked',
    'sdk 18',
    redelegate(move(9, 1, 2, { denom: 'uwatt', amount: '1' })),
  ],
  ['source and destination are one', 'staking 29', redelegate(move(9, 1, 1))],
  ['the destination does not exist', 'staking 31', redelegate(move(9, 1, 8))],
  [
    'the stake at the source came from another validator not long ago',
    'staking 32',
    redelegate(move(9, 3, 1)),
  ],
  [
    'max_entries redelegations run already',
    'staking 33',
    redelegate(move(9, 2, 3), (w) => w.redelegate(9, 2, 3, T)),
  ],
  [
    'what moves is worth less than one base unit',
    'staking 30',
    // 100/97 shares for a unit, cut to 18 digits: worth a little less than a unit again.
    redelegate(move(9, 1, 2, coin(1n)), (w) => {
      const fraction = decRaw(3n * 10n ** 16n)
      w.api.slash(w.chain.write(), consensus(1), {
        infractionHeight: 3n,
        fraction,
        reason: 'double_sign',
      })
    }),
  ],
  ['all tokens of the destination were slashed', 'staking 34', redelegate(move(9, 1, 4), burnAll)],
])

const cancel = (message: Partial<MsgCancelUnbondingDelegation>, prepare?: (w: World) => void) =>
  send(MsgCancelUnbondingDelegation, { ...between(9, 1), creationHeight: 2n, ...message }, prepare)

refusals('MsgCancelUnbondingDelegation', [
  ['the amount to leave is not positive', 'sdk 18', cancel({ amount: coin(0n) })],
  ['the height is not positive', 'sdk 18', cancel({ creationHeight: 0n })],
  [
    'the coin to leave is not what is staked',
    'sdk 18',
    cancel({ amount: { denom: 'uwatt', amount: '1' } }),
  ],
  ['the validator is gone', 'staking 3', cancel(between(9, 8))],
  ['the validator lost all its tokens', 'staking 34', cancel(between(9, 4), burnAll)],
  [
    'the validator is jailed',
    'staking 7',
    cancel({}, (w) => w.api.jail(w.chain.write(), consensus(1))),
  ],
  ['nothing unbonds from the validator', 'sdk 22', cancel(between(9, 2))],
  [
    'nothing unbonds since that height',
    'sdk 38',
    cancel({ creationHeight: 3n }),
    'unbonding delegation entry is not found at block height 3: not found',
  ],
  ['less unbonds since that height', 'sdk 18', cancel({ amount: coin(5n * T + 1n) })],
  [
    'the unbonding is over',
    'sdk 18',
    cancel({}, (w) => {
      w.chain.time += 1_814_400n
    }),
  ],
])

const params =
  (changes: Partial<MsgUpdateParams['params']>, signer = authority) =>
  (w: World): void =>
    w.deliver(MsgUpdateParams, {
      authority: signer,
      params: { ...w.api.params(w.chain.query()), ...changes },
    })

refusals('MsgUpdateParams', [
  [
    'the signer does not govern',
    'gov 13',
    params({}, account(1)),
    `invalid authority; expected ${authority}, got ${account(1)}: expected gov account as only signer for proposal message`,
  ],
  [
    'unbonding_time is not positive',
    'staking 101',
    params({ unbondingTime: { seconds: 0n, nanos: 0 } }),
  ],
  [
    'unbonding_time is above 100 years',
    'staking 101',
    params({ unbondingTime: { seconds: 3_155_760_001n, nanos: 0 } }),
  ],
  ['max_validators is 0', 'staking 101', params({ maxValidators: 0 })],
  ['max_entries is 0', 'staking 101', params({ maxEntries: 0 })],
  ['historical_entries is above 10,000', 'staking 101', params({ historicalEntries: 10_001 })],
  [
    'min_commission_rate is above 100 %',
    'staking 101',
    params({ minCommissionRate: atomics(101n) }),
  ],
  ['bond_denom changes', 'staking 101', params({ bondDenom: 'wh' })],
])

describe('the world of the refusals', () => {
  it('accepts every message when nothing speaks against it', () => {
    const w = started()
    create({})(w)
    aDay(w)
    edit({ commissionRate: atomics(11n), minSelfDelegation: '2' })(w)
    delegate(between(9, 1))(w)
    undelegate(between(9, 1))(w)
    redelegate(move(9, 1, 2))(w)
    cancel({})(w)
    params({ maxValidators: 3 })(w)
    expect(w.broken()).to.deep.equal([])
    expect(w.api.delegation(w.chain.query(), who(9), who(2))?.shares).to.equal(atomics(1000n * T))
  })
})
