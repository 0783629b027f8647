import { ceilDiv, floorDiv } from './decimal.ts'

const PPM = 1_000_000n

/** The battery a dispatch runs, in mWh, W and ppm. */
export interface BatterySpec {
  readonly capacityMwh: bigint
  readonly powerW: bigint
  readonly etaCPpm: bigint
  readonly etaDPpm: bigint
}

/** Energy of one interval at a home, mWh. */
export interface HomeFlow {
  readonly pvMwh: bigint
  readonly loadMwh: bigint
}

/** What the battery and the grid meter did in one interval, mWh; `socMwh` is the charge at its end. */
export interface DispatchStep {
  readonly chargeMwh: bigint
  readonly dischargeMwh: bigint
  readonly socMwh: bigint
  readonly gridImportMwh: bigint
  readonly gridExportMwh: bigint
}

/**
 * One interval of the greedy rule: what the sun gives beyond the load charges the battery, what is missing is drawn
 * from it, both as far as power and charge allow; the grid takes the rest. The battery never charges from the grid and
 * never discharges into it. Charging stores `floor(in * etaC)`, discharging draws `ceil(out / etaD)`, so rounding is
 * lost in the battery and never created there. Property: pv + gridImport + discharge = load + gridExport + charge.
 */
export function dispatchStep(
  battery: BatterySpec,
  soc: bigint,
  flow: HomeFlow,
  seconds: bigint,
): DispatchStep {
  const powerLimit = floorDiv(battery.powerW * seconds * 1000n, 3600n)
  const net = flow.pvMwh - flow.loadMwh
  const charge = net > 0n ? min(net, powerLimit, largestCharge(battery, soc)) : 0n
  const discharge = net < 0n ? min(-net, powerLimit, floorDiv(soc * battery.etaDPpm, PPM)) : 0n
  const stored = floorDiv(charge * battery.etaCPpm, PPM)
  const drawn = ceilDiv(discharge * PPM, battery.etaDPpm)
  const grid = flow.loadMwh + charge - flow.pvMwh - discharge
  return {
    chargeMwh: charge,
    dischargeMwh: discharge,
    socMwh: soc + stored - drawn,
    gridImportMwh: grid > 0n ? grid : 0n,
    gridExportMwh: grid < 0n ? -grid : 0n,
  }
}

/** Runs the rule over intervals of `seconds` each, from `startSocMwh`. */
export function dispatch(
  battery: BatterySpec,
  startSocMwh: bigint,
  flows: readonly HomeFlow[],
  seconds: bigint,
): DispatchStep[] {
  let soc = startSocMwh
  return flows.map((flow) => {
    const step = dispatchStep(battery, soc, flow, seconds)
    soc = step.socMwh
    return step
  })
}

/** The largest charge whose stored part still fits: `floor(x * etaC) <= capacity - soc`. */
function largestCharge(battery: BatterySpec, soc: bigint): bigint {
  const room = battery.capacityMwh - soc
  return room <= 0n ? 0n : floorDiv((room + 1n) * PPM - 1n, battery.etaCPpm)
}

function min(...values: readonly [bigint, ...bigint[]]): bigint {
  let least = values[0]
  for (const value of values) if (value < least) least = value
  return least
}
