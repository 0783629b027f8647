import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PREFIX } from '../../../modules/kit/address.ts'
import {
  QueryPeriodRequest,
  QueryPeriodResponse,
  QuerySecretsRequest,
  QuerySecretsResponse,
} from '../../../proto/gen/strom/operator/v1/query.ts'
import { MsgCommitSecret, MsgRevealSecret } from '../../../proto/gen/strom/operator/v1/tx.ts'
import { wholeNumber } from '../../common.ts'
import { CliError, EXIT, usageError } from '../../errors.ts'
import { CONFIG_FILE, readGatewayConfig } from '../../gateway/config.ts'
import { commitmentOf, SECRET_BYTES, secretOf } from '../../gateway/operator/secrets.ts'
import { loadSeed } from '../../gateway/operator/seed.ts'
import { timeText } from '../../query/format.ts'
import { hasPrefix, validatorOfAccount } from '../../query/validators.ts'
import { type Composed, type ComposedInput, messageFrom } from '../composed.ts'

const TICK_S = 900n
const FLAGS: readonly (readonly [string, string])[] = [
  ['--validator <name>', 'the validator; that of the signing account when absent'],
  ['--period <number>', 'the period it is for; the coming one when absent'],
  ['--secret <hex>', 'the secret itself, 32 bytes; of the seed when absent'],
  [
    '--seed <file>',
    "the seed of all secrets; the gateway's, <home>/gateway/operator.seed, when absent",
  ],
]

/** Commands that bring a validator's part of the beacon by hand; a gateway does both by itself. */
export const secrets: readonly Composed[] = [
  {
    at: 'operator commit',
    about: 'commit to a secret for the coming period; a gateway with [operator] does it by itself',
    args: [],
    flags: FLAGS,
    example: 'operator commit',
    aliases: ['commit-secret'],
    replaces: [MsgCommitSecret.typeUrl],
    async build(input) {
      const { validator, period } = await turn(input, 'commit')
      const commitment = commitmentOf(secretFor(input, validator, period), validator, period)
      const json = { sender: input.signing.address, validator_address: validator }
      const bytes = Buffer.from(commitment).toString('base64')
      return [
        messageFrom(MsgCommitSecret, { ...json, period: period.toString(), commitment: bytes }),
      ]
    },
  },
  {
    at: 'operator reveal',
    about: 'reveal the secret for the coming period; a gateway with [operator] does it by itself',
    args: [],
    flags: FLAGS,
    example: 'operator reveal',
    aliases: ['reveal-secret'],
    replaces: [MsgRevealSecret.typeUrl],
    async build(input) {
      const { validator, period } = await turn(input, 'reveal')
      const secret = Buffer.from(secretFor(input, validator, period)).toString('base64')
      const json = { sender: input.signing.address, validator_address: validator }
      return [messageFrom(MsgRevealSecret, { ...json, period: period.toString(), secret })]
    },
  },
]

/** The validator and the period; while a node can be asked, what is not due now is refused with when it is. */
async function turn(input: ComposedInput, what: 'commit' | 'reveal') {
  const word = input.text('validator')
  const validator =
    word === undefined ? validatorOfAccount(input.signing.address) : await input.validator(word)
  const named = input.text('period')
  if (input.options['offline'] === true) {
    if (named === undefined) throw usageError('--offline needs --period too')
    return { validator, period: wholeNumber(named, '--period') }
  }
  const now = await input
    .client()
    .query('/strom.operator.v1.Query/Period', QueryPeriodRequest, QueryPeriodResponse, {})
  const period = named === undefined ? now.nextPeriod : wholeNumber(named, '--period')
  if (period === now.nextPeriod) await refuseUntimely(input, now, validator, what)
  return { validator, period }
}

async function refuseUntimely(
  input: ComposedInput,
  now: QueryPeriodResponse,
  validator: string,
  what: 'commit' | 'reveal',
): Promise<void> {
  const asked = { period: now.nextPeriod }
  const path = '/strom.operator.v1.Query/Secrets'
  const answer = await input.client().query(path, QuerySecretsRequest, QuerySecretsResponse, asked)
  const own = answer.secrets.find((one) => one.validatorAddress === validator)
  const done = what === 'commit' ? own !== undefined : (own?.secret.length ?? 0) > 0
  if (done) {
    const word = what === 'commit' ? 'committed' : 'revealed'
    throw new CliError(
      EXIT.other,
      `${word}_already`,
      `${validator} has ${word} for period ${now.nextPeriod} already`,
    )
  }
  const due = now.committing === (what === 'commit')
  const at = timeText(((what === 'commit' ? now.endTick : now.revealTick) * TICK_S).toString())
  if (!due)
    throw new CliError(
      EXIT.other,
      'not_now',
      `it is not the time to ${what}: that begins at ${at} UTC`,
      {
        hint: 'secrets are committed in the first half of a period and revealed in its second',
      },
    )
  if (what === 'reveal' && own === undefined)
    throw new CliError(
      EXIT.notFound,
      'not_committed',
      `${validator} has committed to nothing for period ${now.nextPeriod}`,
      {
        hint: `commit to the one after it: strom tx operator commit, from ${at} UTC`,
      },
    )
}

/** The secret: as given, or of the seed that the gateway uses too, so that both tell the same. */
function secretFor(input: ComposedInput, validator: string, period: bigint): Uint8Array {
  const typed = input.text('secret')
  if (typed !== undefined) {
    if (!/^(0x)?[0-9a-fA-F]{64}$/.test(typed))
      throw usageError(`--secret has ${SECRET_BYTES} bytes: 64 hex digits`)
    return Buffer.from(typed.replace(/^0x/, ''), 'hex')
  }
  if (!hasPrefix(validator, PREFIX.validator)) throw usageError(`"${validator}" is no validator`)
  return secretOf(seedOf(input, validator), validator, period)
}

function seedOf(input: ComposedInput, validator: string): Uint8Array {
  const dir = join(input.signing.home.root, 'gateway')
  const config = join(dir, CONFIG_FILE)
  const own = existsSync(config) ? readGatewayConfig(config).operator : undefined
  const file = input.text('seed')
  if (file === undefined && own?.validator === validator) return loadSeed(own).bytes
  const secretFile = file ?? join(dir, 'operator.seed')
  if (!existsSync(secretFile))
    throw new CliError(EXIT.key, 'no_seed', `there is no seed ${secretFile}`, {
      hint: `make one only you can read: (umask 077; mkdir -p ${dir}; openssl rand -hex 32 > ${secretFile})`,
    })
  return loadSeed({
    validator,
    secretFile,
    insecureSeed: undefined,
    battery: '',
    meter: '',
    dispatch: 'follow',
    reserveWh: 0n,
    maxW: undefined,
    stateFile: '',
  }).bytes
}
