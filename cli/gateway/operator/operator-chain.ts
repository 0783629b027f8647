import {
  QueryDeviceRequest,
  QueryDeviceResponse,
  QueryOperatorsRequest,
  QueryOperatorsResponse,
} from '../../../proto/gen/strom/device/v1/query.ts'
import type { Device, OperatorGrant } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  QueryChallengesRequest,
  QueryChallengesResponse,
  QueryOperatorRequest,
  QueryOperatorResponse,
  QueryPeriodRequest,
  QueryPeriodResponse,
  QueryPresenceRequest,
  QueryPresenceResponse,
  QuerySecretsRequest,
  QuerySecretsResponse,
} from '../../../proto/gen/strom/operator/v1/query.ts'
import type { Challenge, Operator, Secret } from '../../../proto/gen/strom/operator/v1/state.ts'
import type { ChainClient } from '../chain-client.ts'

const SERVICE = '/strom.operator.v1.Query'
const DEVICES = '/strom.device.v1.Query'
const PAGE = 200n

/** What the duties ask the chain about one validator. */
export class OperatorChain {
  readonly chain: ChainClient
  readonly validator: string

  constructor(chain: ChainClient, validator: string) {
    this.chain = chain
    this.validator = validator
  }

  /** Numbers and windows of the present period. */
  period(): Promise<QueryPeriodResponse> {
    return this.chain.query(`${SERVICE}/Period`, QueryPeriodRequest, {}, QueryPeriodResponse)
  }

  /** This validator's part in the beacon of a period, if it has committed to one. */
  async secret(period: bigint): Promise<Secret | undefined> {
    const path = `${SERVICE}/Secrets`
    const { secrets } = await this.chain.query(
      path,
      QuerySecretsRequest,
      { period },
      QuerySecretsResponse,
    )
    return secrets.find((one) => one.validatorAddress === this.validator)
  }

  /** All challenges of this validator that the chain keeps, in order of period. */
  async challenges(): Promise<Challenge[]> {
    const found: Challenge[] = []
    let key = new Uint8Array(0)
    for (;;) {
      const pagination = { key, offset: 0n, limit: PAGE, countTotal: false, reverse: false }
      const answer: QueryChallengesResponse = await this.chain.query(
        `${SERVICE}/Challenges`,
        QueryChallengesRequest,
        { validatorAddress: this.validator, pagination },
        QueryChallengesResponse,
      )
      found.push(...answer.challenges)
      key = Uint8Array.from(answer.pagination?.nextKey ?? [])
      if (key.length === 0) return found
    }
  }

  /** The operator as the chain has it; undefined before MsgRegisterOperator. */
  operator(): Promise<Operator | undefined> {
    const path = `${SERVICE}/Operator`
    const request = { validatorAddress: this.validator }
    return this.chain.found(
      async () =>
        (await this.chain.query(path, QueryOperatorRequest, request, QueryOperatorResponse))
          .operator,
    )
  }

  /** When the meter last spoke and what silence will cost; undefined for one that is no operator. */
  presence(): Promise<QueryPresenceResponse | undefined> {
    const request = { validatorAddress: this.validator }
    return this.chain.found(() =>
      this.chain.query(`${SERVICE}/Presence`, QueryPresenceRequest, request, QueryPresenceResponse),
    )
  }

  /** A registered device. */
  device(id: string): Promise<Device | undefined> {
    return this.chain.found(
      async () =>
        (
          await this.chain.query(
            `${DEVICES}/Device`,
            QueryDeviceRequest,
            { id },
            QueryDeviceResponse,
          )
        ).device,
    )
  }

  /** Grants of a device that have not expired. */
  async grants(device: string): Promise<readonly OperatorGrant[]> {
    const path = `${DEVICES}/Operators`
    const answer = await this.chain.query(
      path,
      QueryOperatorsRequest,
      { device },
      QueryOperatorsResponse,
    )
    return answer.operators
  }
}
