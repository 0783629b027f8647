import type { AnyValue } from '../../../proto/codec.ts'
import { GenericAuthorization } from '../../../proto/gen/cosmos/authz/v1beta1/authz.ts'
import { MsgExec, MsgGrant } from '../../../proto/gen/cosmos/authz/v1beta1/tx.ts'
import { SendAuthorization } from '../../../proto/gen/cosmos/bank/v1beta1/authz.ts'
import { StakeAuthorization } from '../../../proto/gen/cosmos/staking/v1beta1/authz.ts'
import { usageError } from '../../errors.ts'
import { type Composed, type ComposedInput, messageFrom, needed, packed } from '../composed.ts'
import { readDraft } from '../file.ts'
import { coinJson, coinsJson, dateJson, given, words } from './values.ts'

/** Kinds of stake authorizations by the SDK's words. */
const STAKE: Readonly<Record<string, string>> = {
  delegate: 'AUTHORIZATION_TYPE_DELEGATE',
  unbond: 'AUTHORIZATION_TYPE_UNDELEGATE',
  redelegate: 'AUTHORIZATION_TYPE_REDELEGATE',
  'cancel-unbond': 'AUTHORIZATION_TYPE_CANCEL_UNBONDING_DELEGATION',
}
const KINDS = ['send', 'generic', ...Object.keys(STAKE)]

/** Commands about acting for another account. */
export const authorizations: readonly Composed[] = [
  {
    at: 'authz grant',
    about: `let an account act for yours: ${KINDS.join(', ')}`,
    args: ['<grantee>', '<kind>'],
    flags: [
      ['--msg-type <url>', 'generic: the message, such as /cosmos.gov.v1.MsgVote'],
      ['--spend-limit <amounts>', 'send: the most in all; stake: the most, else no limit'],
      ['--allow-list <accounts>', 'send: only to these, separated by commas'],
      ['--allowed-validators <names>', 'stake: only at these, separated by commas'],
      ['--deny-validators <names>', 'stake: not at these, separated by commas'],
      ['--expiration <time>', 'when it ends: a date, or unix seconds'],
    ],
    example: 'authz grant strom1… generic --msg-type /cosmos.gov.v1.MsgVote',
    replaces: [MsgGrant.typeUrl],
    async build(input) {
      const grantee = input.account(input.args[0] ?? '')
      const expiration = input.text('expiration')
      const grant = given({
        authorization: await authorizationOf(input, input.args[1] ?? ''),
        expiration: expiration === undefined ? undefined : dateJson(expiration, '--expiration'),
      })
      return [messageFrom(MsgGrant, { granter: input.signing.address, grantee, grant })]
    },
  },
  {
    at: 'authz exec',
    about: 'act for another account: the messages of a transaction file, made with --generate-only',
    args: ['<file>'],
    flags: [],
    example: 'authz exec vote.json',
    replaces: [MsgExec.typeUrl],
    async build(input) {
      const inner: readonly AnyValue[] = readDraft(input.args[0] ?? '').body.messages
      if (inner.length === 0)
        throw usageError(
          `${input.args[0]} holds no message`,
          'make it with `strom tx … --from GRANTER --generate-only > FILE`',
        )
      const message = MsgExec.create({ grantee: input.signing.address, msgs: [...inner] })
      return [{ typeUrl: MsgExec.typeUrl, value: MsgExec.encode(message) }]
    },
  },
]

async function authorizationOf(input: ComposedInput, kind: string) {
  if (kind === 'generic')
    return packed(GenericAuthorization, {
      msg: needed(input, 'msgType', 'msg-type', '/cosmos.gov.v1.MsgVote'),
    })
  if (kind === 'send')
    return packed(SendAuthorization, {
      spend_limit: coinsJson(needed(input, 'spendLimit', 'spend-limit', '10STROM')),
      allow_list: words(input.text('allowList')).map((one) => input.account(one)),
    })
  const type = STAKE[kind]
  if (type === undefined)
    throw usageError(`"${kind}" is no kind of authorization`, `one of ${KINDS.join(', ')}`)
  return await stakeOf(input, type)
}

async function stakeOf(input: ComposedInput, type: string) {
  const limit = input.text('spendLimit')
  const allowed = await validatorsOf(input, 'allowedValidators')
  const denied = await validatorsOf(input, 'denyValidators')
  if (allowed.length > 0 === denied.length > 0)
    throw usageError(
      'say at which validators: --allowed-validators or --deny-validators',
      'one of the two',
    )
  const list = allowed.length > 0 ? 'allow_list' : 'deny_list'
  return packed(StakeAuthorization, {
    authorization_type: type,
    ...(limit === undefined ? {} : { max_tokens: coinJson(limit, '--spend-limit') }),
    [list]: { address: allowed.length > 0 ? allowed : denied },
  })
}

async function validatorsOf(input: ComposedInput, option: string): Promise<string[]> {
  const found: string[] = []
  for (const word of words(input.text(option))) found.push(await input.validator(word))
  return found
}
