import { deriveDeviceKey } from '../../cli/gateway/device-keys.ts'
import { DeviceSigner, identityOf } from '../../cli/gateway/device-signer.ts'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { STATUS_MEASURED } from '../town/town.ts'
import type { InsideChain } from './fleet-chain.ts'
import { type DeepFigures, total } from './fleet-figures.ts'
import { bringIn, readingTxs } from './fleet-inflow.ts'
import { isPlant, readMeters } from './fleet-meters.ts'
import type { Meters } from './fleet-prepare.ts'
import { FLEET, type FleetSettings, ROUNDS } from './fleet-settings.ts'
import { oneRound, totalsOf } from './fleet-settle.ts'

/** Readings of a day: what waits at a device while the default window of settlement is open. */
const WAITING = 96

/**
 * What a device costs on an ordinary day: a reading comes in while a day of them waits, and one is judged. With at least
 * `sweepReadings` such devices the blocks that judge them visit no others.
 */
export async function measureDeep(
  chain: InsideChain,
  settings: FleetSettings,
  meters: Meters,
): Promise<DeepFigures | undefined> {
  const { deep } = settings
  if (deep === 0) return undefined
  const next = (): bigint => (chain.time / FLEET.intervalS + 1n) * FLEET.intervalS
  // What entered as leaves meanwhile goes first.
  await oneRound(chain, next())
  const tick = chain.time / FLEET.intervalS
  const before = await totalsOf(chain)
  const readings = days(meters, deep, (tick - BigInt(WAITING - 1)) * FLEET.intervalS)
  const arrived = await bringIn(
    chain,
    settings.blockTxs,
    readingTxs(chain.senders, readings, settings),
  )
  const rounds = await oneRound(chain, next())
  const after = await totalsOf(chain)
  const judged = Number(before.pending + BigInt(arrived.count) - after.pending)
  // The devices come first in the order of ids: what is due is judged in the first blocks.
  const blocks = Math.ceil(judged / settings.sweepReadings)
  const taken = total(rounds.slice(0, blocks))
  return { devices: deep, waiting: WAITING - 1, arrived, judged, judgedMs: taken / judged }
}

/** Readings of a day for the first meters, which go on where their files end; signed now. */
function days(meters: Meters, devices: number, from: bigint): SignedReading[] {
  const readings: SignedReading[] = []
  let i = 0
  for (const meter of readMeters(meters.direct)) {
    if (i === devices) break
    const last = meter.readings[ROUNDS - 1] as SignedReading
    const position = { seq: BigInt(ROUNDS), hash: identityOf(last.message) }
    const key = deriveDeviceKey(FLEET.seed, meter.id)
    const signer = new DeviceSigner({ chainId: FLEET.chainId, device: meter.id, key, position })
    for (let n = 0; n < WAITING; n++) {
      const register = BigInt(i % 1000) + BigInt(ROUNDS + n) * FLEET.stepMwh
      const reading = signer.sign({
        time: from + BigInt(n) * FLEET.intervalS,
        importMwh: isPlant(i) ? 0n : register,
        exportMwh: isPlant(i) ? register : 0n,
        status: STATUS_MEASURED,
      })
      readings.push(reading)
    }
    i += 1
  }
  return readings
}
