import type { Acknowledgement, Judged } from './contract.ts'
import { kwhText, ONE } from './decimal.ts'
import { type JsonText, parsePath, pickText } from './json-text.ts'
import { type Binding, unitPower } from './registers.ts'

/** An energy or power sensor that Home Assistant's MQTT discovery announces. */
export interface DiscoveredSensor {
  readonly uniqueId: string
  readonly objectId: string
  readonly name: string
  readonly stateTopic: string
  readonly unit: string
  readonly path: readonly string[]
  readonly kind: 'energy' | 'power'
}

/** Long and short names of the settings that matter here. */
const SHORT: Readonly<Record<string, string>> = {
  device_class: 'dev_cla',
  state_class: 'stat_cla',
  state_topic: 'stat_t',
  unit_of_measurement: 'unit_of_meas',
  value_template: 'val_tpl',
  unique_id: 'uniq_id',
}

/**
 * Reads a discovery message of `<prefix>/sensor/[<node>/]<object>/config`. Undefined for sensors that are no cumulative
 * energy and no power; a problem for those that are, but that say no unit or need a template this gateway cannot run.
 */
export function readDiscovery(
  topic: string,
  config: JsonText,
): DiscoveredSensor | { readonly problem: string } | undefined {
  const read = (name: string): string | undefined =>
    pickText(config, [name]) ?? pickText(config, [SHORT[name] ?? name])
  const base = pickText(config, ['~']) ?? ''
  const kind = read('device_class')
  if (kind !== 'energy' && kind !== 'power') return undefined
  if (kind === 'energy' && read('state_class') !== 'total_increasing') return undefined
  const objectId = topic.split('/').at(-2) ?? ''
  const expand = (text: string): string => text.replace(/^~/, base).replace(/~$/, base)
  const stateTopic = expand(read('state_topic') ?? '')
  const unit = read('unit_of_measurement') ?? ''
  const template = read('value_template')
  if (stateTopic === '') return { problem: `${topic} names no state topic` }
  if (unitPower(kind === 'power' ? 'power' : 'import', unit) === undefined)
    return { problem: `${topic} has the unit ${JSON.stringify(unit)}, which is none of energy` }
  const path = template === undefined ? [] : templatePath(template)
  if (path === undefined)
    return { problem: `${topic} has the template ${template}; only {{ value_json.a.b }} is read` }
  const uniqueId = read('unique_id') ?? objectId
  const name = pickText(config, ['name']) ?? objectId
  return { uniqueId, objectId, name, stateTopic, unit, path, kind }
}

/** `{{ value }}` or `{{ value_json.a['b'] }}` as a path; undefined for anything with filters or sums. */
export function templatePath(template: string): readonly string[] | undefined {
  const inner = /^\s*\{\{-?\s*(.*?)\s*-?\}\}\s*$/.exec(template)?.[1]
  if (inner === undefined) return undefined
  if (inner === 'value') return []
  const rest = /^value_json(?=[.[])(.*)$/.exec(inner)?.[1]
  return rest === undefined || /[|(+*/~]/.test(rest.replace(/\['[^']*'\]|\["[^"]*"\]/g, ''))
    ? undefined
    : parsePath(rest)
}

/** The binding of a discovered sensor for a register. */
export function discoveredBinding(
  sensor: DiscoveredSensor,
  register: Binding['register'],
): Binding | undefined {
  const power = unitPower(register, sensor.unit)
  if (power === undefined) return undefined
  return { register, path: sensor.path, unitPower: power, scale: ONE, clock: undefined }
}

/** Whether a payload of the discovery topic means that the sensor is gone. */
export function isRemoval(payload: string): boolean {
  return payload.trim() === ''
}

/** One retained message. */
export interface Announcement {
  readonly topic: string
  readonly payload: string
}

/** `strom/<device>/ack`. */
export function ackTopic(device: string): string {
  return `strom/${device}/ack`
}

/** The acknowledgement as JSON; energy in kWh as text of all its digits, so that no reader rounds it. */
export function ackPayload(ack: Acknowledgement): string {
  return JSON.stringify({
    device: ack.device,
    queued: ack.queued,
    accepted: ack.accepted.toString(),
    refused: ack.refused.toString(),
    last_reason: ack.lastReason,
    height: ack.height.toString(),
    ...(ack.judged === undefined ? {} : judgedFields(ack.judged)),
    ...(ack.importMwh === undefined ? {} : { accepted_import_kwh: kwhText(ack.importMwh) }),
    ...(ack.exportMwh === undefined ? {} : { accepted_export_kwh: kwhText(ack.exportMwh) }),
  })
}

function judgedFields(judged: Judged): Record<string, unknown> {
  const texts = (counts: Readonly<Record<string, bigint>>): Record<string, string> =>
    Object.fromEntries(Object.entries(counts).map(([reason, count]) => [reason, String(count)]))
  return {
    judged_pending: judged.pending.toString(),
    judged_accepted: judged.accepted.toString(),
    judged_refused: judged.refused.toString(),
    judged_refused_by_reason: texts(judged.refusedByReason),
    credited_wh: judged.creditedWh.toString(),
    withheld_wh: texts(judged.withheldWh),
    open_wh: judged.openWh.toString(),
  }
}

/** The discovery messages that make Home Assistant show a device's acknowledgements. */
export function ackEntities(prefix: string, device: string): Announcement[] {
  const id = `strom_${device.replace(/[^A-Za-z0-9_-]/g, '_')}`
  const about = { identifiers: [id], name: `strom ${device}`, manufacturer: 'strom' }
  const sensor = (key: string, name: string, more: Record<string, string>): Announcement => ({
    topic: `${prefix}/sensor/${id}/${key}/config`,
    payload: JSON.stringify({
      name,
      unique_id: `${id}_${key}`,
      state_topic: ackTopic(device),
      // The acknowledgement itself must never be taken for a meter: no template this gateway reads itself.
      value_template: `{{ value_json.${key} | default('unknown') }}`,
      device: about,
      ...more,
    }),
  })
  const energy = {
    device_class: 'energy',
    state_class: 'total_increasing',
    unit_of_measurement: 'kWh',
  }
  return [
    sensor('accepted_import_kwh', 'Import on chain', energy),
    sensor('accepted_export_kwh', 'Export on chain', energy),
    sensor('height', 'Last height', { state_class: 'measurement' }),
    sensor('refused', 'Refused readings', { state_class: 'total_increasing' }),
    sensor('last_reason', 'Last refusal', {}),
  ]
}
