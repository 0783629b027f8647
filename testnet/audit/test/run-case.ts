import { audit } from '../audit.ts'
import type { AppState } from '../chain/genesis.ts'
import { auditSays, chainSays, differences as saidDifferently } from '../chain/saying.ts'
import { ATTACKS } from './attacks.ts'
import { worldOf } from './case-world.ts'
import { blocksOf, delay, logOf, type PlannedBlock } from './delivery.ts'
import { chainOf } from './module-chain.ts'
import { Random } from './random.ts'
import type { World } from './world.ts'

/** What one case ended in. */
export interface CaseResult {
  readonly readings: number
  readonly records: number
  /** Where chain and audit differ; empty when they agree. */
  readonly differences: readonly string[]
}

/** Attacks that any device may be part of. */
const ANYBODY = ATTACKS.filter(({ victim }) => victim === undefined)

/**
 * Case `number` of an attack class, everything following from the two numbers. Beyond the last class a second device takes
 * part in another attack.
 */
export function planOf(attack: number, number: number): { world: World; blocks: PlannedBlock[] } {
  const random = new Random(attack * 1_000_003 + number)
  const two = attack >= ATTACKS.length
  const first = ATTACKS[two ? number % ATTACKS.length : attack]
  const world = worldOf(random, first, two ? random.pick(ANYBODY) : undefined)
  delay(random, world.mails, random.pick([0, 0, 5, 20]))
  return { world, blocks: blocksOf(random, world) }
}

/** Runs one case through the chain's modules and through the audit. */
export function runCase(attack: number, number: number): CaseResult {
  const { world, blocks } = planOf(attack, number)
  const entries = [
    ...[...world.revoked].map(
      ([gateway, height]) => ({ type: 'revoke', gateway, height }) as const,
    ),
    ...logOf(blocks),
  ]
  const expected = audit(world.sheets, entries)
  const restartAt = number % 3 === 0 ? BigInt(2 + (number % blocks.length)) : undefined
  const { state, answers } = runBlocks(world, blocks, restartAt)
  const differences: string[] = []
  for (const [i, answer] of expected.answers.entries()) {
    const said = answers[i]
    if (said === answerLine(answer)) continue
    differences.push(
      `reading ${i} of ${answer.device}: audit "${answerLine(answer)}", chain "${said}"`,
    )
  }
  differences.push(...saidDifferently(auditSays(expected), chainSays(state)))
  differences.push(...lawBroken(world, expected))
  return {
    readings: answers.length,
    records: expected.devices.reduce((sum, { records }) => sum + records.length, 0),
    differences,
  }
}

/** Runs planned blocks; the state of `restartAt` is exported and imported before the chain goes on. */
export function runBlocks(
  world: World,
  blocks: readonly PlannedBlock[],
  restartAt?: bigint,
): { state: AppState; answers: string[] } {
  const chain = chainOf(world)
  const answers: string[] = []
  for (const { height, time, exchanges, batches } of blocks) {
    if (height === restartAt) chain.restart()
    chain.begin(height, time)
    for (const { device, openingSeq } of exchanges) chain.exchange(device, openingSeq)
    for (const { gateway, mails } of batches)
      answers.push(...chain.submit(gateway, mails).map(answerLine))
    chain.end()
  }
  return { state: chain.exported(), answers }
}

function answerLine(one: {
  readonly accepted: boolean
  readonly duplicate: boolean
  readonly reason: string
}): string {
  if (one.duplicate) return `duplicate ${one.reason}`
  return one.accepted ? 'accepted' : one.reason
}

/** No record holds more than plate, interval and tolerance allow, and no two of one device and kind overlap. */
function lawBroken({ sheets }: World, expected: ReturnType<typeof audit>): string[] {
  const broken: string[] = []
  for (const { device, records } of expected.devices) {
    const sheet = sheets.devices.find(({ id }) => id === device)
    if (sheet === undefined) throw new Error(`no sheet of ${device}`)
    const { marginPpm } = sheets.rules
    for (const [i, one] of records.entries()) {
      const most =
        (sheet.nameplateW * (one.end - one.start) * (1_000_000n + marginPpm) + 3_599_999_999n) /
        3_600_000_000n
      if (one.wh > most) broken.push(`${device}: ${one.wh} Wh in ${one.start}..${one.end}`)
      for (const other of records.slice(i + 1))
        if (other.kind === one.kind && other.start < one.end && one.start < other.end)
          broken.push(`${device}: ${one.start} and ${other.start} overlap`)
    }
  }
  return broken
}
