import type { GenesisState } from '../../proto/gen/cosmos/staking/v1beta1/genesis.ts'
import { BondStatus, type Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { fromBech32, PREFIX } from '../kit/address.ts'
import { toHex } from '../kit/bytes.ts'
import { DEC_ONE } from '../kit/dec.ts'
import { stakingErrors } from './errors.ts'
import { validateParams } from './params.ts'
import { isBonded, isUnbonding, parseShares, parseTokens, powerOf } from './rules.ts'
import type { Moment } from './times.ts'
import { consensusKey } from './validators.ts'

/** Stateless checks of a staking genesis. Throws staking or sdk errors naming the entry. */
export function checkGenesis(data: GenesisState): void {
  validateParams(data.params)
  checkValidators(data.validators, data.exported)
  checkDelegations(data)
  checkUnbondings(data)
  checkIds(data)
  if (data.exported) checkLastPowers(data)
}

function checkValidators(validators: readonly Validator[], exported: boolean): void {
  const [operators, keys] = [new Set<string>(), new Set<string>()]
  for (const validator of validators) {
    const name = validator.operatorAddress
    fromBech32(name, PREFIX.validator)
    const key = toHex(consensusKey(validator))
    if (operators.has(name)) throw stakingErrors.operatorExists(name)
    if (keys.has(key)) throw stakingErrors.pubKeyExists(name)
    operators.add(name)
    keys.add(key)
    const tokens = parseTokens(validator.tokens)
    if (tokens === undefined) throw stakingErrors.genesis(`${name}: tokens "${validator.tokens}"`)
    if (powerOf(tokens) >= 1n << 62n) throw stakingErrors.genesis(`${name}: too many tokens`)
    if (parseShares(validator.delegatorShares) === undefined) {
      throw stakingErrors.genesis(`${name}: delegator_shares "${validator.delegatorShares}"`)
    }
    const { jailed, status, minSelfDelegation } = validator
    if (jailed && isBonded(validator) && !exported)
      throw stakingErrors.jailed(`${name} is bonded in genesis`)
    if (!isStatus(status)) throw stakingErrors.genesis(`${name}: status ${status}`)
    if (parseTokens(minSelfDelegation) === undefined)
      throw stakingErrors.genesis(`${name}: min_self_delegation "${minSelfDelegation}"`)
    if (isUnbonding(validator)) requireTime(validator.unbondingTime, name)
    checkCommission(validator)
  }
}

function isStatus(status: number): boolean {
  return status >= BondStatus.BOND_STATUS_UNBONDED && status <= BondStatus.BOND_STATUS_BONDED
}

function checkCommission(validator: Validator): void {
  const { rate, maxRate, maxChangeRate } = validator.commission.commissionRates
  const [now, most, step] = [rate, maxRate, maxChangeRate].map((digits) =>
    parseShares(digits === '' ? '0' : digits),
  )
  if (
    now === undefined ||
    most === undefined ||
    step === undefined ||
    now > most ||
    most > DEC_ONE ||
    step > most
  ) {
    throw stakingErrors.genesis(
      `${validator.operatorAddress}: commission rates must satisfy 0 <= rate, step <= max <= 1`,
    )
  }
}

/** Shares of all delegations must add up to each validator's; each names a known validator once. */
function checkDelegations(data: GenesisState): void {
  const sums = new Map(data.validators.map((validator) => [validator.operatorAddress, 0n]))
  const seen = new Set<string>()
  for (const { delegatorAddress, validatorAddress, shares } of data.delegations) {
    const pair = `${delegatorAddress} to ${validatorAddress}`
    fromBech32(delegatorAddress)
    const before = sums.get(validatorAddress)
    if (before === undefined) throw stakingErrors.noValidator(`delegation of ${pair}`)
    if (seen.has(pair)) throw stakingErrors.genesis(`delegation of ${pair} appears twice`)
    seen.add(pair)
    const amount = parseShares(shares)
    if (amount === undefined || amount === 0n)
      throw stakingErrors.genesis(`delegation of ${pair}: shares "${shares}"`)
    sums.set(validatorAddress, before + amount)
  }
  for (const { operatorAddress, delegatorShares } of data.validators) {
    const sum = sums.get(operatorAddress)
    if (sum !== parseShares(delegatorShares)) {
      throw stakingErrors.genesis(
        `${operatorAddress} has shares ${delegatorShares}, its delegations have ${sum}`,
      )
    }
  }
}

/** Entries must have amounts and a time, and each pair or triple stands once. */
function checkUnbondings(data: GenesisState): void {
  const seen = new Set<string>()
  const once = (name: string): void => {
    if (seen.has(name)) throw stakingErrors.genesis(`${name} appears twice`)
    seen.add(name)
  }
  for (const { delegatorAddress, validatorAddress, entries } of data.unbondingDelegations) {
    const name = `unbonding of ${delegatorAddress} from ${validatorAddress}`
    once(name)
    fromBech32(delegatorAddress)
    // The validator may be gone: it is removed with its last delegation, and what unbonds from it stays.
    fromBech32(validatorAddress, PREFIX.validator)
    if (entries.length === 0) throw stakingErrors.genesis(`${name} has no entries`)
    for (const entry of entries) {
      requireTime(entry.completionTime, name)
      requireAmounts(name, entry.initialBalance, entry.balance)
      if (entry.unbondingOnHoldRefCount !== 0n) throw held(name)
    }
  }
  for (const redelegation of data.redelegations) {
    const { delegatorAddress, validatorSrcAddress, validatorDstAddress, entries } = redelegation
    const name = `redelegation of ${delegatorAddress} from ${validatorSrcAddress} to ${validatorDstAddress}`
    once(name)
    fromBech32(delegatorAddress)
    fromBech32(validatorSrcAddress, PREFIX.validator)
    fromBech32(validatorDstAddress, PREFIX.validator)
    if (entries.length === 0) throw stakingErrors.genesis(`${name} has no entries`)
    for (const entry of entries) {
      requireTime(entry.completionTime, name)
      requireAmounts(name, entry.initialBalance)
      if (parseShares(entry.sharesDst) === undefined)
        throw stakingErrors.genesis(`${name}: shares_dst "${entry.sharesDst}"`)
      if (entry.unbondingOnHoldRefCount !== 0n) throw held(name)
    }
  }
}

/** Every unbonding id names one thing. */
function checkIds(data: GenesisState): void {
  const entries = [...data.unbondingDelegations, ...data.redelegations].flatMap(
    (list): readonly { readonly unbondingId: bigint }[] => list.entries,
  )
  const ids = [
    ...data.validators.flatMap(({ unbondingIds }) => unbondingIds),
    ...entries.map(({ unbondingId }) => unbondingId),
  ]
  const seen = new Set<bigint>()
  for (const id of ids) {
    if (id === 0n || seen.has(id))
      throw stakingErrors.genesis(`unbonding_id ${id} is 0 or stands twice`)
    seen.add(id)
  }
  for (const { operatorAddress, unbondingOnHoldRefCount } of data.validators)
    if (unbondingOnHoldRefCount !== 0n) throw held(operatorAddress)
}

function held(name: string): Error {
  return stakingErrors.genesis(`${name} is on hold, and no module of this chain would release it`)
}

function requireTime({ seconds }: Moment, name: string): void {
  if (seconds <= 0n || seconds >= 1n << 37n)
    throw stakingErrors.genesis(`${name}: a time of ${seconds} s`)
}

function requireAmounts(name: string, ...amounts: readonly string[]): void {
  for (const amount of amounts)
    if (parseTokens(amount) === undefined)
      throw stakingErrors.genesis(`${name}: balance "${amount}"`)
}

/** An exported genesis lists exactly the bonded validators, each with a power that its tokens cover or covered. */
function checkLastPowers(data: GenesisState): void {
  const bonded = new Set(data.validators.filter(isBonded).map((v) => v.operatorAddress))
  for (const { address, power } of data.lastValidatorPowers) {
    if (!bonded.delete(address) || power <= 0n)
      throw stakingErrors.genesis(`last power ${power} of ${address}`)
  }
  for (const address of bonded)
    throw stakingErrors.genesis(`${address} is bonded and has no last power`)
}
