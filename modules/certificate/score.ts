import { divFloor, min } from '../kit/math.ts'

/** One hour of an account: what it took, what it claimed, and the carbon-free share of the grid. */
export interface Hour {
  readonly loadWh: bigint
  readonly claimedWh: bigint
  readonly gridCfePermille: bigint
}

/** The three views of carbon-free energy, ppm of the load. */
export interface Score {
  readonly loadWh: bigint
  readonly claimedWh: bigint
  /** Claimed Wh that met load of their own hour. */
  readonly coveredWh: bigint
  /** Covered load, and the rest at the grid's share of its hour. */
  readonly hourlyPpm: bigint
  /** Covered load alone. */
  readonly procuredPpm: bigint
  /** Claimed against load over the whole period, at most one: volumes alone, as annual matching counts. */
  readonly annualPpm: bigint
}

const PPM = 1_000_000n

/**
 * 24/7 score: (sum of min(load, claimed) * 1000 + (load - min) * grid permille) / sum of load, in ppm and rounded down.
 * Without load every share is 0.
 */
export function scoreOf(hours: Iterable<Hour>): Score {
  let [loadWh, claimedWh, coveredWh, gridPermilleWh] = [0n, 0n, 0n, 0n]
  for (const hour of hours) {
    const covered = min(hour.loadWh, hour.claimedWh)
    loadWh += hour.loadWh
    claimedWh += hour.claimedWh
    coveredWh += covered
    gridPermilleWh += (hour.loadWh - covered) * hour.gridCfePermille
  }
  const share = (wh: bigint): bigint => (loadWh === 0n ? 0n : divFloor(wh * PPM, loadWh))
  const hourly = coveredWh * 1_000n + gridPermilleWh
  return {
    loadWh,
    claimedWh,
    coveredWh,
    hourlyPpm: loadWh === 0n ? 0n : divFloor(hourly * 1_000n, loadWh),
    procuredPpm: share(coveredWh),
    annualPpm: share(min(claimedWh, loadWh)),
  }
}
