import {
  QuerySummaryRequest as CertificateSummaryRequest,
  QuerySummaryResponse as CertificateSummaryResponse,
} from '../../proto/gen/strom/certificate/v1/query.ts'
import {
  QuerySummaryRequest,
  QuerySummaryResponse,
} from '../../proto/gen/strom/metering/v1/query.ts'
import type { Totals } from '../../proto/gen/strom/metering/v1/state.ts'
import type { InsideChain } from './fleet-chain.ts'
import { type SettleFigures, times, total } from './fleet-figures.ts'
import { FLEET } from './fleet-settings.ts'

/** Metering's default windows: the default params of the chain hold without network. */
const SETTLE_CLOSE_S = 86_400n
const PATIENCE = 1_000_000

/** The totals of metering. */
export async function totalsOf(chain: InsideChain): Promise<Totals> {
  const path = '/strom.metering.v1.Query/Summary'
  const { value } = await chain.query(path, QuerySummaryRequest.encode({}))
  return QuerySummaryResponse.decode(value).totals
}

/** One round of the sweep in empty blocks from the quarter hour `tick` on: milliseconds of each block. */
export async function oneRound(chain: InsideChain, tick: bigint): Promise<number[]> {
  const blocks: number[] = []
  let at = tick
  while (blocks.length < PATIENCE) {
    const { response, executeMs, commitMs } = await chain.block([], at)
    blocks.push(executeMs + commitMs)
    if (response.events.some(({ type }) => type === 'window_finalised')) return blocks
    // The clock stands while a round goes on, so that no second one begins.
    at = chain.time
  }
  throw new Error('a round of the sweep does not end')
}

/** Settles everything that waits: one round with all of it due, then one with nothing. */
export async function settleFleet(chain: InsideChain, reported: number): Promise<SettleFigures> {
  const before = await totalsOf(chain)
  const tick = (chain.time / FLEET.intervalS + 1n) * FLEET.intervalS
  const dueAt = tick + SETTLE_CLOSE_S
  const due = await oneRound(chain, dueAt)
  const after = await totalsOf(chain)
  const idle = await oneRound(chain, dueAt + FLEET.intervalS)
  const judged = Number(before.pending - after.pending)
  if (after.pending !== 0n) throw new Error(`${after.pending} readings still wait`)
  const began = performance.now()
  chain.app.assertInvariants()
  const lawsSeconds = (performance.now() - began) / 1000
  return {
    devices: reported,
    idleBlocks: idle.length,
    idleMs: times(idle),
    judged,
    dueBlocks: due.length,
    dueMs: times(due),
    judgedPerSecond: (judged * 1000) / total(due),
    judgedPerBlock: judged / due.length,
    lawsSeconds,
    certifiedWh: await certifiedWh(chain),
  }
}

async function certifiedWh(chain: InsideChain): Promise<number> {
  const path = '/strom.certificate.v1.Query/Summary'
  const { value } = await chain.query(path, CertificateSummaryRequest.encode({}))
  return Number(CertificateSummaryResponse.decode(value).totals.issuedWh)
}
