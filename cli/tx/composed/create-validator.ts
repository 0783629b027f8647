import { existsSync } from 'node:fs'
import { readKeyFile } from '../../../node/consensus/key-file.ts'
import type { Home } from '../../../node/home.ts'
import type { JsonValue } from '../../../proto/codec.ts'
import {
  MsgCreateValidator,
  MsgEditValidator,
} from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { CliError, EXIT, usageError } from '../../errors.ts'
import { validatorOfAccount } from '../../query/validators.ts'
import { type Composed, type ComposedInput, messageFrom } from '../composed.ts'
import { inputText } from '../inputs.ts'
import { baseUnits, coinJson, rateJson } from './values.ts'

const ED25519 = '/cosmos.crypto.ed25519.PubKey'
const KEEP = '[do-not-modify]'
const EXAMPLE_KEY = `'{"@type":"${ED25519}","key":"…"}'`

const DESCRIPTION: readonly (readonly [string, string])[] = [
  ['--identity <id>', 'a signature of the identity, such as of Keybase'],
  ['--website <url>', 'where to read more'],
  ['--security-contact <mail>', 'whom to tell of weaknesses'],
  ['--details <text>', 'anything else'],
]

/** `strom tx staking create-validator`: by flags, or by the SDK's file. */
export const createValidator: Composed = {
  at: 'staking create-validator',
  about: 'make the account that signs a validator, with its own stake',
  args: ['[file]'],
  flags: [
    ['--amount <amount>', 'its own stake, such as 100STROM'],
    ['--moniker <name>', 'the name people know it by'],
    ['--pubkey <json|base64>', "its consensus key; this home's when absent"],
    ['--commission-rate <rate>', 'its share of rewards, 0.1 or 10% (0.1)'],
    ['--commission-max-rate <rate>', 'the most it can ever be (0.2)'],
    ['--commission-max-change-rate <rate>', 'the most it can change in a day (0.01)'],
    ['--min-self-delegation <amount>', 'what it must keep of its own (1ustrom)'],
    ...DESCRIPTION,
  ],
  example: 'staking create-validator --amount 100STROM --moniker home-1',
  replaces: [MsgCreateValidator.typeUrl],
  build: async (input) => [createValidatorMessage(input.signing.address, detailsOf(input))],
}

/** What a new validator is made of, as people write it. */
export interface ValidatorDetails {
  readonly amount: string
  readonly moniker: string
  /** Base64 of an Ed25519 key. */
  readonly pubkey: string
  readonly rate?: string | undefined
  readonly maxRate?: string | undefined
  readonly maxChange?: string | undefined
  readonly minSelf?: string | undefined
  readonly identity?: string | undefined
  readonly website?: string | undefined
  readonly security?: string | undefined
  readonly details?: string | undefined
}

/** The message of a new validator. Throws a usage error for rates and amounts that are none. */
export function createValidatorMessage(account: string, made: ValidatorDetails) {
  return messageFrom(MsgCreateValidator, {
    description: {
      moniker: made.moniker,
      identity: made.identity ?? '',
      website: made.website ?? '',
      security_contact: made.security ?? '',
      details: made.details ?? '',
    },
    commission: {
      rate: rateJson(made.rate ?? '0.1', '--commission-rate'),
      max_rate: rateJson(made.maxRate ?? '0.2', '--commission-max-rate'),
      max_change_rate: rateJson(made.maxChange ?? '0.01', '--commission-max-change-rate'),
    },
    min_self_delegation: baseUnits(made.minSelf ?? '1', '--min-self-delegation'),
    validator_address: validatorOfAccount(account),
    pubkey: { '@type': ED25519, key: made.pubkey },
    value: coinJson(made.amount, '--amount'),
  })
}

function detailsOf(input: ComposedInput): ValidatorDetails {
  const [file] = input.args
  const read = file === undefined ? {} : fileOf(file)
  const option = (flag: string, member: string): string | undefined =>
    input.text(flag) ?? read[member]
  const amount = option('amount', 'amount')
  const moniker = option('moniker', 'moniker')
  if (amount === undefined) throw usageError('--amount is needed', 'such as --amount 100STROM')
  if (moniker === undefined) throw usageError('--moniker is needed', 'such as --moniker home-1')
  const pubkey = option('pubkey', 'pubkey')
  return {
    amount,
    moniker,
    pubkey: pubkey === undefined ? ownConsensusKey(input.signing.home) : pubkeyOf(pubkey),
    rate: option('commissionRate', 'commission-rate'),
    maxRate: option('commissionMaxRate', 'commission-max-rate'),
    maxChange: option('commissionMaxChangeRate', 'commission-max-change-rate'),
    minSelf: option('minSelfDelegation', 'min-self-delegation'),
    identity: option('identity', 'identity'),
    website: option('website', 'website'),
    security: option('securityContact', 'security'),
    details: option('details', 'details'),
  }
}

/** Members of the SDK's validator.json, the key as text. */
function fileOf(file: string): { [member: string]: string } {
  let json: JsonValue
  try {
    json = JSON.parse(inputText(file)) as JsonValue
  } catch (error) {
    if (error instanceof SyntaxError)
      throw usageError(`${file} is no JSON`, 'write {"amount":"100STROM","moniker":"home-1"}')
    throw error
  }
  const members = Object.entries(json as { readonly [member: string]: JsonValue })
  return Object.fromEntries(
    members.map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
}

/** The consensus key of a home, base64. Throws exit 8 where there is none. */
export function ownConsensusKey(home: Home): string {
  if (!existsSync(home.validatorKey))
    throw new CliError(EXIT.config, 'no_consensus_key', `${home.root} holds no key of a node`, {
      hint: 'make it with `strom init`, choose the home of the node with --home, or give --pubkey',
    })
  return Buffer.from(readKeyFile(home.validatorKey).pubKey).toString('base64')
}

/** A key as `strom comet show-validator` prints it, or its bytes as base64. Throws a usage error. */
function pubkeyOf(text: string): string {
  const base64 = text.trim().startsWith('{') ? keyMember(text) : text
  if (Buffer.from(base64, 'base64').length === 32) return base64
  throw usageError(
    `--pubkey: "${text}" is no Ed25519 key`,
    `write --pubkey "$(strom comet show-validator)", or ${EXAMPLE_KEY}`,
  )
}

function keyMember(text: string): string {
  try {
    const { key, value } = JSON.parse(text) as { key?: unknown; value?: unknown }
    return String(key ?? value ?? '')
  } catch {
    return ''
  }
}

/** `strom tx staking edit-validator`: what is not said stays. */
export const editValidator: Composed = {
  at: 'staking edit-validator',
  about: 'change what is said of a validator, or its commission; what is left out stays',
  args: [],
  flags: [
    ['--new-moniker <name>', 'its new name'],
    ...DESCRIPTION,
    ['--commission-rate <rate>', 'its share of rewards, 0.1 or 10%; once a day'],
    ['--min-self-delegation <amount>', 'what it must keep of its own; it can only rise'],
  ],
  example: 'staking edit-validator --website https://example.org --commission-rate 8%',
  replaces: [MsgEditValidator.typeUrl],
  async build(input) {
    const rate = input.text('commissionRate')
    const minSelf = input.text('minSelfDelegation')
    return [
      messageFrom(MsgEditValidator, {
        description: {
          moniker: input.text('newMoniker') ?? KEEP,
          identity: input.text('identity') ?? KEEP,
          website: input.text('website') ?? KEEP,
          security_contact: input.text('securityContact') ?? KEEP,
          details: input.text('details') ?? KEEP,
        },
        validator_address: validatorOfAccount(input.signing.address),
        ...(rate === undefined ? {} : { commission_rate: rateJson(rate, '--commission-rate') }),
        ...(minSelf === undefined
          ? {}
          : { min_self_delegation: baseUnits(minSelf, '--min-self-delegation') }),
      }),
    ]
  },
}
