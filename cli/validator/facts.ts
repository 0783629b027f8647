import { decRaw, formatDec } from '../../modules/kit/dec.ts'
import { parseTime } from '../../node/chain/time.ts'
import type { DecCoin } from '../../proto/gen/cosmos/base/v1beta1/coin.ts'
import {
  QueryDelegationRewardsRequest,
  QueryDelegationRewardsResponse,
  QueryValidatorCommissionRequest,
  QueryValidatorCommissionResponse,
  QueryValidatorOutstandingRewardsRequest,
  QueryValidatorOutstandingRewardsResponse,
} from '../../proto/gen/cosmos/distribution/v1beta1/query.ts'
import {
  QuerySigningInfoRequest,
  QuerySigningInfoResponse,
  QueryParamsRequest as SlashingParamsRequest,
  QueryParamsResponse as SlashingParamsResponse,
} from '../../proto/gen/cosmos/slashing/v1beta1/query.ts'
import type {
  Params as SlashingParams,
  ValidatorSigningInfo,
} from '../../proto/gen/cosmos/slashing/v1beta1/slashing.ts'
import type { Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import {
  type PowerRow,
  QueryChallengesRequest,
  QueryChallengesResponse,
  QueryEffectivePowerRequest,
  QueryEffectivePowerResponse,
  QueryExitsRequest,
  QueryExitsResponse,
  QueryOperatorRequest,
  QueryOperatorResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryPeriodRequest,
  QueryPeriodResponse,
  QueryPresenceRequest,
  QueryPresenceResponse,
  QuerySecretsRequest,
  QuerySecretsResponse,
  QueryVerifiedCapacityRequest,
  QueryVerifiedCapacityResponse,
} from '../../proto/gen/strom/operator/v1/query.ts'
import type {
  Challenge,
  Operator,
  Params,
  Secret,
} from '../../proto/gen/strom/operator/v1/state.ts'
import type { NodeClient } from '../client.ts'
import { CliError, EXIT } from '../errors.ts'
import { accountOfValidator, allValidators, consensusAddressOf } from '../query/validators.ts'

const OPERATOR = '/strom.operator.v1.Query'
const REWARDS = '/cosmos.distribution.v1beta1.Query'
const PAGE = 1_000n

/** What the chain says of the storage behind a validator. */
export interface StorageFacts {
  readonly operator: Operator
  readonly presence: QueryPresenceResponse
  readonly capacity: QueryVerifiedCapacityResponse
  /** In order of period. */
  readonly challenges: readonly Challenge[]
  /** Its part in the beacon of the coming period; undefined before it commits. */
  readonly secret: Secret | undefined
}

/** What everybody's storage is measured by. */
export interface StorageRules {
  readonly params: Params
  readonly period: QueryPeriodResponse
  readonly power: { readonly rows: readonly PowerRow[]; readonly total: bigint }
  readonly exits: QueryExitsResponse
}

/** What waits to be taken out. */
export interface RewardFacts {
  readonly outstanding: readonly DecCoin[]
  readonly commission: readonly DecCoin[]
  /** Of the operator's own stake. */
  readonly own: readonly DecCoin[]
}

/** Everything the chain says of one validator. */
export interface ValidatorFacts {
  readonly chainId: string
  readonly height: bigint
  /** Unix seconds of the newest block. */
  readonly now: bigint
  readonly validator: Validator
  readonly slashing: SlashingParams
  /** Undefined before it ever was in the set. */
  readonly signing: ValidatorSigningInfo | undefined
  readonly rules: StorageRules
  /** Undefined while no storage is registered. */
  readonly storage: StorageFacts | undefined
  readonly rewards: RewardFacts
}

/** Asks the chain about a validator, all at one height. Throws exit 9 when there is none of that address. */
export async function factsOf(client: NodeClient, address: string): Promise<ValidatorFacts> {
  const status = await client.status()
  const { height } = status
  const validator = (await allValidators(client, height)).find(
    (one) => one.operatorAddress === address,
  )
  if (validator === undefined)
    throw new CliError(EXIT.notFound, 'no_validator', `${address} is no validator yet`, {
      hint: 'make it one: strom validator create --from NAME',
    })
  const [rules, storage, rewards, slashing, signing] = await Promise.all([
    rulesOf(client, height),
    storageOf(client, height, address),
    rewardsOf(client, height, address),
    slashingOf(client, height),
    signingOf(client, height, validator),
  ])
  const now = parseTime(status.time).seconds
  const { chainId } = status
  return { chainId, height, now, validator, slashing, signing, rules, storage, rewards }
}

/** The rules of storage as they are now. */
export async function rulesOf(client: NodeClient, height: bigint): Promise<StorageRules> {
  const [{ params }, period, power, exits] = await Promise.all([
    client.query(`${OPERATOR}/Params`, QueryParamsRequest, QueryParamsResponse, {}, height),
    client.query(`${OPERATOR}/Period`, QueryPeriodRequest, QueryPeriodResponse, {}, height),
    client.query(
      `${OPERATOR}/EffectivePower`,
      QueryEffectivePowerRequest,
      QueryEffectivePowerResponse,
      { pagination: firstPage() },
      height,
    ),
    client.query(`${OPERATOR}/Exits`, QueryExitsRequest, QueryExitsResponse, {}, height),
  ])
  return { params, period, power: { rows: power.rows, total: power.totalPower }, exits }
}

/** What stands behind a validator; undefined while nothing does. */
export async function storageOf(
  client: NodeClient,
  height: bigint,
  validatorAddress: string,
): Promise<StorageFacts | undefined> {
  const request = { validatorAddress }
  const found = await orNothing(
    client.query(
      `${OPERATOR}/Operator`,
      QueryOperatorRequest,
      QueryOperatorResponse,
      request,
      height,
    ),
  )
  if (found === undefined) return undefined
  const [presence, capacity, challenges, secret] = await Promise.all([
    client.query(
      `${OPERATOR}/Presence`,
      QueryPresenceRequest,
      QueryPresenceResponse,
      request,
      height,
    ),
    client.query(
      `${OPERATOR}/VerifiedCapacity`,
      QueryVerifiedCapacityRequest,
      QueryVerifiedCapacityResponse,
      request,
      height,
    ),
    client.query(
      `${OPERATOR}/Challenges`,
      QueryChallengesRequest,
      QueryChallengesResponse,
      { validatorAddress, pagination: firstPage() },
      height,
    ),
    secretOf(client, height, validatorAddress),
  ])
  const { operator } = found
  return { operator, presence, capacity, challenges: challenges.challenges, secret }
}

async function secretOf(
  client: NodeClient,
  height: bigint,
  validator: string,
): Promise<Secret | undefined> {
  const at = await client.query(
    `${OPERATOR}/Period`,
    QueryPeriodRequest,
    QueryPeriodResponse,
    {},
    height,
  )
  const request = { period: at.nextPeriod }
  const path = `${OPERATOR}/Secrets`
  const { secrets } = await client.query(
    path,
    QuerySecretsRequest,
    QuerySecretsResponse,
    request,
    height,
  )
  return secrets.find((one) => one.validatorAddress === validator)
}

async function rewardsOf(
  client: NodeClient,
  height: bigint,
  validatorAddress: string,
): Promise<RewardFacts> {
  const request = { validatorAddress }
  const [outstanding, commission, own] = await Promise.all([
    client.query(
      `${REWARDS}/ValidatorOutstandingRewards`,
      QueryValidatorOutstandingRewardsRequest,
      QueryValidatorOutstandingRewardsResponse,
      request,
      height,
    ),
    client.query(
      `${REWARDS}/ValidatorCommission`,
      QueryValidatorCommissionRequest,
      QueryValidatorCommissionResponse,
      request,
      height,
    ),
    // An operator that unbonded all of its own stake has no delegation to be rewarded.
    ownRewards(client, height, validatorAddress),
  ])
  return {
    outstanding: decimals(outstanding.rewards?.rewards ?? []),
    commission: decimals(commission.commission?.commission ?? []),
    own: decimals(own),
  }
}

/** Amounts as text with their fraction, as JSON has them; on the wire they are counts of 10^-18. */
function decimals(coins: readonly DecCoin[]): DecCoin[] {
  return coins.map(({ denom, amount }) => ({ denom, amount: formatDec(decRaw(BigInt(amount))) }))
}

async function ownRewards(
  client: NodeClient,
  height: bigint,
  validatorAddress: string,
): Promise<readonly DecCoin[]> {
  const request = { validatorAddress, delegatorAddress: accountOfValidator(validatorAddress) }
  const path = `${REWARDS}/DelegationRewards`
  try {
    const answer = await client.query(
      path,
      QueryDelegationRewardsRequest,
      QueryDelegationRewardsResponse,
      request,
      height,
    )
    return answer.rewards
  } catch (error) {
    if (error instanceof CliError && /no delegation|not found/.test(error.message)) return []
    throw error
  }
}

async function slashingOf(client: NodeClient, height: bigint): Promise<SlashingParams> {
  const path = '/cosmos.slashing.v1beta1.Query/Params'
  const answer = await client.query(path, SlashingParamsRequest, SlashingParamsResponse, {}, height)
  return answer.params
}

async function signingOf(
  client: NodeClient,
  height: bigint,
  validator: Validator,
): Promise<ValidatorSigningInfo | undefined> {
  const consAddress = consensusAddressOf(validator)
  if (consAddress === undefined) return undefined
  const path = '/cosmos.slashing.v1beta1.Query/SigningInfo'
  const request = { consAddress }
  const answer = await orNothing(
    client.query(path, QuerySigningInfoRequest, QuerySigningInfoResponse, request, height),
  )
  return answer?.valSigningInfo
}

/** An answer; undefined for what is not there. */
export async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.notFound) return undefined
    throw error
  }
}

function firstPage() {
  return { key: new Uint8Array(0), offset: 0n, limit: PAGE, countTotal: false, reverse: false }
}
