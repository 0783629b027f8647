import { heightOf, type NodeProcess } from '../launch.ts'
import type { SeededRandom } from './random.ts'
import { signsAgain } from './signs-again.ts'
import type { TownNetwork } from './town-network.ts'

/** One kill -9 and what came of it. */
export interface Kill {
  readonly validator: string
  /** The chain's height when the process was gone. */
  readonly height: bigint
  /** Height of the first commit with its precommit again. */
  readonly signedAt: bigint
  /** From the kill to that commit, ms; it holds the pause before the restart. */
  readonly downMs: number
  /** From the restart to that commit, ms. */
  readonly backMs: number
}

/** A validator must sign again within this time after its restart, on a machine that is not overloaded. */
export const LIMIT_MS = 20_000

/**
 * Kills a random validator at a random moment, starts it again and waits until it signs. Throws when it does not within
 * `limitMs`.
 */
export async function killOne(
  town: TownNetwork,
  random: SeededRandom,
  limitMs = LIMIT_MS,
): Promise<Kill> {
  const { launcher } = town.session
  await pause(random.between(50, 1_500))
  const victim = random.below(launcher.nodes.length)
  const validator = town.validators[victim]
  const witness = launcher.nodes[(victim + 1) % launcher.nodes.length] as NodeProcess
  if (validator === undefined) throw new Error(`there is no validator ${victim}`)
  const killed = performance.now()
  await launcher.kill(victim)
  const height = await heightOf(witness)
  await pause(random.between(0, 800))
  const restarted = performance.now()
  launcher.start(victim)
  const address = Buffer.from(validator.address).toString('hex').toUpperCase()
  // The height under way may hold a precommit from before the kill: only later ones count.
  const alive = (): boolean => launcher.running(victim)
  const signedAt = await signsAgain(witness, address, height + 1n, limitMs, alive)
  const now = performance.now()
  if (signedAt === undefined) {
    throw new Error(
      `${validator.name}, killed at height ${height}, ` +
        `${alive() ? `does not sign again within ${limitMs} ms` : 'does not start again'}; its log ends:\n` +
        launcher.logTail(victim, 15),
    )
  }
  return {
    validator: validator.name,
    height,
    signedAt,
    downMs: Math.round(now - killed),
    backMs: Math.round(now - restarted),
  }
}

/** A line for people. */
export function describeKill(kill: Kill, number: number): string {
  return (
    `${String(number).padStart(3)}  ${kill.validator} killed at height ${kill.height}, signs again at ` +
    `${kill.signedAt}: ${kill.backMs} ms after its restart, ${kill.downMs} ms after the kill`
  )
}

/** p50, p95 and largest of some milliseconds. */
export function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${sorted[sorted.length - 1] ?? 0} ms`
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
