import type { OperatorApi } from './api.ts'
import { runOf } from './rules.ts'
import { state } from './state.ts'

/** The challenge that asks a battery or meter for energy in a tick. */
export const challengeAt: OperatorApi['challengeAt'] = (ctx, device, tick) => {
  const validator = state.byBattery.get(ctx, device) ?? state.byMeter.get(ctx, device)
  if (validator === undefined) return undefined
  const period = runOf(tick, state.params.must(ctx).periodTicks)
  const found = state.challenges.get(ctx, [validator, period])
  if (found === undefined || (found.battery !== device && found.meter !== device)) return undefined
  return tick >= found.tick && tick < found.tick + BigInt(found.ticks) ? found : undefined
}
