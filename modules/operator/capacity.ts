import type { Operator, Params } from '../../proto/gen/strom/operator/v1/state.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { min, mulDivCeil, mulDivFloor } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import { windowOf } from './energy.ts'
import * as events from './events.ts'
import type { OperatorNeeds } from './needs.ts'
import { makerLimit, runOf, tickOf } from './rules.ts'
import { state } from './state.ts'
import { packOf, type Storage, storageOf } from './storage.ts'

/** Everything that bounds the verified capacity of an operator, Wh. */
export interface Bounds {
  readonly nameplateWh: bigint
  /** Largest fall of the stored energy that the meter's registers show. */
  readonly drawdownWh: bigint
  /** The same by the charge the battery states; undefined when it states none. */
  readonly socDrawdownWh: bigint | undefined
  readonly provenWh: bigint
  readonly verifiedWh: bigint
  /** Why nothing counts; empty when nothing is wrong. */
  readonly fault: string
}

/** The bounds as of the block time. */
export function boundsOf(
  needs: OperatorNeeds,
  ctx: ReadContext,
  params: Params,
  op: Operator,
): Bounds {
  const storage = storageOf(needs, ctx, op)
  if (typeof storage === 'string') {
    const none = { nameplateWh: 0n, drawdownWh: 0n, socDrawdownWh: undefined, verifiedWh: 0n }
    return { ...none, provenWh: op.provenWh, fault: storage }
  }
  const window = windowOf(ctx, params, op, runOf(tickOf(ctx.time), params.epochTicks))
  const nameplateWh = packOf(storage.battery).capacityWh
  const drawdownWh = window.meter.drawdown
  const socDrawdownWh =
    window.socTicks === 0n
      ? undefined
      : mulDivCeil(window.soc.drawdown, PPM + params.tolerancePpm, PPM)
  const found = { nameplateWh, drawdownWh, socDrawdownWh, provenWh: op.provenWh }
  const fault = generation(storage, drawdownWh, params)
  if (fault !== undefined) return { ...found, verifiedWh: 0n, fault }
  const least = min(min(nameplateWh, drawdownWh), min(op.provenWh, socDrawdownWh ?? op.provenWh))
  return { ...found, verifiedWh: mulDivFloor(least, op.factorPpm, PPM), fault: '' }
}

/** More came out than any charge of this battery could hold: something generates behind the meter. */
function generation(
  { battery, meter }: Storage,
  drawdownWh: bigint,
  params: Params,
): string | undefined {
  const most = mulDivCeil(packOf(battery).capacityWh, PPM + params.tolerancePpm, PPM)
  if (drawdownWh <= most) return undefined
  return `meter ${meter.id} gave ${drawdownWh} Wh more than it took in, the battery holds ${most}`
}

/** Computes the verified capacity anew and writes it down. */
export function refresh(
  needs: OperatorNeeds,
  ctx: WriteContext,
  params: Params,
  op: Operator,
): void {
  const { verifiedWh, fault } = boundsOf(needs, ctx, params, op)
  if (verifiedWh !== op.verifiedWh)
    ctx.emit(events.capacityVerified(op.validatorAddress, op.verifiedWh, verifiedWh))
  op.verifiedWh = verifiedWh
  op.fault = fault
  state.operators.set(ctx, op.validatorAddress, op)
}

/** What counts of each operator's verified capacity once makers are held to their share, by validator address. */
export function countedWh(
  needs: OperatorNeeds,
  ctx: ReadContext,
  params: Params,
  all: readonly Operator[],
): Map<string, bigint> {
  const verified = all.filter((op) => op.verifiedWh > 0n)
  const makers = new Map<string, bigint>()
  const makerOf = (op: Operator): string => needs.device.get(ctx, op.battery)?.maker ?? ''
  for (const op of verified) {
    makers.set(makerOf(op), (makers.get(makerOf(op)) ?? 0n) + op.verifiedWh)
  }
  const enough = makers.size >= params.makerMinimum
  const limit = enough ? makerLimit([...makers.values()], params.makerSharePpm) : undefined
  return new Map(
    verified.map((op) => {
      const sum = makers.get(makerOf(op)) as bigint
      const counts =
        limit === undefined || sum <= limit ? op.verifiedWh : mulDivFloor(op.verifiedWh, limit, sum)
      return [op.validatorAddress, counts]
    }),
  )
}
