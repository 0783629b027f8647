import type { AnyValue } from '../../../proto/codec.ts'
import type { Coin as WireCoin } from '../../../proto/gen/cosmos/base/v1beta1/coin.ts'
import {
  AuthorizationType,
  StakeAuthorization,
} from '../../../proto/gen/cosmos/staking/v1beta1/authz.ts'
import {
  MsgBeginRedelegate,
  MsgCancelUnbondingDelegation,
  MsgDelegate,
  MsgUndelegate,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { fieldAddress, PREFIX } from '../../kit/address.ts'
import { equalBytes } from '../../kit/bytes.ts'
import { describeCoins, parseCoin, toWire } from '../../kit/coin.ts'
import { sdkErrors } from '../../kit/errors.ts'
import type { GasMeter } from '../../kit/gas.ts'
import { authzErrors } from '../errors.ts'
import { type Accepted, type Authorization, GAS_PER_ENTRY } from './authorization.ts'

/** What a message of stake moves, and the validator it moves it to (of a redelegation the new one) or from. */
interface Stake {
  readonly validator: string
  readonly amount: WireCoin
}

interface Kind {
  readonly typeUrl: string
  readonly verb: string
  read(bytes: Uint8Array): Stake
}

const KINDS: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [
    AuthorizationType.AUTHORIZATION_TYPE_DELEGATE,
    {
      typeUrl: MsgDelegate.typeUrl,
      verb: 'delegations',
      read: (bytes) => at(MsgDelegate.decode(bytes)),
    },
  ],
  [
    AuthorizationType.AUTHORIZATION_TYPE_UNDELEGATE,
    {
      typeUrl: MsgUndelegate.typeUrl,
      verb: 'unbondings',
      read: (bytes) => at(MsgUndelegate.decode(bytes)),
    },
  ],
  [
    AuthorizationType.AUTHORIZATION_TYPE_REDELEGATE,
    {
      typeUrl: MsgBeginRedelegate.typeUrl,
      verb: 'redelegations',
      read(bytes) {
        const { validatorDstAddress: validator, amount } = MsgBeginRedelegate.decode(bytes)
        return { validator, amount }
      },
    },
  ],
  [
    AuthorizationType.AUTHORIZATION_TYPE_CANCEL_UNBONDING_DELEGATION,
    {
      typeUrl: MsgCancelUnbondingDelegation.typeUrl,
      verb: 'cancellations of unbonding',
      read: (bytes) => at(MsgCancelUnbondingDelegation.decode(bytes)),
    },
  ],
])

/** Moves of stake of one kind, up to a limit in all, and only to validators that are listed or not denied. */
export function stake(terms: StakeAuthorization): Authorization {
  const kind = KINDS.get(terms.authorizationType)
  const { maxTokens } = terms
  return {
    typeUrl: kind?.typeUrl ?? '',
    check() {
      if (maxTokens?.amount.startsWith('-'))
        throw authzErrors.negativeMaxTokens(
          `negative coin amount: ${maxTokens.amount}${maxTokens.denom}`,
        )
      if (maxTokens !== undefined) parseCoin(maxTokens)
      if (kind === undefined) throw authzErrors.unknownType()
      for (const list of [terms.allowList, terms.denyList])
        for (const text of list?.address ?? []) operator(text)
    },
    accept(gas, message) {
      const moved = (kind ?? never(terms)).read(message.value)
      checkValidator(gas, terms, moved.validator)
      return maxTokens === undefined ? { kind: 'kept' } : narrowed(terms, maxTokens, moved.amount)
    },
    describe() {
      const limit = maxTokens === undefined ? 'any amount' : describeCoins([maxTokens])
      const to = terms.allowList?.address.join(', ')
      const not = terms.denyList?.address.join(', ')
      return `${kind?.verb ?? 'nothing'} of ${limit}${to ? ` at ${to}` : ''}${not ? ` but not at ${not}` : ''}`
    },
  }
}

/** Lists are compared by bytes: a denied validator in capitals is denied. Throws sdk 4. */
function checkValidator(gas: GasMeter, terms: StakeAuthorization, text: string): void {
  const validator = operator(text)
  const names = (list: readonly string[]): boolean =>
    list.some((entry) => {
      gas.consume(GAS_PER_ENTRY, 'stake authorization')
      return equalBytes(operator(entry), validator)
    })
  const allowed = terms.allowList?.address ?? []
  if ((allowed.length > 0 && !names(allowed)) || names(terms.denyList?.address ?? []))
    throw sdkErrors.unauthorized(`cannot delegate/undelegate to ${text} validator`)
}

function narrowed(terms: StakeAuthorization, limit: WireCoin, moved: WireCoin): Accepted {
  const [most, amount] = [parseCoin(limit), parseCoin(moved)]
  if (most.denom !== amount.denom)
    throw sdkErrors.invalidCoins(`invalid coin denoms: ${most.denom}, ${amount.denom}`)
  const left = most.amount - amount.amount
  if (left < 0n) throw sdkErrors.insufficientFunds(`negative coin amount: ${left}${most.denom}`)
  if (left === 0n) return { kind: 'spent' }
  const maxTokens = toWire({ denom: most.denom, amount: left })
  const value = StakeAuthorization.encode({ ...terms, maxTokens })
  return { kind: 'narrowed', to: { typeUrl: StakeAuthorization.typeUrl, value } satisfies AnyValue }
}

function at(message: { readonly validatorAddress: string; readonly amount: WireCoin }): Stake {
  return { validator: message.validatorAddress, amount: message.amount }
}

function operator(text: string): Uint8Array {
  return fieldAddress(text, 'validator', PREFIX.validator)
}

function never(terms: StakeAuthorization): never {
  throw authzErrors.unknownType(`${terms.authorizationType}`)
}
