import { createHash } from 'node:crypto'
import { fromBech32, PREFIX, toBech32 } from '../../modules/kit/address.ts'
import { ChainError } from '../../modules/kit/errors.ts'
import { PubKey } from '../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import {
  QueryValidatorsRequest,
  QueryValidatorsResponse,
} from '../../proto/gen/cosmos/staking/v1beta1/query.ts'
import type { Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { NodeClient } from '../client.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { isAddress } from '../keys/find.ts'
import type { Keyring } from '../keys/keyring.ts'

const PAGE = 1_000n

/** Every validator the chain knows, bonded or not, in order of address. */
export async function allValidators(client: NodeClient, height = 0n): Promise<Validator[]> {
  const found: Validator[] = []
  let key = new Uint8Array(0)
  for (;;) {
    const pagination = { key, offset: 0n, limit: PAGE, countTotal: false, reverse: false }
    const request = QueryValidatorsRequest.create({ pagination })
    const path = '/cosmos.staking.v1beta1.Query/Validators'
    const answer = await client.query(
      path,
      QueryValidatorsRequest,
      QueryValidatorsResponse,
      request,
      height,
    )
    found.push(...answer.validators)
    key = Uint8Array.from(answer.pagination?.nextKey ?? [])
    if (key.length === 0) return found
  }
}

/** Names of all validators by both their addresses; of those that share a name, none has it. */
export async function validatorNames(client: NodeClient): Promise<Map<string, string>> {
  const all = await allValidators(client)
  const count = new Map<string, number>()
  for (const { description } of all)
    count.set(description.moniker, (count.get(description.moniker) ?? 0) + 1)
  const unique = all.filter(({ description }) => count.get(description.moniker) === 1)
  return new Map(
    unique.flatMap((one): [string, string][] => [
      [one.operatorAddress, one.description.moniker],
      [consensusAddressOf(one) ?? '', one.description.moniker],
    ]),
  )
}

/** Whether a text is an address with this prefix and a right checksum. */
export function hasPrefix(text: string, prefix: string): boolean {
  if (!text.startsWith(`${prefix}1`)) return false
  try {
    fromBech32(text, prefix)
    return true
  } catch (error) {
    if (error instanceof ChainError) return false
    throw error
  }
}

/** The validator address of an account: the same bytes. */
export function validatorOfAccount(account: string): string {
  return toBech32(fromBech32(account), PREFIX.validator)
}

/** The account of a validator: the same bytes. */
export function accountOfValidator(validator: string): string {
  return toBech32(fromBech32(validator, PREFIX.validator))
}

/** `stromvalcons1…` of a validator's consensus key; undefined for a key that is not Ed25519. */
export function consensusAddressOf(validator: Validator): string | undefined {
  const { consensusPubkey } = validator
  if (consensusPubkey?.typeUrl !== PubKey.typeUrl) return undefined
  return consensusAddress(PubKey.decode(consensusPubkey.value).key)
}

/** `stromvalcons1…` of an Ed25519 key. */
export function consensusAddress(key: Uint8Array): string {
  return toBech32(createHash('sha256').update(key).digest().subarray(0, 20), PREFIX.consensus)
}

/** Where names of validators are looked up; without a node only addresses and keys are known. */
export interface ValidatorNames {
  readonly keyring: Keyring
  readonly client: NodeClient | undefined
}

/**
 * The validator a word means: `stromvaloper1…`, an account `strom1…`, the validator's name, or the key of its account.
 * Names are anyone's to choose, so a word that could mean two validators is refused with both addresses (exit 2).
 */
export async function resolveValidator(names: ValidatorNames, word: string): Promise<string> {
  if (hasPrefix(word, PREFIX.validator)) return word
  if (isAddress(word)) return validatorOfAccount(word)
  const key = names.keyring.find(word)
  const own = key === undefined ? [] : [validatorOfAccount(key.address)]
  const all = names.client === undefined ? [] : await allValidators(names.client)
  const named = all
    .filter((one) => one.description.moniker === word)
    .map((one) => one.operatorAddress)
  const found = [...new Set([...named, ...own])]
  const [only, ...others] = found
  if (only !== undefined && others.length === 0) return only
  if (only !== undefined)
    throw usageError(
      `"${word}" could mean ${found.length} validators: ${found.join(', ')}`,
      'write the address',
    )
  const hint =
    names.client === undefined
      ? 'without a node a validator is named by its address, stromvaloper1…, or by its key'
      : `see \`strom query staking validators\`${nearest(word, all)}`
  throw new CliError(EXIT.notFound, 'no_validator', `there is no validator "${word}"`, { hint })
}

function nearest(word: string, all: readonly Validator[]): string {
  const names = all.map(({ description }) => description.moniker)
  const close = names.find((name) => name.toLowerCase() === word.toLowerCase())
  if (close !== undefined) return `; did you mean ${close}?`
  return names.length > 0 && names.length <= 8 ? `; there are ${names.join(', ')}` : ''
}
