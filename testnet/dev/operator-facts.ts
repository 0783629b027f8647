import { field, type RpcClient } from '../../cli/gateway/rpc-client.ts'
import type { DecCoin } from '../../proto/gen/cosmos/base/v1beta1/coin.ts'
import {
  QueryValidatorCommissionRequest,
  QueryValidatorCommissionResponse,
  QueryValidatorOutstandingRewardsRequest,
  QueryValidatorOutstandingRewardsResponse,
  QueryValidatorSlashesRequest,
  QueryValidatorSlashesResponse,
} from '../../proto/gen/cosmos/distribution/v1beta1/query.ts'
import {
  QueryValidatorRequest,
  QueryValidatorResponse,
} from '../../proto/gen/cosmos/staking/v1beta1/query.ts'
import {
  QueryChallengesRequest,
  QueryChallengesResponse,
  QueryVerifiedCapacityRequest,
  QueryVerifiedCapacityResponse,
} from '../../proto/gen/strom/operator/v1/query.ts'
import type { Challenge } from '../../proto/gen/strom/operator/v1/state.ts'
import { ChallengeStatus } from '../../proto/gen/strom/operator/v1/state.ts'
import { operatorAccounts } from '../network.ts'
import { floorDiv } from '../town/decimal.ts'
import { queryAt } from './chain-facts.ts'
import { validatorAddress } from './operators.ts'
import type { Session } from './session.ts'

/** A validator with storage as a statement shows it. */
export interface OperatorFacts {
  readonly validator: string
  readonly moniker: string
  readonly battery: string
  /** Whole ustrom not withdrawn yet, delegators' and commission together, and the commission's part. */
  readonly rewards: bigint
  readonly commission: bigint
  readonly slashes: number
  /** Times it fell silent, times it was jailed, and how it stands. */
  readonly silent: number
  readonly jailed: number
  readonly jailedNow: boolean
  readonly met: number
  readonly missed: number
  readonly void: number
  readonly open: number
  readonly verifiedWh: bigint
  readonly challenges: readonly Challenge[]
}

/** Blocks asked for at once. */
const AT_ONCE = 8
const DEC = 10n ** 18n

/** What the chain says of each validator with storage at `height`; of a network without any, nothing. */
export async function operatorFacts(
  rpc: RpcClient,
  session: Pick<Session, 'storage' | 'network'>,
  height: bigint,
): Promise<OperatorFacts[]> {
  if (session.storage.length === 0) return []
  const events = await storageEvents(rpc, height)
  const accounts = operatorAccounts(session.network)
  const facts: OperatorFacts[] = []
  for (const [i, storage] of session.storage.entries()) {
    const validator = validatorAddress(accounts[i]?.address ?? '')
    const count = (type: string): number =>
      events.filter((one) => one.type === type && one.validator === validator).length
    const answers = await factsOf(rpc, validator, height)
    const { challenges } = answers
    const ended = (status: ChallengeStatus): number =>
      challenges.filter((one) => one.status === status).length
    facts.push({
      validator,
      moniker: answers.moniker,
      battery: storage.battery.id,
      rewards: whole(answers.rewards),
      commission: whole(answers.commission),
      slashes: answers.slashes,
      silent: count('silent'),
      jailed: count('exit_executed'),
      jailedNow: answers.jailed,
      met: ended(ChallengeStatus.CHALLENGE_STATUS_MET),
      missed: ended(ChallengeStatus.CHALLENGE_STATUS_MISSED),
      void: ended(ChallengeStatus.CHALLENGE_STATUS_VOID),
      open: ended(ChallengeStatus.CHALLENGE_STATUS_OPEN),
      verifiedWh: answers.verifiedWh,
      challenges,
    })
  }
  return facts
}

async function factsOf(rpc: RpcClient, validator: string, height: bigint) {
  const pagination = {
    key: new Uint8Array(),
    offset: 0n,
    limit: 1_000n,
    countTotal: false,
    reverse: false,
  }
  const rewards = await queryAt(
    rpc,
    '/cosmos.distribution.v1beta1.Query/ValidatorOutstandingRewards',
    QueryValidatorOutstandingRewardsRequest,
    { validatorAddress: validator },
    QueryValidatorOutstandingRewardsResponse,
    height,
  )
  const commission = await queryAt(
    rpc,
    '/cosmos.distribution.v1beta1.Query/ValidatorCommission',
    QueryValidatorCommissionRequest,
    { validatorAddress: validator },
    QueryValidatorCommissionResponse,
    height,
  )
  const slashes = await queryAt(
    rpc,
    '/cosmos.distribution.v1beta1.Query/ValidatorSlashes',
    QueryValidatorSlashesRequest,
    { validatorAddress: validator, startingHeight: 1n, endingHeight: height, pagination },
    QueryValidatorSlashesResponse,
    height,
  )
  const staked = await queryAt(
    rpc,
    '/cosmos.staking.v1beta1.Query/Validator',
    QueryValidatorRequest,
    { validatorAddr: validator },
    QueryValidatorResponse,
    height,
  )
  const { challenges } = await queryAt(
    rpc,
    '/strom.operator.v1.Query/Challenges',
    QueryChallengesRequest,
    { validatorAddress: validator, pagination },
    QueryChallengesResponse,
    height,
  )
  const capacity = await queryAt(
    rpc,
    '/strom.operator.v1.Query/VerifiedCapacity',
    QueryVerifiedCapacityRequest,
    { validatorAddress: validator },
    QueryVerifiedCapacityResponse,
    height,
  )
  return {
    rewards: rewards.rewards.rewards,
    commission: commission.commission.commission,
    slashes: slashes.slashes.length,
    moniker: staked.validator.description.moniker,
    jailed: staked.validator.jailed,
    challenges,
    verifiedWh: capacity.verifiedWh,
  }
}

/** Events of storage in the blocks up to `height` that name a validator. */
async function storageEvents(
  rpc: RpcClient,
  height: bigint,
): Promise<{ type: string; validator: string }[]> {
  const found: { type: string; validator: string }[] = []
  for (let from = 1n; from <= height; from += BigInt(AT_ONCE)) {
    const heights = Array.from({ length: AT_ONCE }, (_, i) => from + BigInt(i))
    const answers = await Promise.all(
      heights
        .filter((one) => one <= height)
        .map((one) => rpc.call('block_results', { height: one.toString() })),
    )
    for (const answer of answers) {
      for (const event of list(field(answer, 'finalize_block_events'))) {
        const type = String(field(event, 'type'))
        if (type !== 'silent' && type !== 'exit_executed') continue
        const named = list(field(event, 'attributes')).find(
          (one) => field(one, 'key') === 'validator',
        )
        found.push({ type, validator: String(field(named, 'value')) })
      }
    }
  }
  return found
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function whole(coins: readonly DecCoin[]): bigint {
  const own = coins.find(({ denom }) => denom === 'ustrom')
  return own === undefined ? 0n : floorDiv(BigInt(own.amount), DEC)
}
