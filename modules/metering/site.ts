import { type Device, Kind, Status } from '../../proto/gen/strom/device/v1/state.ts'
import { SiteFlow, type TickEnergy, TickSource } from '../../proto/gen/strom/metering/v1/tick.ts'
import type { DeviceApi } from '../device/api.ts'
import type { ReadContext } from '../kit/context.ts'
import { mulDivCeil } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import { joinFlags } from './flags.ts'
import { ticksOf } from './ticks.ts'

/** Kinds without whose own register no bound can be claimed. */
const NEEDED = [
  [Kind.KIND_METER, 'METER'],
  [Kind.KIND_LOAD, 'LOAD'],
] as const

/** What flowed into and out of a site, and what its registers leave unexplained. Energies in Wh. */
export interface SiteBalance {
  readonly flows: SiteFlow[]
  readonly inWh: bigint
  readonly outWh: bigint
  readonly residualWh: bigint
  /** Sum of 2 x class x Wh over the flows, rounded up. */
  readonly boundWh: bigint
  /** One for each register, two a device: both its ends are rounded down. */
  readonly roundingWh: bigint
  readonly bounded: boolean
  readonly within: boolean
  readonly derived: string[]
  readonly missing: string[]
  readonly estimated: string[]
}

/**
 * PV + wind + grid import + discharge = load + charging + grid export + charge (ENERGY 1.5), over the ticks of [from, to).
 * What the identity does not name counts on its side: standby import of a plant is consumption, feed-in of a charger is
 * generation. Registers computed from others prove nothing and are left out.
 */
export function siteBalance(
  ctx: ReadContext,
  registry: DeviceApi,
  devices: readonly Device[],
  from: bigint,
  to: bigint,
): SiteBalance {
  const present = devices.filter((device) => inService(ctx, registry, device, from, to))
  const signed = present.filter((device) => !device.derived)
  const flows: SiteFlow[] = []
  const estimated: string[] = []
  for (const device of signed) {
    const ticks = ticksOf(ctx, device, from, to)
    if (ticks.some((tick) => tick.source > TickSource.TICK_SOURCE_DERIVED)) {
      estimated.push(device.id)
    }
    flows.push(flowOf(device, ticks))
  }
  const missing = NEEDED.filter(([kind]) => !signed.some((device) => device.kind === kind))
  return {
    ...sumOf(flows),
    flows,
    ...verdict(flows, missing.length === 0 && estimated.length === 0),
    derived: present.filter((device) => device.derived).map((device) => device.id),
    missing: missing.map(([, name]) => name),
    estimated,
  }
}

/** A device that was retired the whole time is no part of the site any more. */
function inService(
  ctx: ReadContext,
  registry: DeviceApi,
  device: Device,
  from: bigint,
  to: bigint,
): boolean {
  const retired = (time: bigint) => registry.at(ctx, device, time).status === Status.STATUS_RETIRED
  return !(retired(from) && retired(to - 1n))
}

function flowOf(device: Device, ticks: readonly TickEnergy[]): SiteFlow {
  const { id, kind, classPpm } = device
  const flow = SiteFlow.create({ device: id, kind, classPpm, flags: ticks[0]?.flags ?? 0 })
  for (const tick of ticks) {
    flow.importWh += tick.importWh
    flow.exportWh += tick.exportWh
    flow.flags = joinFlags(flow.flags, tick.flags)
  }
  return flow
}

function sumOf(flows: readonly SiteFlow[]) {
  let [inWh, outWh] = [0n, 0n]
  for (const { kind, importWh, exportWh } of flows) {
    // What a boundary meter takes from the grid feeds the site; what any other device takes leaves it.
    const grid = kind === Kind.KIND_METER
    inWh += grid ? importWh : exportWh
    outWh += grid ? exportWh : importWh
  }
  return { inWh, outWh, residualWh: inWh - outWh }
}

function verdict(flows: readonly SiteFlow[], bounded: boolean) {
  const { residualWh } = sumOf(flows)
  let weighed = 0n
  for (const { importWh, exportWh, classPpm } of flows) {
    weighed += 2n * BigInt(classPpm) * (importWh + exportWh)
  }
  const roundingWh = 2n * BigInt(flows.length)
  const boundWh = mulDivCeil(weighed, 1n, PPM)
  const size = residualWh < 0n ? -residualWh : residualWh
  return { boundWh, roundingWh, bounded, within: bounded && size <= boundWh + roundingWh }
}
