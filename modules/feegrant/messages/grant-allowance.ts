import {
  MsgGrantAllowance,
  MsgGrantAllowanceResponse,
} from '../../../proto/gen/cosmos/feegrant/v1beta1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { equalBytes } from '../../kit/bytes.ts'
import { describeCoins } from '../../kit/coin.ts'
import { ChainError, sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { isTime, timeText } from '../../kit/time.ts'
import { type Allowance, basicOf, openAllowance } from '../allowance.ts'
import { checkAllowance } from '../allowance-check.ts'
import { addAllowance, type FeegrantNeeds } from '../grants.ts'

/** Lets another account pay fees from one's own. */
export function grantAllowance(
  needs: FeegrantNeeds,
): MessageDef<MsgGrantAllowance, MsgGrantAllowanceResponse> {
  return defineMessage({
    codec: MsgGrantAllowance,
    response: MsgGrantAllowanceResponse,
    signers: (message) => [message.granter],
    validate(message) {
      const grantee = fieldAddress(message.grantee, 'grantee')
      if (equalBytes(grantee, fieldAddress(message.granter, 'granter')))
        throw sdkErrors.invalidAddress('cannot self-grant fee authorization')
      checkAllowance(openAllowance(message.allowance))
    },
    handle(ctx, message) {
      const granter = fieldAddress(message.granter, 'granter')
      const grantee = fieldAddress(message.grantee, 'grantee')
      addAllowance(ctx, needs, granter, grantee, openAllowance(message.allowance))
      return MsgGrantAllowanceResponse.create()
    },
    describe: (message) =>
      `${message.granter} pays fees of ${message.grantee}: ${tell(message.allowance)}`,
  })
}

/** The terms in a few words; what cannot be read is said to be so. */
function tell(packed: MsgGrantAllowance['allowance']): string {
  try {
    return terms(openAllowance(packed))
  } catch (error) {
    if (error instanceof ChainError) return 'on terms that cannot be read'
    throw error
  }
}

function terms(allowance: Allowance): string {
  const { spendLimit, expiration } = basicOf(allowance)
  const { limit, allowedMessages } = allowance
  const parts = [spendLimit.length === 0 ? 'without limit' : `${describeCoins(spendLimit)} in all`]
  if (limit.kind === 'periodic') {
    const { period, periodSpendLimit } = limit.value
    parts.push(`${describeCoins(periodSpendLimit)} every ${period.seconds} s`)
  }
  if (expiration !== undefined && isTime(expiration)) parts.push(`until ${timeText(expiration)}`)
  if (allowedMessages !== undefined) parts.push(`only for ${allowedMessages.join(', ')}`)
  return parts.join(', ')
}
