import { ONE } from './decimal.ts'
import { fixedBinding as binding, chosen, shellyFields, shellyForms } from './presets.ts'
import type { Binding, RegisterName } from './registers.ts'
import { bindingOf, REGISTER_NAMES, unitPower } from './registers.ts'
import { deviceId, type Settings } from './settings.ts'

/** One device of an MQTT source: which topics tell its registers, and how it is asked and steered. */
export interface MqttDevice {
  readonly id: string
  readonly format: MqttFormat
  /** Bindings by topic; Home Assistant's discovery adds to them later. */
  readonly bindings: Map<string, Binding[]>
  /** Registers a sample needs. */
  readonly registers: readonly RegisterName[]
  readonly joinS: bigint
  /** A message that makes the device tell its registers now. */
  readonly ask: { readonly topic: string; readonly payload: string } | undefined
  readonly setpoint: SetpointForm | undefined
  /** Discovery entities this device waits for: register by unique_id or object_id. */
  readonly entities: ReadonlyMap<string, RegisterName>
}

/** Topic and payload of a setpoint; `{{ watts }}` stands for the number, `release` is sent to let go. */
export interface SetpointForm {
  readonly topic: string
  readonly payload: string
  readonly release: string | undefined
}

/** Dialects of MQTT devices. */
export const MQTT_FORMATS = [
  'tasmota',
  'shelly',
  'home-assistant',
  'statestream',
  'generic',
] as const
export type MqttFormat = (typeof MQTT_FORMATS)[number]

/** Devices that tell what changed and no more: what they do not mention stands still. */
const ON_CHANGE_JOIN_S = 900
const JOIN_S = 5

/** Reads one `[[source.device]]` table of an MQTT source. */
export function mqttDevice(settings: Settings, source: string): MqttDevice {
  const id = deviceId(settings)
  const format = settings.choice('format', MQTT_FORMATS)
  const parts = FORMATS[format](settings, source, id)
  const fallback = format === 'tasmota' || format === 'generic' ? JOIN_S : ON_CHANGE_JOIN_S
  const joinS = BigInt(settings.whole('join_s', { min: 0, max: 86_400, fallback }))
  const setpoint = setpointOf(settings)
  settings.done()
  return { id, format, joinS, setpoint, ask: undefined, entities: new Map(), ...parts }
}

type Parts = Pick<MqttDevice, 'bindings' | 'registers'> &
  Partial<Pick<MqttDevice, 'ask' | 'entities'>>

const FORMATS: Readonly<Record<MqttFormat, (s: Settings, source: string, id: string) => Parts>> = {
  tasmota,
  shelly,
  'home-assistant': homeAssistant,
  statestream,
  generic,
}

/** `tele/<topic>/SENSOR` (and the answer to `Status 10`): kWh with 3 decimals, a wall clock without zone. */
function tasmota(settings: Settings): Parts {
  const topic = settings.text('topic')
  const { registers, place, sign } = chosen(settings)
  const names: Readonly<Record<string, string>> = { import: 'Total', export: 'ExportActive' }
  const forms = (root: readonly string[]): Binding[] => {
    const clock = { path: [...root, 'Time'], form: 'local' as const }
    return [
      ...registers.map((one) =>
        binding(place(one), [...root, 'ENERGY', names[one] ?? ''], 'kWh', clock),
      ),
      binding('power', [...root, 'ENERGY', 'Power'], 'W', clock, sign),
    ]
  }
  return {
    bindings: new Map([
      [`tele/${topic}/SENSOR`, forms([])],
      [`stat/${topic}/STATUS10`, forms(['StatusSNS'])],
    ]),
    registers: registers.map(place),
    ask: { topic: `cmnd/${topic}/Status`, payload: '10' },
  }
}

/** NotifyStatus, `<id>/status/<component>` and the answer to Shelly.GetStatus. */
function shelly(settings: Settings, source: string, id: string): Parts {
  const topic = settings.text('topic')
  const component = settings.text('component', 'switch:0')
  const fields = shellyFields(settings, component)
  const uses = chosen(settings)
  const { registers, place } = uses
  const forms = shellyForms(fields, uses)
  // A status topic carries the component alone, so its own name is left out of the path.
  const own = registers.map((one) =>
    binding(place(one), (fields[one] ?? []).slice(1), 'Wh', undefined),
  )
  const reply = `strom/${source}/${id}`
  return {
    bindings: new Map([
      [`${topic}/events/rpc`, forms(['params'], { path: ['params', 'ts'], form: 'unix' })],
      [`${topic}/status/${component}`, own],
      [`${reply}/rpc`, forms(['result'], { path: ['result', 'sys', 'unixtime'], form: 'unix' })],
    ]),
    registers: registers.map(place),
    ask: {
      topic: `${topic}/rpc`,
      payload: JSON.stringify({ id: 1, src: reply, method: 'Shelly.GetStatus' }),
    },
  }
}

/** Registers by the unique_id or object_id of discovery entities; topics and units come with the discovery. */
function homeAssistant(settings: Settings): Parts {
  const entities = entityMap(settings)
  return { bindings: new Map(), registers: [...entities.values()], entities }
}

/** `<prefix>/sensor/<name>/state`: the bare state of an entity; its unit has to be said. */
function statestream(settings: Settings): Parts {
  const prefix = settings.text('prefix', 'homeassistant')
  const unit = settings.text('unit')
  const bindings = new Map<string, Binding[]>()
  const entities = entityMap(settings)
  for (const [entity, register] of entities) {
    const power = unitPower(register, register === 'power' ? 'W' : unit)
    if (power === undefined)
      return settings.fail('unit', `should be one of mWh, Wh, kWh, MWh, not ${unit}`)
    const topic = `${prefix}/${entity.replace('.', '/')}/state`
    bindings.set(topic, [{ register, path: [], unitPower: power, scale: ONE, clock: undefined }])
  }
  return { bindings, registers: [...entities.values()] }
}

function entityMap(settings: Settings): Map<string, RegisterName> {
  const entities = new Map<string, RegisterName>()
  for (const register of REGISTER_NAMES) {
    const entity = settings.optionalText(register)
    if (entity !== undefined) entities.set(entity, register)
  }
  if (![...entities.values()].some((one) => one !== 'power'))
    settings.fail('import', 'or export should name an entity such as sensor.pv_energy')
  return entities
}

/** Every register by its own table: topic, path, unit, scale. */
function generic(settings: Settings): Parts {
  const tables = settings.tables('register')
  const bindings = new Map<string, Binding[]>()
  const registers: RegisterName[] = []
  for (const table of tables) {
    const topic = table.text('topic')
    const one = bindingOf(table)
    table.done()
    if (registers.includes(one.register)) table.fail('register', `${one.register} is given twice`)
    bindings.set(topic, [...(bindings.get(topic) ?? []), one])
    registers.push(one.register)
  }
  if (!registers.some((one) => one !== 'power'))
    settings.fail(
      'register',
      'is missing: give a [[source.device.register]] table for each register',
    )
  return { bindings, registers }
}

function setpointOf(settings: Settings): SetpointForm | undefined {
  const topic = settings.optionalText('setpoint_topic')
  const payload = settings.text('setpoint_payload', '{{ watts }}')
  const release = settings.optionalText('setpoint_release')
  if (topic === undefined) return undefined
  if (!/\{\{\s*watts\s*\}\}/.test(payload))
    settings.fail('setpoint_payload', 'should hold {{ watts }} where the number goes')
  return { topic, payload, release }
}
