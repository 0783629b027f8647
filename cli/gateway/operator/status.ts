import { type Challenge, ChallengeStatus } from '../../../proto/gen/strom/operator/v1/state.ts'
import type { ChainClient } from '../chain-client.ts'
import { GatewayError } from '../errors.ts'
import { type IntendedReading, SigningBook } from '../signing-book.ts'
import { nowSeconds } from '../sources/clock.ts'
import type { OperatorConfig } from './config.ts'
import { standingOf } from './obstacles.ts'
import { OperatorChain } from './operator-chain.ts'
import { startOf, TICK_S } from './plan.ts'
import { askedText, durationText, resultText, utc } from './words.ts'

/** What `strom gateway status` shows of an operator's duties, in words. */
export interface OperatorStatus {
  readonly validator: string
  readonly battery: string
  readonly meter: string
  /** The newest reading of the meter that names a block. */
  readonly anchored: string
  /** What the chain counted of it. */
  readonly presence: string
  /** Where the secret for the coming period stands. */
  readonly secret: string
  /** The challenge under way or the next one. */
  readonly next: string
  readonly last: string
  /** What keeps the duties from being done. */
  readonly problems: readonly string[]
}

/** Asks files and chain; what the chain does not answer is said in `problems`. */
export async function operatorStatus(
  config: OperatorConfig,
  chain: ChainClient,
  files: { readonly signingBook: string; readonly chainId: string; readonly address: string },
): Promise<OperatorStatus> {
  const { validator, battery, meter } = config
  const anchored = await anchoredText(files.signingBook, files.chainId, meter)
  const common = { validator, battery, meter, anchored }
  try {
    const asked = new OperatorChain(chain, validator)
    const standing = await standingOf(asked, config, files.address)
    const challenges = await asked.challenges()
    return {
      ...common,
      presence: await presenceText(asked),
      secret: await secretText(asked),
      next: nextText(challenges, nowSeconds()),
      last: lastText(challenges),
      problems: [
        ...standing.obstacles,
        ...(config.insecureSeed === undefined
          ? []
          : ['INSECURE SEED in gateway.toml: for simulations only']),
      ],
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const unknown = 'unknown'
    return {
      ...common,
      presence: unknown,
      secret: unknown,
      next: unknown,
      last: unknown,
      problems: [why],
    }
  }
}

async function anchoredText(file: string, chainId: string, meter: string): Promise<string> {
  let reading: IntendedReading | undefined
  try {
    reading = (await SigningBook.open(file, chainId)).get(meter)?.reading
  } catch (error) {
    if (error instanceof GatewayError) return `unknown: ${error.message}`
    throw error
  }
  if (reading === undefined) return 'none yet'
  const { time, anchor } = reading
  if (anchor === undefined) return `none: the reading of ${utc(time)} names no block`
  return `${utc(time)}, block ${anchor.height} ${anchor.hash.slice(0, 16)}…`
}

async function presenceText(chain: OperatorChain): Promise<string> {
  const found = await chain.presence()
  if (found === undefined) return 'the validator has no storage'
  const { lastPresent, silentTicks, maxSilentTicks, epochPresent, epochCounted } = found
  const waits = found.queued ? '; it waits to leave the set' : ''
  return `last present in the quarter hour from ${utc(lastPresent * TICK_S)}, ${silentTicks} of at most ${maxSilentTicks} ticks silent, ${epochPresent} of ${epochCounted} in this epoch${waits}`
}

async function secretText(chain: OperatorChain): Promise<string> {
  const { nextPeriod, committing } = await chain.period()
  const own = await chain.secret(nextPeriod)
  const half = committing ? 'commitments are taken now' : 'secrets are revealed now'
  const state =
    own === undefined ? 'not committed' : own.secret.length > 0 ? 'revealed' : 'committed'
  return `${state} for period ${nextPeriod} (${half})`
}

function nextText(challenges: readonly Challenge[], now: bigint): string {
  const next = challenges.find((one) => one.status === ChallengeStatus.CHALLENGE_STATUS_OPEN)
  if (next === undefined) return 'none'
  const wait = startOf(next) - now
  return `period ${next.period}: ${askedText(next)}${wait > 0n ? `, in ${durationText(wait)}` : ''}`
}

function lastText(challenges: readonly Challenge[]): string {
  const last = challenges.findLast((one) => one.status !== ChallengeStatus.CHALLENGE_STATUS_OPEN)
  return last === undefined ? 'none' : resultText(last)
}
