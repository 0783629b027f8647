import { probeModbus, probeShelly } from './probe-hosts.ts'
import { type BrokerLogin, type Finding, quote, scanBroker } from './probe-mqtt.ts'

/** What `strom gateway scan` looks at. */
export interface ScanOptions {
  readonly broker: BrokerLogin | undefined
  readonly seconds: number
  /** Hosts asked over HTTP and Modbus, `name` or `name:port`. */
  readonly hosts: readonly string[]
  readonly unit: number
}

/** What a scan found: lines for people and the `[[source]]` tables to paste. */
export interface ScanResult {
  readonly found: readonly {
    readonly where: string
    readonly value: string
    readonly make: string
  }[]
  readonly config: string
}

/** Listens to the broker and asks the hosts, all at the same time. */
export async function scan(options: ScanOptions): Promise<ScanResult> {
  const { broker, seconds, hosts, unit } = options
  const [heard, shellies, sunspecs] = await Promise.all([
    broker === undefined ? [] : scanBroker(broker, seconds),
    Promise.all(hosts.map(async (host) => ({ host, found: await probeShelly(host) }))),
    Promise.all(hosts.map((host) => probeModbus(host, unit))),
  ])
  const tables: string[] = []
  if (broker !== undefined && heard.length > 0) {
    const login = [
      ...(broker.username === undefined ? [] : [`username = ${quote(broker.username)}`]),
      ...(broker.password === undefined ? [] : [`password = ${quote(broker.password)}`]),
    ]
    const head = ['kind = "mqtt"', 'name = "broker"', `url = ${quote(broker.url)}`, ...login]
    tables.push(sourceTable(head, heard))
  }
  for (const { host, found } of shellies) {
    if (found.length === 0) continue
    const name = quote(`shelly-${idOf(host)}`)
    const head = ['kind = "http"', `name = ${name}`, `url = ${quote(`http://${host}`)}`]
    tables.push(sourceTable(head, found))
  }
  const modbus = sunspecs.filter((one) => one !== undefined)
  for (const one of modbus) tables.push(one.config)
  const found = [
    ...[...heard, ...shellies.flatMap((one) => one.found)],
    ...modbus.map((one) => ({ ...one, make: 'SunSpec' })),
  ].map(({ where, value, make }) => ({ where, value, make }))
  return { found, config: tables.join('\n') }
}

function sourceTable(head: readonly string[], findings: readonly Finding[]): string {
  const used = new Set<string>()
  const devices = findings.map((one) => {
    const id = unique(idOf(suggestion(one)), used)
    return ['', '[[source.device]]', `id = ${quote(id)}`, ...one.lines].join('\n')
  })
  return `${['[[source]]', ...head, 'class = "C"'].join('\n')}${devices.map((one) => `\n${one}`).join('')}\n`
}

/** The topic, entity or component that names a meter best. */
function suggestion({ make, lines }: Finding): string {
  const value = (key: string): string =>
    lines.find((line) => line.startsWith(`${key} = `))?.slice(key.length + 3) ?? ''
  if (make === 'Shelly') return `${value('topic')}-${value('component')}`
  return value('topic') !== '' ? value('topic') : value('import')
}

function idOf(text: string): string {
  const id = text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .replace(/-+/g, '-')
  return id === '' ? 'meter' : id.slice(0, 60)
}

function unique(id: string, used: Set<string>): string {
  let name = id
  for (let i = 2; used.has(name); i += 1) name = `${id}-${i}`
  used.add(name)
  return name
}
