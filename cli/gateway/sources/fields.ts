import type { Sample } from './contract.ts'
import {
  ENERGY_UNITS,
  isSentinel,
  POWER_UNITS,
  parseDecimal,
  registerMwh,
  toInteger,
} from './decimal.ts'

const FIELD = /^(import|export|soc|power)_(mwh|wh|kwh|w|kw)$/
const UNITS: Readonly<Record<string, string>> = {
  mwh: 'mWh',
  wh: 'Wh',
  kwh: 'kWh',
  w: 'W',
  kw: 'kW',
}

/** Whether a name is that of a value with its unit: `import_kwh`, `export_wh`, `soc_mwh`, `power_w`. */
export function isField(name: string): boolean {
  return FIELD.test(name)
}

/**
 * A sample from named values as posts and CSV files carry them: the unit is part of the name (`mwh` is milliwatt-hours,
 * never megawatt-hours). A problem names the field.
 */
export function sampleOfFields(
  device: string,
  when: { readonly time: bigint; readonly receivedAt: bigint },
  fields: Iterable<readonly [string, unknown]>,
): Sample | { readonly problem: string } {
  const out: Record<string, bigint> = {}
  for (const [name, raw] of fields) {
    const match = FIELD.exec(name)
    const register = match?.[1]
    const unit = UNITS[match?.[2] ?? ''] ?? ''
    const power = register === 'power' ? POWER_UNITS[unit] : ENERGY_UNITS[unit]
    if (register === undefined || power === undefined)
      return { problem: `${name} is no value with a unit such as import_kwh, export_wh or power_w` }
    const key = register === 'power' ? 'powerW' : `${register}Mwh`
    if (key in out) return { problem: `${register} is given twice` }
    const value = typeof raw === 'string' ? parseDecimal(raw) : undefined
    if (value === undefined) return { problem: `${name} is ${JSON.stringify(raw)}, not a number` }
    if (register === 'power') {
      out[key] = toInteger(value, power - 3)
      continue
    }
    if (isSentinel(String(raw)))
      return { problem: `${name} is ${String(raw)}, which devices write for "not there"` }
    const measured = registerMwh(value, power)
    if ('problem' in measured) return { problem: `${name} is ${String(raw)}: ${measured.problem}` }
    out[key] = measured.value
  }
  if (out['importMwh'] === undefined && out['exportMwh'] === undefined)
    return { problem: 'neither import nor export is there' }
  return { device, ...when, good: true, ...out }
}
