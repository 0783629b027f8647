import {
  QueryClient,
  setupAuthExtension,
  setupAuthzExtension,
  setupBankExtension,
  setupDistributionExtension,
  setupFeegrantExtension,
  setupGovExtension,
  setupMintExtension,
  setupSlashingExtension,
  setupStakingExtension,
  setupTxExtension,
} from '@cosmjs/stargate'
import { Comet38Client } from '@cosmjs/tendermint-rpc'
import type { NodeProcess } from '../../../launch.ts'
import { operatorAccounts } from '../../../network.ts'
import { type LocalNetwork, startLocal } from '../../local-network.ts'
import { shortPeriods } from './short-genesis.ts'
import { User } from './users.ts'

/** All of CosmJS's extensions for what this chain has. */
type Queries = QueryClient &
  ReturnType<typeof setupAuthExtension> &
  ReturnType<typeof setupAuthzExtension> &
  ReturnType<typeof setupBankExtension> &
  ReturnType<typeof setupDistributionExtension> &
  ReturnType<typeof setupFeegrantExtension> &
  ReturnType<typeof setupGovExtension> &
  ReturnType<typeof setupMintExtension> &
  ReturnType<typeof setupSlashingExtension> &
  ReturnType<typeof setupStakingExtension> &
  ReturnType<typeof setupTxExtension>

const queriesOf = (comet: Comet38Client): Queries =>
  QueryClient.withExtensions(
    comet,
    setupAuthExtension,
    setupAuthzExtension,
    setupBankExtension,
    setupDistributionExtension,
    setupFeegrantExtension,
    setupGovExtension,
    setupMintExtension,
    setupSlashingExtension,
    setupStakingExtension,
    setupTxExtension,
  )

/** A network of two validators with short periods, and two users who do everything in their own sign mode. */
export class Stage {
  readonly local: LocalNetwork
  readonly comet: Comet38Client
  readonly query: Queries
  readonly alice: User
  readonly direct: User
  readonly amino: User
  /** Operators of the two validators whose processes run. */
  readonly operators: readonly User[]
  readonly rpcUrl: string
  readonly restUrl: string

  private constructor(
    local: LocalNetwork,
    comet: Comet38Client,
    users: Pick<Stage, 'alice' | 'direct' | 'amino' | 'operators'>,
  ) {
    this.local = local
    this.comet = comet
    this.query = queriesOf(comet)
    this.alice = users.alice
    this.direct = users.direct
    this.amino = users.amino
    this.operators = users.operators
    const { rpcUrl, restUrl } = local.launcher.nodes[0] as NodeProcess
    this.rpcUrl = rpcUrl
    this.restUrl = restUrl
  }

  static async start(chainId: string): Promise<Stage> {
    const local = await startLocal({
      chainId,
      validators: 2,
      timeoutCommit: '100ms',
      genesis: shortPeriods,
    })
    const { rpcUrl } = local.launcher.nodes[0] as NodeProcess
    const named = (name: string): Uint8Array => {
      const account = local.network.accounts.find((one) => one.name === name)
      if (account === undefined) throw new Error(`no account of ${name}`)
      return account.privkey
    }
    return new Stage(local, await Comet38Client.connect(rpcUrl), {
      alice: await User.connect(rpcUrl, 'direct', 'alice', named('alice')),
      direct: await User.connect(rpcUrl, 'direct', 'direct'),
      amino: await User.connect(rpcUrl, 'amino', 'amino'),
      operators: await Promise.all(
        operatorAccounts(local.network).map(({ name }, i) =>
          User.connect(rpcUrl, i === 0 ? 'direct' : 'amino', name, named(name)),
        ),
      ),
    })
  }

  /** Does something as both users at once; each sees the other. */
  async both<T>(act: (user: User, other: User) => Promise<T>): Promise<[T, T]> {
    return await Promise.all([act(this.direct, this.amino), act(this.amino, this.direct)])
  }

  /** A validator whose process runs: the first or the second. */
  valoper(index: 0 | 1): string {
    return (this.operators[index] as User).valoper
  }

  /** The JSON of a REST path and its status. */
  async rest(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`${this.restUrl}${path}`)
    return { status: response.status, body: await response.json() }
  }

  /** Asks until the answer is as wanted; throws with the last one when that takes longer than `seconds`. */
  async until<T>(
    what: string,
    ask: () => Promise<T>,
    wanted: (answer: T) => boolean,
    seconds = 60,
  ): Promise<T> {
    for (const end = Date.now() + seconds * 1000; ; ) {
      const answer = await ask()
      if (wanted(answer)) return answer
      if (Date.now() > end) {
        const seen = JSON.stringify(answer, (_, value: unknown) =>
          typeof value === 'bigint' ? value.toString() : value,
        )
        throw new Error(`${what} did not come about: ${seen}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  async stop(): Promise<void> {
    for (const user of [this.alice, this.direct, this.amino, ...this.operators])
      user.client.disconnect()
    this.comet.disconnect()
    await this.local.stop()
  }
}
