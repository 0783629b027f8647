import { MsgDeposit, MsgDepositResponse } from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { describeCoins, parseCoins } from '../../kit/coin.ts'
import type { WriteContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { addDeposit } from '../deposits.ts'
import { votingStarted } from '../events.ts'
import type { GovNeeds } from '../needs.ts'
import { storedCoins } from '../rules.ts'

/** Stateless checks of a deposit, which those of v1beta1 share. */
export function checkDeposit({ depositor, amount }: MsgDeposit): void {
  fieldAddress(depositor, 'depositor')
  if (parseCoins(amount).length === 0) throw sdkErrors.invalidCoins('')
}

/** Adds to the deposit of a proposal, and says so when its vote begins by that. */
export function takeDeposit(needs: GovNeeds, ctx: WriteContext, message: MsgDeposit): void {
  const { proposalId } = message
  const depositor = fieldAddress(message.depositor, 'depositor')
  if (addDeposit(needs, ctx, proposalId, depositor, storedCoins(message.amount)))
    ctx.emit(votingStarted('proposal_deposit', proposalId))
}

/** Adds to the deposit of a proposal. */
export function deposit(needs: GovNeeds): MessageDef<MsgDeposit, MsgDepositResponse> {
  return defineMessage({
    codec: MsgDeposit,
    response: MsgDepositResponse,
    signers: (message) => [message.depositor],
    describe: ({ depositor, amount, proposalId }) =>
      `${depositor} deposits ${describeCoins(amount)} on proposal ${proposalId}`,
    validate: checkDeposit,
    handle(ctx, message) {
      takeDeposit(needs, ctx, message)
      return {}
    },
  })
}
