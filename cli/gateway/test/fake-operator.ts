import { createHash } from 'node:crypto'
import {
  QueryDeviceRequest,
  QueryDeviceResponse,
  QueryOperatorsResponse,
} from '../../../proto/gen/strom/device/v1/query.ts'
import {
  Device,
  Kind,
  OperatorGrant,
  TrustClass,
} from '../../../proto/gen/strom/device/v1/state.ts'
import {
  QueryChallengesRequest,
  QueryChallengesResponse,
  QueryOperatorResponse,
  QueryPeriodResponse,
  QueryPresenceResponse,
  QuerySecretsRequest,
  QuerySecretsResponse,
} from '../../../proto/gen/strom/operator/v1/query.ts'
import {
  Challenge,
  ChallengeStatus,
  Operator,
  type Secret,
} from '../../../proto/gen/strom/operator/v1/state.ts'
import { MsgCommitSecret, MsgRevealSecret } from '../../../proto/gen/strom/operator/v1/tx.ts'

export const VALIDATOR = 'stromvaloper1qyqszqgpqyqszqgpqyqszqgpqyqszqgp52afw4'

/** The storage behind one validator as a chain of the tests keeps it: windows, commitments and challenges. */
export class FakeOperator {
  readonly validator: string
  /** Ticks of a period; even. */
  readonly periodTicks = 4n
  readonly secrets = new Map<bigint, Secret>()
  /** Messages taken, such as `commit 7`, and why others were refused. */
  readonly taken: string[] = []
  readonly refused: string[] = []
  readonly challenges: Challenge[] = []
  operator: Operator | undefined
  readonly battery = Device.create({
    id: 'bess',
    kind: Kind.KIND_BESS,
    owner: 'strom1owner',
    trustClass: TrustClass.TRUST_CLASS_B,
    nameplateW: 5_000n,
    storageWh: 10_000n,
    sohPpm: 1_000_000n,
    etaCPpm: 950_000n,
    etaDPpm: 950_000n,
    intervalS: 900,
    simulated: false,
  })
  readonly meter = Device.create({
    ...this.battery,
    id: 'bess-meter',
    kind: Kind.KIND_METER,
    storageWh: 0n,
    sohPpm: 0n,
  })
  /** Accounts that may act for the battery. */
  readonly grants: string[] = []
  readonly #now: () => bigint

  constructor(now: () => bigint, validator = VALIDATOR) {
    this.#now = now
    this.validator = validator
    this.operator = Operator.create({
      validatorAddress: validator,
      battery: 'bess',
      meter: 'bess-meter',
    })
  }

  get period(): bigint {
    return this.#now() / 900n / this.periodTicks
  }

  get committing(): boolean {
    return (this.#now() / 900n) % this.periodTicks < this.periodTicks / 2n
  }

  /** Asks for energy from a tick on. */
  ask(tick: bigint, targetWh: bigint, more: Partial<Challenge> = {}): Challenge {
    const challenge = Challenge.create({
      validatorAddress: this.validator,
      period: this.period,
      battery: 'bess',
      meter: 'bess-meter',
      tick,
      ticks: 1,
      targetWh,
      toleranceWh: 50n,
      status: ChallengeStatus.CHALLENGE_STATUS_OPEN,
      ...more,
    })
    this.challenges.push(challenge)
    return challenge
  }

  /** The answer to a query of these services; undefined for any other path. Throws what the chain has not. */
  query(path: string, data: Uint8Array): Uint8Array | undefined {
    const first = (this.#now() / 900n / this.periodTicks) * this.periodTicks
    switch (path) {
      case '/strom.operator.v1.Query/Operator':
        if (this.operator === undefined) throw new Error('no operator')
        return QueryOperatorResponse.encode({ operator: this.operator })
      case '/strom.operator.v1.Query/Presence':
        return QueryPresenceResponse.encode(
          QueryPresenceResponse.create({ lastPresent: 41n, silentTicks: 2n, maxSilentTicks: 672n }),
        )
      case '/strom.operator.v1.Query/Period':
        return QueryPeriodResponse.encode(
          QueryPeriodResponse.create({
            tick: this.#now() / 900n,
            period: this.period,
            firstTick: first,
            nextPeriod: this.period + 1n,
            revealTick: first + this.periodTicks / 2n,
            endTick: first + this.periodTicks,
            committing: this.committing,
          }),
        )
      case '/strom.operator.v1.Query/Secrets': {
        const own = this.secrets.get(QuerySecretsRequest.decode(data).period)
        return QuerySecretsResponse.encode({ secrets: own === undefined ? [] : [own] })
      }
      case '/strom.operator.v1.Query/Challenges': {
        const { pagination } = QueryChallengesRequest.decode(data)
        const at = Number(Buffer.from(pagination?.key ?? []).toString() || '0')
        const nextKey =
          at + 2 < this.challenges.length ? Buffer.from(String(at + 2)) : new Uint8Array(0)
        return QueryChallengesResponse.encode({
          challenges: this.challenges.slice(at, at + 2),
          pagination: { nextKey, total: 0n },
        })
      }
      case '/strom.device.v1.Query/Device': {
        const { id } = QueryDeviceRequest.decode(data)
        const device = [this.battery, this.meter].find((one) => one.id === id)
        if (device === undefined) throw new Error(`no device ${id}`)
        return QueryDeviceResponse.encode({ device })
      }
      case '/strom.device.v1.Query/Operators':
        return QueryOperatorsResponse.encode({
          operators: this.grants.map((operator) => OperatorGrant.create({ operator })),
        })
      default:
        return undefined
    }
  }

  /** Takes a message of a block; returns why it fails, empty when it does not. */
  deliver({ typeUrl, value }: { typeUrl: string; value: Uint8Array }): string {
    const why =
      typeUrl === MsgCommitSecret.typeUrl
        ? this.#commit(MsgCommitSecret.decode(value))
        : typeUrl === MsgRevealSecret.typeUrl
          ? this.#reveal(MsgRevealSecret.decode(value))
          : ''
    if (why !== '') this.refused.push(why)
    return why
  }

  #commit(message: MsgCommitSecret): string {
    const { period, commitment, validatorAddress } = message
    if (!this.grants.includes(message.sender)) return `${message.sender} may not act`
    if (period !== this.period + 1n || !this.committing) return `commit ${period} too late`
    if (this.secrets.has(period)) return `commit ${period} twice`
    this.secrets.set(period, { validatorAddress, period, commitment, secret: new Uint8Array(0) })
    this.taken.push(`commit ${period}`)
    return ''
  }

  #reveal({ period, secret, validatorAddress }: MsgRevealSecret): string {
    const own = this.secrets.get(period)
    if (own === undefined || period !== this.period + 1n || this.committing)
      return `reveal ${period} out of place`
    if (own.secret.length > 0) return `reveal ${period} twice`
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(period)
    const hash = createHash('sha256').update(secret).update(validatorAddress).update(bytes).digest()
    if (!hash.equals(own.commitment)) return `reveal ${period} does not match`
    this.secrets.set(period, { ...own, secret })
    this.taken.push(`reveal ${period}`)
    return ''
  }
}
