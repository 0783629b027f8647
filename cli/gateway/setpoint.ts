import { dirname } from 'node:path'
import type { GatewayConfig } from './config.ts'
import { GatewayError } from './errors.ts'
import { steer } from './intake.ts'
import { keepCalendar } from './sources/clock.ts'
import { createSources } from './sources/kinds.ts'

/** Connects to the source of one device alone, hands it a setpoint and leaves; works beside a running gateway. */
export async function setOnce(
  config: GatewayConfig,
  device: string,
  watts: bigint | null,
): Promise<void> {
  keepCalendar(config.calendar)
  const sources = await createSources(config.sources, config.file, dirname(config.file))
  const source = sources.find((one) => one.devices.includes(device))
  if (source === undefined)
    throw new GatewayError('bad_config', `no [[source]] speaks of the device ${device}`)
  const warnings: string[] = []
  await source.start({
    sample: async () => undefined,
    receipt: async () => undefined,
    warn: (message) => void warnings.push(message),
  })
  try {
    await steer([source], device, watts)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new GatewayError('setpoint_refused', [why, ...warnings].join('; '))
  } finally {
    await source.stop()
  }
}
