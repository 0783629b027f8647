import { MsgCommitSecret, MsgRevealSecret } from '../../../proto/gen/strom/operator/v1/tx.ts'
import type { SendOutcome } from '../sender.ts'
import type { Outgoing } from '../tx-builder.ts'
import type { OperatorChain } from './operator-chain.ts'
import { type SecretState, type SecretStep, secretStep } from './plan.ts'

/** Gas of a first attempt; each further one gets as much more. */
const GAS = 200_000n
/** A message in no block after this time is sent again, later ones after twice as long, at most a minute. */
const RESEND_MS = 6_000
const LONGEST_MS = 60_000

/** What the keeper of an operator's secrets works with. */
export interface SecretKeeperOptions {
  readonly chain: OperatorChain
  readonly seed: Uint8Array
  readonly address: string
  readonly send: (message: Outgoing) => Promise<SendOutcome>
  readonly info: (message: string) => void
  readonly warn: (message: string) => void
  readonly resendMs?: number
}

interface Flight {
  readonly key: string
  readonly at: number
  readonly attempts: number
  /** Empty when the node did not take it. */
  readonly hash: string
}

/**
 * Commits to a secret for every coming period and reveals it in time. It remembers nothing that counts: what to do is
 * read from the chain, and the secrets from the seed, so a restart neither commits twice nor forgets to reveal.
 */
export class SecretKeeper {
  readonly #options: SecretKeeperOptions
  /** Half of a period in which nothing is left to do. */
  #through = ''
  #flight: Flight | undefined
  #looks = 0
  #state: SecretState | 'due' | undefined

  constructor(options: SecretKeeperOptions) {
    this.#options = options
  }

  /** Looks at the chain once, after each new block, and sends what is due. */
  async look(): Promise<void> {
    const { chain, seed } = this.#options
    const period = await chain.period()
    const half = `${period.nextPeriod}/${period.committing}`
    if (half === this.#through) return
    const own = await chain.secret(period.nextPeriod)
    const step = secretStep({ seed, validator: chain.validator, period, own })
    if (step.kind === 'nothing') {
      this.#through = half
      this.#flight = undefined
      this.#tell(step.period, step.state)
      return
    }
    this.#state = 'due'
    // What the run before has sent may still wait in a mempool: the first block of this run may bring it.
    this.#looks += 1
    if (this.#looks === 1) return
    if (await this.#isOnItsWay(`${half}/${step.kind}`)) return
    await this.#send(step, `${half}/${step.kind}`)
  }

  async #isOnItsWay(key: string): Promise<boolean> {
    const flight = this.#flight
    if (flight?.key !== key) return false
    if (flight.hash !== '') {
      const tx = await this.#options.chain.chain.tx(flight.hash)
      if (tx !== undefined && tx.code !== 0) {
        this.#options.warn(`the operator's message failed in block ${tx.height}: ${tx.log}`)
        this.#flight = { ...flight, hash: '' }
      }
    }
    const wait = (this.#options.resendMs ?? RESEND_MS) * 2 ** Math.min(flight.attempts - 1, 10)
    return performance.now() - flight.at < Math.min(wait, LONGEST_MS)
  }

  async #send(step: Exclude<SecretStep, { kind: 'nothing' }>, key: string): Promise<void> {
    const { address: sender, chain, send, warn } = this.#options
    const attempts = (this.#flight?.key === key ? this.#flight.attempts : 0) + 1
    const common = { sender, validatorAddress: chain.validator, period: step.period }
    const gas = GAS * BigInt(Math.min(attempts, 8))
    const message: Outgoing =
      step.kind === 'commit'
        ? {
            typeUrl: MsgCommitSecret.typeUrl,
            value: MsgCommitSecret.encode({ ...common, commitment: step.commitment }),
            gas,
          }
        : {
            typeUrl: MsgRevealSecret.typeUrl,
            value: MsgRevealSecret.encode({ ...common, secret: step.secret }),
            gas,
          }
    const outcome = await send(message)
    const hash = outcome.kind === 'sent' ? outcome.tx.hash : ''
    this.#flight = { key, at: performance.now(), attempts, hash }
    if (outcome.kind === 'sent') return
    const what = step.kind === 'commit' ? 'commitment' : 'secret'
    warn(`the ${what} for period ${step.period} was not taken: ${outcome.why}`)
  }

  #tell(period: bigint, state: SecretState): void {
    if (this.#state === state) return
    const before = this.#state
    this.#state = state
    const { info, warn } = this.#options
    if (state === 'committed') info(`committed to a secret for period ${period}`)
    else if (state === 'revealed') info(`revealed the secret for period ${period}`)
    else if (state === 'other_seed') {
      warn(
        `the chain holds a commitment for period ${period} that this seed did not make: another gateway keeps this operator, or the seed file was exchanged; it cannot be revealed here`,
      )
    } else if (before === undefined)
      info(`period ${period} goes without this operator's secret: its first half had passed`)
    else warn(`no commitment for period ${period} reached the chain in time`)
  }
}
