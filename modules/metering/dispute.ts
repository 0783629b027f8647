import {
  type Challenge,
  ChallengeStatus,
  type StoredReading,
  Verdict,
} from '../../proto/gen/strom/metering/v1/state.ts'
import type { CertificateApi } from '../certificate/api.ts'
import { fromBech32 } from '../kit/address.ts'
import { BASE_DENOM } from '../kit/coin.ts'
import type { BlockContext, WriteContext } from '../kit/context.ts'
import { invariant } from '../kit/errors.ts'
import { DIRECTIONS } from './account.ts'
import { recordKind } from './decide.ts'
import { FLAG } from './flags.ts'
import { closingOver, decideAgain } from './late.ts'
import type { MeteringNeeds } from './needs.ts'
import { reputationLock } from './reputation.ts'
import { isBoundary } from './settle.ts'
import { state } from './state.ts'
import { closeTally, openTally } from './tally.ts'
import { creditedOf, takeBack } from './withdraw.ts'
import { beginWork, endWork, type Work } from './work.ts'

/** Module account that holds the deposits of open disputes. */
export const METERING_ACCOUNT = 'metering'
/** Share of the bond an implausible reading costs, ppm (ENERGY 1.6). */
const IMPLAUSIBLE_PPM = 10_000n
/** Disputes that one block ends because nobody decided them. */
const EXPIRE_PER_BLOCK = 20

/** Locks or frees what was recorded for the interval a reading closed. */
export function lockRecord(
  certificates: CertificateApi,
  ctx: WriteContext,
  kind: number,
  closing: StoredReading,
  until: bigint,
): void {
  for (const direction of DIRECTIONS) {
    const record = recordKind(kind, direction)
    if (record === undefined || creditedOf(closing, direction) === 0n) continue
    certificates.lock(ctx, record, closing.device, closing.intervalStart, until)
  }
}

/**
 * Ends a dispute. Upheld: what the reading was credited is taken back, 1 % of the device's bond goes, a tenth of it and the
 * deposit to the challenger. Rejected: the deposit goes to the owner of the device.
 */
export function resolve(
  needs: MeteringNeeds,
  ctx: WriteContext,
  challenge: Challenge,
  upheld: boolean,
): void {
  const device = needs.device.get(ctx, challenge.device)
  const found = state.states.get(ctx, [challenge.device, challenge.context])
  invariant(device !== undefined && found !== undefined, `metering: challenge ${challenge.id}`)
  const key = [challenge.device, challenge.context, challenge.seq] as const
  const reading = state.readings.get(ctx, key)
  if (reading !== undefined) {
    const params = state.params.must(ctx)
    // The lock of a poor reputation outlives a dispute, or whoever has one would dispute with himself.
    const until = reputationLock(found, params, reading.time)
    lockRecord(needs.certificate, ctx, device.kind, reading, until)
    const tally = openTally(ctx)
    const work = beginWork({ ctx, params, tally, needs }, device, found)
    if (upheld) condemn(work, reading)
    else acquit(work, reading)
    state.readings.set(ctx, key, reading)
    endWork(work)
    closeTally(ctx, tally)
  }
  if (upheld) {
    const slash = { ppm: IMPLAUSIBLE_PPM, reason: 'disputed', reporter: challenge.challenger }
    needs.device.slashDevice(ctx, device.id, slash)
  }
  const to = fromBech32(upheld ? challenge.challenger : device.owner)
  if (challenge.deposit > 0n) {
    const coins = [{ denom: BASE_DENOM, amount: challenge.deposit }]
    needs.bank.sendFromModule(ctx, METERING_ACCOUNT, to, coins)
  }
  const { CHALLENGE_STATUS_UPHELD, CHALLENGE_STATUS_REJECTED } = ChallengeStatus
  const status = upheld ? CHALLENGE_STATUS_UPHELD : CHALLENGE_STATUS_REJECTED
  state.challenges.set(ctx, challenge.id, { ...challenge, status })
  state.deadlines.delete(ctx, [challenge.deadline, challenge.id])
  ctx.emit({
    type: 'challenge_resolved',
    attributes: [
      ['id', challenge.id.toString()],
      ['device', challenge.device],
      ['seq', challenge.seq.toString()],
      ['upheld', upheld ? 'true' : 'false'],
    ],
  })
}

/** What the reading was credited is taken back. */
function condemn(work: Work, reading: StoredReading): void {
  for (const direction of DIRECTIONS) {
    takeBack(work, reading, direction, creditedOf(reading, direction), 'disputed')
  }
  // Corrected, so that no other dispute about the interval decides it anew.
  reading.flags |= FLAG.disputed | FLAG.corrected
}

/** The doubt goes; what was held back for it alone is decided anew. */
function acquit(work: Work, reading: StoredReading): void {
  reading.flags &= ~FLAG.disputed
  if (reading.verdict !== Verdict.VERDICT_ACCEPTED) return
  if (reading.reason === 'disputed') decideAgain(work, reading)
  else if (!isBoundary(work, reading)) acquitWithin(work, reading)
}

/** The same for a reading within an interval: that one was held back for it, unless its end is disputed as well. */
function acquitWithin(work: Work, reading: StoredReading): void {
  const { ctx } = work.batch
  const { device, context } = reading
  state.readings.set(ctx, [device, context, reading.seq], reading)
  const closing = closingOver(work, reading)
  if (closing?.reason !== 'disputed' || (closing.flags & FLAG.corrected) !== 0) return
  for (const [, id] of state.deadlines.keys(ctx)) {
    const open = state.challenges.must(ctx, id)
    if (open.device === device && open.context === context && open.seq === closing.seq) return
  }
  decideAgain(work, closing)
  state.readings.set(ctx, [device, context, closing.seq], closing)
}

/** Rejects disputes whose time is over, a bounded number a block. */
export function expireChallenges(needs: MeteringNeeds, ctx: BlockContext): void {
  const over: bigint[] = []
  for (const [deadline, id] of state.deadlines.keys(ctx)) {
    if (deadline > ctx.time || over.length === EXPIRE_PER_BLOCK) break
    over.push(id)
  }
  for (const id of over) resolve(needs, ctx, state.challenges.must(ctx, id), false)
}
