import type { GenesisState } from '../../proto/gen/cosmos/staking/v1beta1/genesis.ts'
import { BondStatus, type Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { fromBech32, PREFIX } from '../kit/address.ts'
import { toHex } from '../kit/bytes.ts'
import { DEC_ONE } from '../kit/dec.ts'
import { sdkErrors } from '../kit/errors.ts'
import { stakingErrors } from './errors.ts'
import { validateParams } from './params.ts'
import { isBonded, parseShares, parseTokens, powerOf } from './rules.ts'
import { consensusKey } from './validators.ts'

/** Stateless checks of a staking genesis. Throws staking or sdk errors naming the entry. */
export function checkGenesis(data: GenesisState): void {
  validateParams(data.params)
  if (data.unbondingDelegations.length > 0 || data.redelegations.length > 0) {
    throw sdkErrors.notSupported('unbonding delegations and redelegations in genesis')
  }
  checkValidators(data.validators)
  checkDelegations(data)
  if (data.exported) checkLastPowers(data)
}

function checkValidators(validators: readonly Validator[]): void {
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
    if (
      validator.status < BondStatus.BOND_STATUS_UNBONDED ||
      validator.status > BondStatus.BOND_STATUS_BONDED
    ) {
      throw stakingErrors.genesis(`${name}: status ${validator.status}`)
    }
    if (validator.jailed && isBonded(validator))
      throw stakingErrors.jailed(`${name} is bonded in genesis`)
    checkCommission(validator)
  }
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

/** An exported genesis lists exactly the bonded validators with the powers of their tokens. */
function checkLastPowers(data: GenesisState): void {
  const bonded = new Map(
    data.validators.filter(isBonded).map((v) => [v.operatorAddress, powerOf(BigInt(v.tokens))]),
  )
  for (const { address, power } of data.lastValidatorPowers) {
    if (bonded.get(address) !== power)
      throw stakingErrors.genesis(`last power ${power} of ${address}`)
    bonded.delete(address)
  }
  for (const [address] of bonded)
    throw stakingErrors.genesis(`${address} is bonded and has no last power`)
}
