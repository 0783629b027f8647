import {
  AllowedMsgAllowance,
  BasicAllowance,
  PeriodicAllowance,
} from '../../../proto/gen/cosmos/feegrant/v1beta1/feegrant.ts'
import {
  MsgGrantAllowance,
  MsgRevokeAllowance,
} from '../../../proto/gen/cosmos/feegrant/v1beta1/tx.ts'
import { usageError } from '../../errors.ts'
import { type Composed, type ComposedInput, messageFrom, packed } from '../composed.ts'
import { coinsJson, dateJson, durationOf, given, words } from './values.ts'

/** Commands about fees that one account pays for another; the granter may stand first, as in the SDK. */
export const allowances: readonly Composed[] = [
  {
    at: 'feegrant grant',
    about: 'let an account pay its fees from yours',
    args: ['<grantee>'],
    signerFirst: true,
    flags: [
      ['--spend-limit <amounts>', 'the most in all; without it there is no limit'],
      ['--expiration <time>', 'when it ends: a date, or unix seconds'],
      ['--period <time>', 'the limit below holds for each: 1d, 12h, 3600s'],
      ['--period-limit <amounts>', 'the most in a period'],
      ['--allowed-messages <urls>', 'only for these messages, separated by commas'],
    ],
    example: 'feegrant grant strom1… --spend-limit 5STROM --expiration 2027-01-01',
    replaces: [MsgGrantAllowance.typeUrl],
    async build(input) {
      const grantee = input.account(input.args[0] ?? '')
      const allowance = await allowanceOf(input)
      return [
        messageFrom(MsgGrantAllowance, { granter: input.signing.address, grantee, allowance }),
      ]
    },
  },
  {
    at: 'feegrant revoke',
    about: 'end the allowance of an account',
    args: ['<grantee>'],
    signerFirst: true,
    flags: [],
    example: 'feegrant revoke strom1…',
    replaces: [MsgRevokeAllowance.typeUrl],
    async build(input) {
      const grantee = input.account(input.args[0] ?? '')
      return [messageFrom(MsgRevokeAllowance, { granter: input.signing.address, grantee })]
    },
  },
]

async function allowanceOf(input: ComposedInput) {
  const limit = input.text('spendLimit')
  const expiration = input.text('expiration')
  const basic = given({
    spend_limit: limit === undefined ? undefined : coinsJson(limit),
    expiration: expiration === undefined ? undefined : dateJson(expiration, '--expiration'),
  })
  const allowed = words(input.text('allowedMessages'))
  const inner = await periodic(input, basic)
  if (allowed.length === 0) return inner
  return packed(AllowedMsgAllowance, { allowance: inner, allowed_messages: allowed })
}

async function periodic(input: ComposedInput, basic: ReturnType<typeof given>) {
  const [period, limit] = [input.text('period'), input.text('periodLimit')]
  if ((period === undefined) !== (limit === undefined))
    throw usageError('--period and --period-limit belong together', 'such as 1d and 1STROM')
  if (period === undefined || limit === undefined) return packed(BasicAllowance, basic)
  const seconds = durationOf(period, '--period')
  const { time } = await input.client().status()
  const reset = BigInt(Math.floor(Date.parse(time) / 1_000)) + seconds
  return packed(PeriodicAllowance, {
    basic,
    period: `${seconds}s`,
    period_spend_limit: coinsJson(limit),
    period_can_spend: coinsJson(limit),
    period_reset: dateJson(reset.toString(), '--period'),
  })
}
