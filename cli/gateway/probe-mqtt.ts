import { connect } from 'mqtt'
import { isRemoval, readDiscovery } from './sources/home-assistant.ts'
import { parseJsonText, pick, pickText } from './sources/json-text.ts'

/** A meter that a scan found, as lines for gateway.toml. */
export interface Finding {
  /** Where it was heard or asked. */
  readonly where: string
  /** What it said, e.g. `12.345 kWh`. */
  readonly value: string
  readonly make: string
  /** Text of a `[[source.device]]` table without its id. */
  readonly lines: readonly string[]
}

/** How a broker is reached. */
export interface BrokerLogin {
  readonly url: string
  readonly username?: string
  readonly password?: string
}

/** Listens to a broker for some seconds: Tasmota, Shelly and what Home Assistant's discovery announces. */
export async function scanBroker(login: BrokerLogin, seconds: number): Promise<Finding[]> {
  const found = new Map<string, Finding>()
  const { url, username, password } = login
  const client = connect(url, {
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  })
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve())
      client.once('error', reject)
      client.once('close', () => reject(new Error(`${url} does not answer`)))
    })
    client.on('message', (topic, payload) => {
      for (const one of recognise(topic, payload.toString('utf8')))
        found.set(`${one.make} ${one.lines.join()}`, one)
    })
    await client.subscribeAsync(
      [
        'tele/+/SENSOR',
        'tele/+/+/SENSOR',
        '+/events/rpc',
        '+/+/events/rpc',
        '+/status/+',
        'homeassistant/sensor/+/config',
        'homeassistant/sensor/+/+/config',
      ],
      { qos: 0 },
    )
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
  } finally {
    await client.endAsync(true)
  }
  return [...found.values()]
}

/** What one message says about meters; nothing for most messages. */
export function recognise(topic: string, payload: string): Finding[] {
  if (isRemoval(payload)) return []
  const json = parseJsonText(payload)
  if (json === undefined) return []
  const tasmota = /^tele\/(.+)\/SENSOR$/.exec(topic)?.[1]
  if (tasmota !== undefined) {
    const total = pickText(json, ['ENERGY', 'Total'])
    if (total === undefined) return []
    const lines = ['format = "tasmota"', `topic = ${quote(tasmota)}`]
    return [{ where: topic, value: `${total} kWh`, make: 'Tasmota', lines }]
  }
  const events = /^(.+)\/events\/rpc$/.exec(topic)?.[1]
  const status = /^(.+)\/status\/([a-z0-9]+:\d+)$/.exec(topic)
  if (events !== undefined) return shellyFindings(topic, events, pick(json, ['params']))
  if (status !== null) return shellyFindings(topic, status[1] ?? '', { [status[2] ?? '']: json })
  const sensor = topic.endsWith('/config') ? readDiscovery(topic, json) : undefined
  if (sensor === undefined || 'problem' in sensor || sensor.kind !== 'energy') return []
  // Our own acknowledgements are announced too, and are no meters.
  if (sensor.stateTopic.startsWith('strom/')) return []
  const lines = ['format = "home-assistant"', `import = ${quote(sensor.uniqueId)}`]
  return [{ where: topic, value: `${sensor.name} (${sensor.unit})`, make: 'Home Assistant', lines }]
}

function shellyFindings(where: string, topic: string, status: ReturnType<typeof pick>): Finding[] {
  const findings: Finding[] = []
  for (const one of shellyComponents(status)) {
    const lines = ['format = "shelly"', `topic = ${quote(topic)}`, ...one.lines]
    findings.push({ where, value: one.value, make: 'Shelly', lines })
  }
  return findings
}

/** Components of a Shelly status that count energy: their name and the lines that read them. */
export function shellyComponents(
  status: ReturnType<typeof pick>,
): { readonly value: string; readonly lines: readonly string[] }[] {
  if (typeof status !== 'object' || status === null) return []
  const found: { value: string; lines: string[] }[] = []
  for (const component of Object.keys(status)) {
    const at = (path: readonly string[]): string | undefined =>
      pickText(status, [component, ...path])
    const total = at(['total_act_energy']) ?? at(['total_act']) ?? at(['aenergy', 'total'])
    const back =
      at(['total_act_ret_energy']) ?? at(['total_act_ret']) ?? at(['ret_aenergy', 'total'])
    if (total === undefined) continue
    const registers = back === undefined ? '["import"]' : '["import", "export"]'
    found.push({
      value: `${component} ${total} Wh`,
      lines: [`component = ${quote(component)}`, `registers = ${registers}`],
    })
  }
  return found
}

/** A text in TOML. */
export function quote(text: string): string {
  return JSON.stringify(text)
}
