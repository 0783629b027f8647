import { isAbsolute, resolve } from 'node:path'
import { GatewayError } from '../errors.ts'
import type { Source, SourceKind } from './contract.ts'

/** Every kind of source; its code and libraries are loaded only when gateway.toml names it. */
const KINDS: Readonly<Record<string, () => Promise<SourceKind>>> = {
  mqtt: async () => (await import('./mqtt.ts')).mqttSource,
  http: async () => (await import('./http-pull.ts')).httpSource,
  push: async () => (await import('./http-push.ts')).pushSource,
  csv: async () => (await import('./csv.ts')).csvSource,
  sunspec: async () => (await import('./sunspec.ts')).sunspecSource,
  ocpp: async () => (await import('./ocpp.ts')).ocppSource,
}

/**
 * Makes the sources of the `[[source]]` tables of a configuration in `folder`. Throws `bad_config` naming table and
 * setting; a device may be told of by one source only, since two would write one register.
 */
export async function createSources(
  tables: readonly Readonly<Record<string, unknown>>[],
  file: string,
  folder: string,
): Promise<Source[]> {
  const sources: Source[] = []
  const owner = new Map<string, string>()
  for (const [i, table] of tables.entries()) {
    const label = typeof table['name'] === 'string' ? `"${table['name']}"` : String(i + 1)
    const where = `${file}: source ${label}`
    const kind = table['kind']
    const load = typeof kind === 'string' ? KINDS[kind] : undefined
    if (load === undefined) {
      throw new GatewayError(
        'bad_config',
        `${where}: kind should be one of ${Object.keys(KINDS).join(', ')}`,
      )
    }
    const source = (await load()).create(withPaths(table, folder), where)
    if (sources.some((one) => one.name === source.name))
      throw new GatewayError('bad_config', `${where}: name ${source.name} is used twice`)
    for (const device of source.devices) {
      const other = owner.get(device)
      if (other !== undefined)
        throw new GatewayError(
          'bad_config',
          `${where}: device ${device} belongs to source "${other}" already`,
        )
      owner.set(device, source.name)
    }
    sources.push(source)
  }
  return sources
}

/** File settings are relative to the configuration's folder. */
function withPaths(
  table: Readonly<Record<string, unknown>>,
  folder: string,
): Record<string, unknown> {
  const file = table['file']
  return typeof file === 'string' && !isAbsolute(file)
    ? { ...table, file: resolve(folder, file) }
    : { ...table }
}
