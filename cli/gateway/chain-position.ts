import type { DeviceState } from '../../proto/gen/strom/metering/v1/state.ts'
import type { ChainClient } from './chain-client.ts'
import type { PositionOnChain } from './signing-desk.ts'

const CONTEXT = 'main'

/** Where the chain has each of some devices; those it has no message of stand at 0. */
export async function positionsOnChain(
  chain: ChainClient,
  devices: readonly string[],
): Promise<Map<string, PositionOnChain>> {
  const found = new Map<string, PositionOnChain>(
    devices.map((device) => [device, { seq: 0n, hash: '', last: undefined }]),
  )
  for (const state of (await chain.statesOf(devices)).values())
    if (state.context === CONTEXT) found.set(state.device, await positionOf(chain, state))
  return found
}

/** The highest number that ever arrived counts, even while numbers before it are missing: it is taken for good. */
async function positionOf(chain: ChainClient, state: DeviceState): Promise<PositionOnChain> {
  const seq = state.newestSeq > state.lastSeq ? state.newestSeq : state.lastSeq
  const newest =
    seq > state.lastSeq ? await chain.reading(state.device, CONTEXT, seq) : state.settled
  const identity = seq > state.lastSeq ? newest?.identity : state.lastHash
  if (identity === undefined)
    throw new Error(`the chain names message ${seq} of ${state.device}, but does not show it`)
  if (newest === undefined)
    return { seq, hash: Buffer.from(identity).toString('hex'), last: undefined }
  const { time, importMwh, exportMwh } = newest
  return {
    seq,
    hash: Buffer.from(identity).toString('hex'),
    last: { time, importMwh, exportMwh, status: BigInt(newest.status) },
  }
}
