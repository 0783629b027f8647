import type { JsonValue } from '../../../proto/codec.ts'
import {
  MsgCreatePeriodicVestingAccount,
  MsgCreatePermanentLockedAccount,
  MsgCreateVestingAccount,
} from '../../../proto/gen/cosmos/vesting/v1beta1/tx.ts'
import { usageError } from '../../errors.ts'
import { type Composed, messageFrom } from '../composed.ts'
import { inputText } from '../inputs.ts'
import { coinsJson, durationOf, secondsOf } from './values.ts'

const PERIODS = '{"start_time": "2027-01-01", "periods": [{"coins": "10STROM", "length": "30d"}]}'

/** Commands that make accounts whose coins become free over time. */
export const vesting: readonly Composed[] = [
  {
    at: 'vesting create-vesting-account',
    about: 'make an account whose coins become free evenly until a time, or all at it',
    args: ['<account>', '<amount>', '<end-time>'],
    flags: [['--delayed', 'all at the end']],
    example: 'vesting create-vesting-account strom1… 100STROM 2028-01-01',
    replaces: [MsgCreateVestingAccount.typeUrl],
    async build(input) {
      const [to = '', amount = '', end = ''] = input.args
      return [
        messageFrom(MsgCreateVestingAccount, {
          from_address: input.signing.address,
          to_address: input.account(to),
          amount: coinsJson(amount),
          end_time: secondsOf(end, 'end-time').toString(),
          delayed: input.options['delayed'] === true,
        }),
      ]
    },
  },
  {
    at: 'vesting create-permanent-locked-account',
    about: 'make an account whose coins never become free, but can be delegated',
    args: ['<account>', '<amount>'],
    flags: [],
    example: 'vesting create-permanent-locked-account strom1… 100STROM',
    replaces: [MsgCreatePermanentLockedAccount.typeUrl],
    async build(input) {
      const [to = '', amount = ''] = input.args
      return [
        messageFrom(MsgCreatePermanentLockedAccount, {
          from_address: input.signing.address,
          to_address: input.account(to),
          amount: coinsJson(amount),
        }),
      ]
    },
  },
  {
    at: 'vesting create-periodic-vesting-account',
    about: 'make an account whose coins become free period by period, from a file',
    args: ['<account>', '<file>'],
    flags: [],
    example: 'vesting create-periodic-vesting-account strom1… periods.json',
    replaces: [MsgCreatePeriodicVestingAccount.typeUrl],
    async build(input) {
      const [to = '', file = ''] = input.args
      const { start, periods } = periodsOf(file)
      return [
        messageFrom(MsgCreatePeriodicVestingAccount, {
          from_address: input.signing.address,
          to_address: input.account(to),
          start_time: start,
          vesting_periods: periods,
        }),
      ]
    },
  },
]

/** The SDK's file of periods; times may be dates, lengths `30d`. Throws a usage error naming file and period. */
function periodsOf(file: string): { start: string; periods: JsonValue[] } {
  const read = objectOf(file)
  const start = secondsOf(String(read['start_time'] ?? ''), `${file}: start_time`).toString()
  const list = read['periods']
  if (!Array.isArray(list) || list.length === 0) throw shapeError(file, 'it has no periods')
  const periods = list.map((one, i): JsonValue => {
    const { coins, length, length_seconds } = one as { readonly [name: string]: JsonValue }
    const what = `${file}: period ${i + 1}`
    return {
      amount: coinsJson(String(coins ?? '')),
      length: durationOf(String(length ?? length_seconds ?? ''), what).toString(),
    }
  })
  return { start, periods }
}

function objectOf(file: string): { readonly [name: string]: JsonValue } {
  try {
    return JSON.parse(inputText(file)) as { readonly [name: string]: JsonValue }
  } catch (error) {
    if (error instanceof SyntaxError) throw shapeError(file, 'it is no JSON')
    throw error
  }
}

function shapeError(file: string, why: string) {
  return usageError(`${file}: ${why}`, `write ${PERIODS}`)
}
