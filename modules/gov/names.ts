import { formatDec } from '../kit/dec.ts'
import { readDec } from './rules.ts'

const OPTIONS = ['nothing', 'yes', 'abstain', 'no', 'no with veto']

/** A vote option for people. */
export function optionName(option: number): string {
  return OPTIONS[option] ?? `option ${option}`
}

/** `yes 0.7, no 0.3`. */
export function optionNames(
  options: readonly { readonly option: number; readonly weight: string }[],
): string {
  return options.map(({ option, weight }) => `${optionName(option)} ${short(weight)}`).join(', ')
}

function short(weight: string): string {
  const value = readDec(weight)
  return value === undefined ? weight : formatDec(value).replace(/\.?0+$/, '')
}
