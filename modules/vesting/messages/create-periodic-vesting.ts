import {
  MsgCreatePeriodicVestingAccount,
  MsgCreatePeriodicVestingAccountResponse,
} from '../../../proto/gen/cosmos/vesting/v1beta1/tx.ts'
import { type Coin, describeCoins } from '../../kit/coin.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { checkEnds, openAccount, someCoins, type VestingNeeds } from '../needs.ts'

const LIMIT = 1n << 256n

/** Opens an account whose coins vest in steps: each period's at its end. */
export function createPeriodicVesting(
  needs: VestingNeeds,
): MessageDef<MsgCreatePeriodicVestingAccount, MsgCreatePeriodicVestingAccountResponse> {
  return defineMessage({
    codec: MsgCreatePeriodicVestingAccount,
    response: MsgCreatePeriodicVestingAccountResponse,
    signers: (message) => [message.fromAddress],
    validate(message) {
      checkEnds(message)
      if (message.startTime < 1n) {
        throw sdkErrors.invalidRequest(
          `invalid start time of ${message.startTime}, length must be greater than 0`,
        )
      }
      message.vestingPeriods.forEach(({ length, amount }, i) => {
        if (length < 1n) {
          throw sdkErrors.invalidRequest(
            `invalid period length of ${length} in period ${i}, length must be greater than 0`,
          )
        }
        someCoins(amount)
      })
      sumOf(message)
      if (endOf(message) >= 1n << 63n) {
        throw sdkErrors.invalidRequest(
          'cumulative endTime overflowed, and/or is less than startTime',
        )
      }
    },
    handle(ctx, message) {
      const periods = message.vestingPeriods.map(({ length, amount }) => ({
        length,
        coins: someCoins(amount),
      }))
      const { startTime: start } = message
      openAccount(ctx, needs, message, {
        kind: 'periodic',
        coins: sumOf(message),
        start,
        end: endOf(message),
        periods,
      })
      return MsgCreatePeriodicVestingAccountResponse.create()
    },
    describe({ fromAddress, toAddress, startTime, vestingPeriods }) {
      const [first] = vestingPeriods
      const start = `from ${startTime} s on, the first ${describeCoins(first?.amount ?? [])}`
      return `${fromAddress} opens ${toAddress}, whose coins get free in ${vestingPeriods.length} steps ${start}`
    },
  })
}

function endOf({ startTime, vestingPeriods }: MsgCreatePeriodicVestingAccount): bigint {
  return vestingPeriods.reduce((time, { length }) => time + length, startTime)
}

/** Sum of all periods, sorted by denomination. Throws sdk 10 beyond 256 bits. */
function sumOf({ vestingPeriods }: MsgCreatePeriodicVestingAccount): Coin[] {
  const sums = new Map<string, bigint>()
  for (const { amount } of vestingPeriods) {
    for (const { denom, amount: digits } of amount) {
      const sum = (sums.get(denom) ?? 0n) + BigInt(digits)
      if (sum >= LIMIT) throw sdkErrors.invalidCoins(`the sum of ${denom} exceeds 256 bits`)
      sums.set(denom, sum)
    }
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([denom, amount]) => ({ denom, amount }))
}
