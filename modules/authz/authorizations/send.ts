import { SendAuthorization } from '../../../proto/gen/cosmos/bank/v1beta1/authz.ts'
import { MsgSend } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { equalBytes, toHex } from '../../kit/bytes.ts'
import { describeCoins, minusCoins, parseCoins } from '../../kit/coin.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { bankErrors } from '../errors.ts'
import { type Authorization, GAS_PER_ENTRY } from './authorization.ts'

/** Sends up to a limit in all, to the listed recipients where there is a list. */
export function send({ spendLimit, allowList }: SendAuthorization): Authorization {
  return {
    typeUrl: MsgSend.typeUrl,
    check() {
      if (spendLimit.length === 0) throw sdkErrors.invalidCoins('spend limit cannot be nil')
      parseCoins(spendLimit)
      // By bytes: the same address in capitals is no other one.
      const seen = new Set(allowList.map((text) => toHex(fieldAddress(text, 'allow list'))))
      if (seen.size < allowList.length) throw bankErrors.duplicateEntry()
    },
    accept(gas, message) {
      const { toAddress, amount } = MsgSend.decode(message.value)
      const left = minusCoins(spendLimit, parseCoins(amount))
      if (left === undefined)
        throw sdkErrors.insufficientFunds('requested amount is more than spend limit')
      if (allowList.length > 0) {
        const to = fieldAddress(toAddress, 'to')
        const listed = allowList.some((text) => {
          gas.consume(GAS_PER_ENTRY, 'send authorization')
          return equalBytes(fieldAddress(text, 'allow list'), to)
        })
        if (!listed) throw sdkErrors.unauthorized(`cannot send to ${toAddress} address`)
      }
      if (left.length === 0) return { kind: 'spent' }
      const value = SendAuthorization.encode({ spendLimit: left, allowList })
      return { kind: 'narrowed', to: { typeUrl: SendAuthorization.typeUrl, value } }
    },
    describe() {
      const to = allowList.length === 0 ? 'anyone' : allowList.join(', ')
      return `sends of ${describeCoins(spendLimit)} in all to ${to}`
    },
  }
}
