import { energySpan, readEnergy, readStorage, readText } from './sunspec-decode.ts'
import { ModbusError, ModbusLink } from './sunspec-modbus.ts'
import { COMMON, type DeviceUse, ENERGY_MODELS, type EnergyModel } from './sunspec-models.ts'

/** Where the specification lets a device put its marker. */
const BASES = [40_000, 0, 50_000] as const
const MARKER = [0x5375, 0x6e53] as const
const END = 0xffff
const MAX_MODELS = 200

/** A model in a device's list. */
export interface FoundModel {
  readonly id: number
  /** Register of its header. */
  readonly address: number
  /** Registers behind the two of the header. */
  readonly length: number
}

/** Finds the marker `SunS` and walks the list of models. Undefined when the device has no marker. */
export async function findModels(
  link: ModbusLink,
  unit: number,
): Promise<readonly FoundModel[] | undefined> {
  for (const base of BASES) {
    const marker = await readOrRefused(link, unit, base, 2)
    if (marker?.[0] === MARKER[0] && marker[1] === MARKER[1]) return walk(link, unit, base + 2)
  }
  return undefined
}

async function walk(link: ModbusLink, unit: number, start: number): Promise<readonly FoundModel[]> {
  const models: FoundModel[] = []
  let address = start
  while (models.length < MAX_MODELS && address <= 0xffff - 2) {
    // Some devices end their registers instead of writing the end mark.
    const header = await readOrRefused(link, unit, address, 2)
    const id = header?.[0] ?? END
    const length = header?.[1] ?? 0
    if (id === END || (id === 0 && length === 0)) break
    models.push({ id, address, length })
    address += 2 + length
  }
  return models
}

/** Registers, or undefined when the device answers that they are not there. */
async function readOrRefused(
  link: ModbusLink,
  unit: number,
  address: number,
  count: number,
): Promise<Uint16Array | undefined> {
  try {
    return await link.read(unit, address, count)
  } catch (error) {
    if (error instanceof ModbusError && error.exception !== undefined) return undefined
    throw error
  }
}

/** Reads a whole model, at most `limit` registers of it, header included. */
export function readModel(
  link: ModbusLink,
  unit: number,
  found: FoundModel,
  limit = 0xffff,
): Promise<Uint16Array> {
  return link.read(unit, found.address, Math.min(limit, found.length + 2))
}

/** The model that counts energy for a use: the wanted one, or the best the device has; `instance` counts from 1. */
export function chooseEnergyModel(
  models: readonly FoundModel[],
  use: DeviceUse,
  wanted: number | undefined,
  instance: number,
): { readonly found: FoundModel; readonly model: EnergyModel } | undefined {
  for (const model of ENERGY_MODELS) {
    if (!model.uses.includes(use)) continue
    const ids = wanted === undefined ? model.ids : model.ids.filter((id) => id === wanted)
    const found = models.filter(({ id }) => ids.includes(id))[instance - 1]
    if (found !== undefined) return { found, model }
  }
  return undefined
}

/** What a SunSpec device says of itself. */
export interface SunspecProbe {
  readonly manufacturer: string
  readonly model: string
  readonly version: string
  readonly serial: string
  readonly models: readonly FoundModel[]
  /** A `[[source]]` table for gateway.toml, ready to paste; device ids are suggestions. */
  readonly config: string
}

/** Asks one unit of a host who it is. Undefined when it answers but is no SunSpec device; throws ModbusError when nothing answers. */
export async function probeSunspec(
  host: string,
  port: number,
  unitId: number,
  timeoutMs: number,
): Promise<SunspecProbe | undefined> {
  const link = new ModbusLink(host, port, timeoutMs, [unitId])
  try {
    const models = await findModels(link, unitId)
    if (models === undefined) return undefined
    const common = models.find(({ id }) => id === 1)
    const who = common === undefined ? new Uint16Array(0) : await readModel(link, unitId, common)
    const serial = readText(who, COMMON.serial)
    return {
      manufacturer: readText(who, COMMON.manufacturer),
      model: readText(who, COMMON.model),
      version: readText(who, COMMON.version),
      serial,
      models,
      config: configLines(host, port, unitId, serial, models),
    }
  } finally {
    link.close()
  }
}

function configLines(
  host: string,
  port: number,
  unitId: number,
  serial: string,
  models: readonly FoundModel[],
): string {
  const name = serial.toLowerCase().replace(/[^a-z0-9._-]/g, '') || `${unitId}`
  const lines = [
    '[[source]]',
    'kind = "sunspec"',
    `name = ${JSON.stringify(`sunspec-${name}`)}`,
    `host = ${JSON.stringify(host)}`,
    `port = ${port}`,
  ]
  const battery = models.some(({ id }) => id === 713)
  const uses: readonly DeviceUse[] = [battery ? 'battery' : 'inverter', 'meter']
  for (const use of uses) {
    for (let instance = 1; instance <= 8; instance++) {
      const chosen = chooseEnergyModel(models, use, undefined, instance)
      if (chosen === undefined || (use !== 'meter' && instance > 1)) break
      lines.push(
        '',
        '[[source.device]]',
        `id = "${use}-${name}${instance > 1 ? `-${instance}` : ''}"`,
      )
      lines.push(`use = "${use}"`, `unit_id = ${unitId}`)
      if (instance > 1) lines.push(`instance = ${instance}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** Registers and power of one unit now, decoded; consumption positive. */
export interface SunspecReading {
  readonly importMwh: bigint | undefined
  readonly exportMwh: bigint | undefined
  readonly powerW: bigint | undefined
  readonly modulusMwh: bigint | undefined
  readonly socMwh: bigint | undefined
  readonly faults: readonly string[]
}

/** Reads one device whose model list is known. Throws ModbusError. */
export async function readDevice(
  link: ModbusLink,
  unit: number,
  models: readonly FoundModel[],
  chosen: { readonly found: FoundModel; readonly model: EnergyModel },
  use: DeviceUse,
): Promise<SunspecReading> {
  const { found, model } = chosen
  // Value and scale factor in one read wherever it fits: some devices change the factor while they run.
  const energy = readEnergy(await readModel(link, unit, found, energySpan(model)), model)
  const store = use === 'battery' ? models.find(({ id }) => id === 713) : undefined
  if (store === undefined) return { ...energy, socMwh: undefined }
  const storage = readStorage(await readModel(link, unit, store, 9))
  return { ...energy, socMwh: storage.socMwh, faults: [...energy.faults, ...storage.faults] }
}

/** One reading of a unit without a configured source: power and registers for `strom gateway test`. Throws ModbusError. */
export async function sunspecPower(
  host: string,
  port: number,
  unitId: number,
  timeoutMs: number,
  use: DeviceUse = 'inverter',
): Promise<SunspecReading | undefined> {
  const link = new ModbusLink(host, port, timeoutMs, [unitId])
  try {
    const models = await findModels(link, unitId)
    const chosen = models && chooseEnergyModel(models, use, undefined, 1)
    if (models === undefined || chosen === undefined) return undefined
    return await readDevice(link, unitId, models, chosen, use)
  } finally {
    link.close()
  }
}
