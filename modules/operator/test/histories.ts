import type { AnyValue } from '../../../proto/codec.ts'
import { PubKey } from '../../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import {
  MsgCommunityPoolSpend,
  MsgUpdateParams as MsgUpdateDistribution,
  MsgWithdrawDelegatorReward,
  MsgWithdrawValidatorCommission,
} from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import { MsgUpdateParams as MsgUpdateMint } from '../../../proto/gen/cosmos/mint/v1beta1/tx.ts'
import {
  MsgUnjail,
  MsgUpdateParams as MsgUpdateSlashing,
} from '../../../proto/gen/cosmos/slashing/v1beta1/tx.ts'
import {
  MsgBeginRedelegate,
  MsgCancelUnbondingDelegation,
  MsgCreateValidator,
  MsgDelegate,
  MsgUndelegate,
  MsgUpdateParams as MsgUpdateStaking,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import {
  MsgResumeDevice,
  MsgRetireDevice,
  MsgSuspendDevice,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import type { Params } from '../../../proto/gen/strom/operator/v1/state.ts'
import {
  MsgRegisterOperator,
  MsgUpdateOperator,
  MsgUpdateParams,
} from '../../../proto/gen/strom/operator/v1/tx.ts'
import { govAuthority } from '../../kit/authority.ts'
import { toHex, utf8Encode } from '../../kit/bytes.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { lots } from '../beacon.ts'
import {
  account,
  accountText,
  batteryOf,
  consensusKey,
  consensusOf,
  type Deed,
  meterOf,
  STROM,
  valoper,
  type World,
} from './world.ts'

/** Draws of a history: the same for the same seed. */
export interface Dice {
  upTo(most: number): number
  pick<T>(from: readonly T[]): T
}

export function dice(seed: string): Dice {
  const draws = lots(nobleHasher, utf8Encode(seed), 'history')
  const upTo = (most: number): number => Number(draws.between(0n, BigInt(most)))
  return { upTo, pick: (from) => from[upTo(from.length - 1)] as never }
}

const authority = govAuthority({ hasher: nobleHasher })
const PEOPLE = 8

/** A message that somebody, or governance, might send; many are refused. */
export function anyMessage(world: World, { upTo, pick }: Dice): AnyValue {
  const n = upTo(PEOPLE - 1)
  const to = upTo(PEOPLE - 1)
  const tokens = pick([1n, 999_999n, 10n * STROM, 95n * STROM, 100n * STROM, 1n << 63n, 1n << 255n])
  const pair = {
    delegatorAddress: accountText(n),
    validatorAddress: valoper(pick([n, to])),
    amount: { denom: 'ustrom', amount: tokens.toString() },
  }
  const storage = {
    validatorAddress: valoper(n),
    battery: batteryOf(pick([n, n, to])),
    meter: meterOf(pick([n, n, to])),
  }
  const signer = accountText(n)
  const device = pick([batteryOf(n), meterOf(n)])
  return pick<() => AnyValue>([
    () => pack(MsgDelegate, pair),
    () => pack(MsgUndelegate, pair),
    () => pack(MsgUndelegate, { ...pair, validatorAddress: valoper(n) }),
    () =>
      pack(MsgBeginRedelegate, {
        ...pair,
        validatorSrcAddress: pair.validatorAddress,
        validatorDstAddress: valoper(upTo(PEOPLE - 1)),
      }),
    () => pack(MsgCancelUnbondingDelegation, cancelling(world, { upTo, pick }, n)),
    () => pack(MsgCreateValidator, newcomer(n, tokens)),
    () => pack(MsgUnjail, { validatorAddr: valoper(inJail(world) ?? n) }),
    () => pack(MsgUnjail, { validatorAddr: valoper(inJail(world) ?? n) }),
    () => pack(MsgRegisterOperator, storage),
    () => pack(MsgUpdateOperator, storage),
    () => pack(MsgWithdrawDelegatorReward, pair),
    () => pack(MsgWithdrawValidatorCommission, { validatorAddress: valoper(n) }),
    () =>
      upTo(9) > 0
        ? pack(MsgResumeDevice, { signer, device })
        : pick([
            pack(MsgSuspendDevice, { signer, device, reason: 'broken' }),
            pack(MsgRetireDevice, { owner: signer, device }),
          ]),
    () => governed(world, { upTo, pick }),
  ])()
}

/** The first validator in jail. */
function inJail(world: World): number | undefined {
  return Array.from({ length: PEOPLE }, (_, n) => n).find((n) => world.jailed(n))
}

function cancelling(world: World, { pick }: Dice, n: number): MsgCancelUnbondingDelegation {
  const [row] = world.api.staking.api.unbondingsOf(world.chain.query(), account(n))
  const entry = row?.entries[0]
  return {
    delegatorAddress: accountText(n),
    validatorAddress: row?.validatorAddress ?? valoper(n),
    amount: { denom: 'ustrom', amount: pick(['1', entry?.balance ?? '1']) },
    creationHeight: entry?.creationHeight ?? 1n,
  }
}

/** What governance might decide, sane or not. */
export function governed(world: World, { upTo, pick }: Dice): AnyValue {
  const ctx = world.chain.query()
  const { staking, slashing, mint, distribution } = world.api
  const dec = (percent: number): string => (BigInt(percent) * 10n ** 16n).toString()
  return pick<() => AnyValue>([
    () =>
      pack(MsgUpdateParams, { authority, params: { ...world.params, ...rules({ upTo, pick }) } }),
    () =>
      pack(MsgUpdateParams, { authority, params: { ...world.params, ...rules({ upTo, pick }) } }),
    () =>
      pack(MsgUpdateStaking, {
        authority,
        params: {
          ...staking.api.params(ctx),
          unbondingTime: { seconds: pick([1n, 900n, 90_000n, 259_200n]), nanos: 0 },
          maxValidators: pick([1, 2, 4, 100]),
          maxEntries: pick([1, 7]),
        },
      }),
    () =>
      pack(MsgUpdateSlashing, {
        authority,
        params: {
          ...slashing.api.params(ctx),
          signedBlocksWindow: pick([1n, 7n, 100n]),
          slashFractionDowntime: utf8Encode(dec(pick([0, 1, 100]))),
          slashFractionDoubleSign: utf8Encode(dec(pick([0, 5, 100]))),
        },
      }),
    () =>
      pack(MsgUpdateMint, {
        authority,
        params: {
          ...mint.api.params(ctx),
          blocksPerYear: pick([1_000n, 6_311_520n]),
          goalBonded: pick(['1', dec(67), dec(100)]),
        },
      }),
    () =>
      pack(MsgUpdateDistribution, {
        authority,
        params: { ...distribution.api.params(ctx), communityTax: dec(pick([0, 2, 100])) },
      }),
    () =>
      pack(MsgCommunityPoolSpend, {
        authority,
        recipient: accountText(upTo(PEOPLE - 1)),
        amount: [{ denom: 'ustrom', amount: '1000' }],
      }),
  ])()
}

function rules({ upTo, pick }: Dice): Partial<Params> {
  return pick<Partial<Params>>([
    { powerCap: true, powerPerKwh: pick([1n, 1_000n, 1_000_000n]) },
    { powerCap: false },
    { epochTicks: 1 + upTo(12) },
    { periodTicks: 9 + upTo(30) },
    { rampPpm: pick([1n, 100_000n, 1_000_000n]) },
    { presenceLagTicks: 1 + upTo(8), maxSilentTicks: 1 + upTo(8) },
    { exitWindowTicks: 1 + upTo(8), minValidators: 1 + upTo(4) },
    { silentQuorumPpm: pick([0n, 333_334n, 1_000_000n]) },
    { deepPeriods: 1 + upTo(4), drawdownEpochs: 1 + upTo(30), missWindow: 3 },
    {
      storageRewardPpm: pick([0n, 200_000n, 1_000_000n]),
      makerSharePpm: pick([333_334n, 1_000_000n]),
    },
    { missCutPpm: pick([0n, 1_000_000n]), tolerancePpm: pick([0n, 1_000_000n]) },
  ])
}

function newcomer(n: number, tokens: bigint): MsgCreateValidator {
  return MsgCreateValidator.create({
    description: { moniker: `v${n}`, identity: '', website: '', securityContact: '', details: '' },
    commission: {
      rate: '100000000000000000',
      maxRate: '200000000000000000',
      maxChangeRate: '10000000000000000',
    },
    minSelfDelegation: '1',
    delegatorAddress: accountText(n),
    validatorAddress: valoper(n),
    pubkey: { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: consensusKey(n) }) },
    value: { denom: 'ustrom', amount: tokens.toString() },
  })
}

/** What everybody does in the next ticks: some are silent, some lazy, some do not sign. */
export function mood(world: World, { upTo, pick }: Dice): (n: number, tick: bigint) => Deed {
  const kinds = Array.from({ length: PEOPLE }, () => upTo(9))
  world.absent = new Set(kinds.flatMap((_, n) => (upTo(9) === 0 ? [toHex(consensusOf(n))] : [])))
  const size = pick([1_000n, 3_000n])
  return (n, tick) => {
    const kind = kinds[n] ?? 0
    if (kind === 0) return { silent: true }
    if (kind === 1) return { net: 0n }
    if (kind === 2) return { mute: true, unanchored: true }
    if (world.asked(n, tick) !== 0n) return {}
    return { net: (tick / 8n) % 2n === 0n ? -size : size }
  }
}
