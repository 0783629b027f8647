import { PubKey } from '../../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import { BondStatus, Validator } from '../../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import {
  MsgCreateValidator,
  MsgCreateValidatorResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { describeCoins } from '../../kit/coin.ts'
import type { MsgContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { checkRates, minimumRate } from '../commission.ts'
import { delegate } from '../delegations.ts'
import { checkLengths, requireDescription } from '../description.ts'
import { stakingErrors } from '../errors.ts'
import { createValidator } from '../events.ts'
import type { Stake } from '../stake.ts'
import { state } from '../state.ts'
import { consensusAddress, writeValidator } from '../validators.ts'
import {
  minSelfDelegation,
  operatorAccount,
  operatorField,
  positiveCoin,
  requireBondDenom,
} from './fields.ts'

/** Creates a validator with a first delegation of its operator. The deprecated delegator address is not looked at. */
export function createValidatorMessage(
  stake: Stake,
): MessageDef<MsgCreateValidator, MsgCreateValidatorResponse> {
  return defineMessage({
    codec: MsgCreateValidator,
    response: MsgCreateValidatorResponse,
    signers: ({ validatorAddress }) => [operatorAccount(validatorAddress)],
    validate(message) {
      operatorField(message.validatorAddress)
      if (message.pubkey === undefined) throw stakingErrors.noPubKey()
      const { amount } = positiveCoin(message.value, 'invalid delegation amount')
      requireDescription(message.description)
      checkRates(message.commission)
      if (amount < minSelfDelegation(message.minSelfDelegation))
        throw stakingErrors.selfDelegationBelowMin()
    },
    handle(ctx, message) {
      const operator = operatorField(message.validatorAddress)
      const coin = positiveCoin(message.value, 'invalid delegation amount')
      const consensus = checkNew(ctx, operator, message)
      const validator = newValidator(ctx, message)
      state.byConsensus.set(ctx, consensus, operator)
      writeValidator(ctx, operator, validator, undefined)
      for (const hooks of stake.hooks) hooks.afterValidatorCreated?.(ctx, operator)
      delegate(stake, ctx, operator, operator, coin.amount, 'account')
      ctx.emit(createValidator(message.validatorAddress, coin))
      return MsgCreateValidatorResponse.create()
    },
    describe: ({ validatorAddress, description, value }) =>
      `${validatorAddress} becomes validator "${description.moniker}" and delegates ${describeCoins([value])} to itself`,
  })
}

/** What only the state can refuse, in the SDK's order. Returns the consensus address. */
function checkNew(ctx: MsgContext, operator: Uint8Array, message: MsgCreateValidator): Uint8Array {
  const least = minimumRate(ctx)
  if (BigInt(message.commission.rate) < least.rate) {
    throw stakingErrors.commissionBelowMin(
      `cannot set validator commission to less than minimum rate of ${least.text}`,
    )
  }
  if (state.validators.has(ctx, operator)) throw stakingErrors.operatorExists()
  const consensus = consensusAddress(ctx.hasher, newKey(message))
  if (state.byConsensus.has(ctx, consensus)) throw stakingErrors.pubKeyExists()
  requireBondDenom(ctx, message.value.denom)
  checkLengths(message.description)
  return consensus
}

/** The consensus key: Ed25519 only, which consensus signs with. Throws staking 6, sdk 8. */
function newKey({ pubkey }: MsgCreateValidator): Uint8Array {
  if (pubkey?.typeUrl !== PubKey.typeUrl) {
    throw stakingErrors.pubKeyType(`got: ${pubkey?.typeUrl ?? 'none'}, expected: [ed25519]`)
  }
  const { key } = PubKey.decode(pubkey.value)
  if (key.length !== 32)
    throw sdkErrors.invalidPubKey(`an ed25519 key has 32 bytes, this one ${key.length}`)
  return key
}

function newValidator(ctx: MsgContext, message: MsgCreateValidator): Validator {
  return Validator.create({
    operatorAddress: message.validatorAddress,
    consensusPubkey: message.pubkey,
    status: BondStatus.BOND_STATUS_UNBONDED,
    tokens: '0',
    delegatorShares: '0',
    description: message.description,
    commission: {
      commissionRates: message.commission,
      updateTime: { seconds: ctx.time, nanos: ctx.timeNanos },
    },
    minSelfDelegation: message.minSelfDelegation,
  })
}
