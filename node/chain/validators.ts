import { compareBytes, EMPTY, equalBytes, toHex } from './bytes.ts'
import { ADDRESS_SIZE, MAX_VALIDATORS } from './codec.ts'
import { ChainError } from './errors.ts'
import { merkleRoot, sha256 } from './hash.ts'
import {
  centrePriorities,
  highestPriority,
  incrementPriority,
  MAX_TOTAL_POWER,
  rescalePriorities,
  totalPower,
} from './priority.ts'
import { remembered } from './remembered.ts'
import type { Validator, ValidatorSet } from './types.ts'
import { decodeCanonical, readFields, Writer } from './wire.ts'

/** A wanted power for an Ed25519 key; 0 removes the validator. */
export interface PowerChange {
  readonly pubKey: Uint8Array
  readonly power: bigint
}

/** Like `PowerChange` with the address already known (and, in some test vectors, no key). */
export interface AddressedChange extends PowerChange {
  readonly address: Uint8Array
}

/** Address of an Ed25519 key: the first 20 bytes of its SHA-256. */
export function addressOf(pubKey: Uint8Array): Uint8Array {
  return sha256(pubKey).slice(0, ADDRESS_SIZE)
}

/** Canonical order: power descending, then address ascending. */
function canonicalOrder(a: Validator, b: Validator): number {
  if (a.power !== b.power) return a.power > b.power ? -1 : 1
  return compareBytes(a.address, b.address)
}

function fail(reason: string): never {
  throw new ChainError('invalid_validators', reason)
}

function checkChanges(
  byAddress: ReadonlyMap<string, Validator>,
  changes: readonly AddressedChange[],
): void {
  const seen = new Set<string>()
  for (const change of changes) {
    const key = toHex(change.address)
    if (seen.has(key)) fail(`validator ${key} is changed twice`)
    seen.add(key)
    if (change.power < 0n) fail(`validator ${key} has negative power ${change.power}`)
    if (change.power > MAX_TOTAL_POWER) fail(`validator ${key} has power above ${MAX_TOTAL_POWER}`)
    if (change.power === 0n && !byAddress.has(key)) fail(`no validator ${key} to remove`)
  }
}

/**
 * Applies power changes to a list of validators with CometBFT's rules (`updateWithChangeSet`): joiners start at minus
 * 1.125 times the total after updates and before removals, changed validators keep their priority; then rescale to
 * twice the total, centre, canonical order. Throws `invalid_validators` and changes nothing on a bad change.
 */
export function applyChanges(
  validators: readonly Validator[],
  changes: readonly AddressedChange[],
): readonly Validator[] {
  if (changes.length === 0) return validators
  const next = new Map(validators.map((v) => [toHex(v.address), v]))
  checkChanges(next, changes)
  const removals = changes.filter((change) => change.power === 0n)
  const updates = changes.filter((change) => change.power > 0n)
  let total = totalPower(validators)
  for (const { address, power } of updates) total += power - (next.get(toHex(address))?.power ?? 0n)
  const joining = -(total + (total >> 3n))
  for (const { address, pubKey, power } of updates) {
    const known = next.get(toHex(address))
    next.set(
      toHex(address),
      known ? { ...known, power } : { address, pubKey, power, priority: joining },
    )
  }
  for (const { address } of removals) next.delete(toHex(address))
  const merged = [...next.values()]
  if (merged.length === 0) fail('the changes would leave no validator')
  const finalTotal = totalPower(merged)
  if (finalTotal > MAX_TOTAL_POWER) fail(`total power ${finalTotal} is above ${MAX_TOTAL_POWER}`)
  return [...centrePriorities(rescalePriorities(merged, 2n * finalTotal))].sort(canonicalOrder)
}

function addressed(changes: readonly PowerChange[]): AddressedChange[] {
  return changes.map((change) => {
    if (change.pubKey.length !== 32)
      fail(`a validator key has ${change.pubKey.length} bytes, not 32`)
    return { ...change, address: addressOf(change.pubKey) }
  })
}

/** The first set of a chain: all changes must add; rotated once, as CometBFT's `NewValidatorSet` does. */
export function newValidatorSet(changes: readonly PowerChange[]): ValidatorSet {
  const validators = applyChanges([], addressed(changes))
  if (validators.length === 0) fail('a validator set needs at least one validator')
  return copyIncrementPriority(setOf(validators), 1)
}

/** A set from validators that already carry their priorities, such as stored ones; sorted, with its proposer found. */
export function setOf(validators: readonly Validator[]): ValidatorSet {
  const sorted = [...validators].sort(canonicalOrder)
  return {
    validators: sorted,
    proposer: highestPriority(sorted),
    totalPower: totalPower(sorted),
  }
}

/** Changes powers without rotating; the proposer is then the one of the highest priority. */
export function updateValidators(set: ValidatorSet, changes: readonly PowerChange[]): ValidatorSet {
  return changes.length === 0 ? set : setOf(applyChanges(set.validators, addressed(changes)))
}

/** The set `times` rotations later: `copyIncrementPriority(set, round)` names the proposer of a round; 0 is the same set. */
export function copyIncrementPriority(set: ValidatorSet, times: number): ValidatorSet {
  if (times === 0) return set
  const { validators, proposer } = incrementPriority(set.validators, times)
  return { validators, proposer, totalPower: set.totalPower }
}

/** The next height's NextValidators: this one's with the block's updates, rotated once. Updates of H act at H+2. */
export function nextValidators(set: ValidatorSet, updates: readonly PowerChange[]): ValidatorSet {
  return copyIncrementPriority(updateValidators(set, updates), 1)
}

/** The proposer of a round at the height whose set this is. */
export function proposerOf(set: ValidatorSet, round: number): Validator {
  return copyIncrementPriority(set, round).proposer
}

/** Position of an address, or -1. */
export function indexOf(set: ValidatorSet, address: Uint8Array): number {
  return set.validators.findIndex((validator) => equalBytes(validator.address, address))
}

function encodePubKey(pubKey: Uint8Array): Uint8Array {
  return pubKey.length === 0 ? EMPTY : new Writer().message(1, pubKey).finish()
}

function readPubKey(path: string, data: Uint8Array): Uint8Array {
  let key = EMPTY
  readFields(path, data, (field, value) => {
    if (field !== 1) return false
    key = value.bytes(32)
    return true
  })
  return key
}

/** Merkle root over `SimpleValidator{pub_key, voting_power}` in set order: the header's validators hash. */
export function validatorsHash(set: { readonly validators: readonly Validator[] }): Uint8Array {
  return hashOf(set.validators)
}

const hashOf = remembered((validators: readonly Validator[]) =>
  merkleRoot(
    validators.map((v) =>
      new Writer().message(1, encodePubKey(v.pubKey)).varint(2, v.power).finish(),
    ),
  ),
)

function encodeValidator(validator: Validator): Uint8Array {
  return new Writer()
    .bytes(1, validator.address)
    .message(2, encodePubKey(validator.pubKey))
    .varint(3, validator.power)
    .varint(4, validator.priority)
    .finish()
}

function readValidator(path: string, data: Uint8Array): Validator {
  let address = EMPTY
  let pubKey = EMPTY
  let power = 0n
  let priority = 0n
  readFields(path, data, (field, value) => {
    if (field === 1) address = value.bytes(ADDRESS_SIZE)
    else if (field === 2) pubKey = readPubKey(`${path}.pubKey`, value.message())
    else if (field === 3) power = value.int64()
    else if (field === 4) priority = value.int64()
    else return false
    return true
  })
  return { address, pubKey, power, priority }
}

/** `tendermint.types.ValidatorSet` with proposer and total. */
export function encodeValidatorSet(set: ValidatorSet): Uint8Array {
  const writer = new Writer()
  for (const validator of set.validators) writer.message(1, encodeValidator(validator))
  return writer.message(2, encodeValidator(set.proposer)).varint(3, set.totalPower).finish()
}

function readValidatorSet(path: string, data: Uint8Array): ValidatorSet {
  const validators: Validator[] = []
  let proposer: Validator | undefined
  let power = 0n
  readFields(path, data, (field, value) => {
    if (field === 1 && validators.length < MAX_VALIDATORS) {
      validators.push(readValidator(`${path}.validators`, value.message()))
    } else if (field === 2) proposer = readValidator(`${path}.proposer`, value.message())
    else if (field === 3) power = value.int64()
    else return false
    return true
  })
  if (proposer === undefined) return fail(`${path} has no proposer`)
  return { validators, proposer, totalPower: power }
}

/** Strict decoding; checks addresses against keys, canonical order, the total and that the proposer belongs to the set. */
export function decodeValidatorSet(data: Uint8Array): ValidatorSet {
  const limit = 4 * 1024 * 1024
  const set = decodeCanonical('ValidatorSet', data, limit, readValidatorSet, encodeValidatorSet)
  set.validators.forEach((v, i) => {
    const previous = set.validators[i - 1]
    if (v.power <= 0n) fail(`validator ${i} has power ${v.power}`)
    if (!equalBytes(v.address, addressOf(v.pubKey)))
      fail(`validator ${i}: address is not its key's`)
    if (previous && canonicalOrder(previous, v) >= 0) fail(`validator ${i} is out of order`)
  })
  if (totalPower(set.validators) !== set.totalPower) fail('total power is not the sum')
  if (set.totalPower > MAX_TOTAL_POWER) fail('total power is too large')
  if (indexOf(set, set.proposer.address) < 0) fail('the proposer is not in the set')
  return set
}
