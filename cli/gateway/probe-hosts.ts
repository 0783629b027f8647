import { type Finding, shellyComponents } from './probe-mqtt.ts'
import { parseJsonText } from './sources/json-text.ts'
import { probeSunspec } from './sources/sunspec-scan.ts'

const TIMEOUT_MS = 2_000
const MODBUS_PORT = 502

/** Asks a host (`name` or `name:port`) over HTTP whether it is a Shelly; nothing when it is not, or not there. */
export async function probeShelly(host: string): Promise<Finding[]> {
  const where = `http://${host}/rpc/Shelly.GetStatus`
  try {
    const response = await fetch(where, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const status = response.ok ? parseJsonText(await response.text()) : undefined
    return shellyComponents(status).map(({ value, lines }) => ({
      where,
      value,
      make: 'Shelly',
      lines: ['format = "shelly"', ...lines],
    }))
  } catch {
    // A host that does not answer HTTP is no fault of a scan.
    return []
  }
}

/** A SunSpec device and the table that reads it. */
export interface SunspecFinding {
  readonly where: string
  readonly value: string
  readonly config: string
}

/** Asks a host (`name` or `name:port`, 502 when absent) over Modbus TCP for the mark `SunS`. */
export async function probeModbus(host: string, unit: number): Promise<SunspecFinding | undefined> {
  const [name = host, port] = host.split(':')
  try {
    const found = await probeSunspec(
      name,
      port === undefined ? MODBUS_PORT : Number(port),
      unit,
      TIMEOUT_MS,
    )
    if (found === undefined) return undefined
    return {
      where: `modbus://${host} unit ${unit}`,
      value: `${found.manufacturer} ${found.model} ${found.serial}`.trim(),
      config: found.config,
    }
  } catch {
    // Nobody at the port, as with most hosts of a list.
    return undefined
  }
}
