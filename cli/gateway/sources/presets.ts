import { type Decimal, ONE } from './decimal.ts'
import type { Binding, RegisterName } from './registers.ts'
import { unitPower } from './registers.ts'
import type { Settings } from './settings.ts'

/** Registers of a device with fixed names, and the register each one counts as. */
export interface Chosen {
  readonly registers: readonly RegisterName[]
  place(register: RegisterName): RegisterName
  /** What power is multiplied by: -1 when the registers are swapped. */
  readonly sign: Decimal
}

/** Which registers a device with fixed names tells, `invert` swapping them (a plug under a solar panel). */
export function chosen(settings: Settings): Chosen {
  const names = settings.texts('registers', ['import'])
  const known = ['import', 'export'] as const
  for (const name of names)
    if (!known.some((one) => one === name))
      settings.fail('registers', `knows import and export, not ${name}`)
  const invert = settings.flag('invert', false)
  const place = (register: RegisterName): RegisterName =>
    !invert || register === 'power' || register === 'soc'
      ? register
      : register === 'import'
        ? 'export'
        : 'import'
  return {
    registers: known.filter((one) => names.includes(one)),
    place,
    sign: invert ? { digits: -1n, exponent: 0 } : ONE,
  }
}

/** A binding whose names and unit are known from the device's make. */
export function fixedBinding(
  register: RegisterName,
  path: readonly string[],
  unit: string,
  clock?: Binding['clock'],
  scale: Decimal = ONE,
): Binding {
  return { register, path, unitPower: unitPower(register, unit) ?? 0, scale, clock }
}

/** Field names of Shelly's components (Gen2 and later), all in Wh and W. */
export function shellyFields(
  settings: Settings,
  component: string,
): Record<string, readonly string[]> {
  const [type, number] = component.split(':')
  if (!/^\d+$/.test(number ?? ''))
    settings.fail('component', 'should be a name and a number such as em1data:0 or switch:0')
  if (type === 'em1data') {
    return {
      import: [component, 'total_act_energy'],
      export: [component, 'total_act_ret_energy'],
      power: [`em1:${number}`, 'act_power'],
    }
  }
  if (type === 'emdata') {
    return {
      import: [component, 'total_act'],
      export: [component, 'total_act_ret'],
      power: [`em:${number}`, 'total_act_power'],
    }
  }
  if (type !== undefined && ['switch', 'pm1', 'cover', 'light'].includes(type)) {
    return {
      import: [component, 'aenergy', 'total'],
      export: [component, 'ret_aenergy', 'total'],
      power: [component, 'apower'],
    }
  }
  return settings.fail('component', 'should be em1data, emdata, switch, pm1, cover or light')
}

/** The bindings of a Shelly status that lies under `root`. */
export function shellyForms(
  fields: Readonly<Record<string, readonly string[]>>,
  { registers, place, sign }: Chosen,
): (root: readonly string[], clock: Binding['clock']) => Binding[] {
  const form = (register: RegisterName, path: readonly string[], clock: Binding['clock']) =>
    register === 'power'
      ? fixedBinding(register, path, 'W', clock, sign)
      : fixedBinding(place(register), path, 'Wh', clock)
  return (root, clock) =>
    [...registers, 'power' as const].map((one) =>
      form(one, [...root, ...(fields[one] ?? [])], clock),
    )
}
