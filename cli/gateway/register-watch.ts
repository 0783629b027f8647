import type { Sample } from './sources/contract.ts'
import { kwhText } from './sources/decimal.ts'

/** Registers of a device at a moment, mWh and unix seconds. */
export interface Registers {
  readonly time: bigint
  readonly importMwh: bigint
  readonly exportMwh: bigint
  readonly socMwh?: bigint
}

/** What became of a sample: taken (perhaps with a word to the owner), or left out and why. */
export type Judgement =
  | { readonly taken: Registers; readonly note: string | undefined }
  | { readonly leftOut: string }

/** Counting steps of coarse meters, in mWh, that no nameplate explains. */
const SLACK_MWH = 10_000n

/**
 * Judges a sample against the one before. Home Assistant's rule for registers that fall: below 90 % of the last value a
 * new cycle has begun (the meter was reset or replaced) and the value is passed on as it is, never added to the old one;
 * a smaller drop is a glitch and left out. With a nameplate, a rise no such device can make is left out too.
 */
export function judgeSample(
  before: Registers | undefined,
  sample: Sample,
  nameplateW: bigint | undefined,
): Judgement {
  if (!sample.good) return { leftOut: 'the source itself says that the value is not good' }
  const { importMwh, exportMwh } = sample
  if (importMwh === undefined && exportMwh === undefined) return { leftOut: 'it has no register' }
  const taken: Registers = {
    time: sample.time,
    importMwh: importMwh ?? 0n,
    exportMwh: exportMwh ?? 0n,
    ...(sample.socMwh === undefined ? {} : { socMwh: sample.socMwh }),
  }
  if (before === undefined) return { taken, note: undefined }
  let note: string | undefined
  for (const [name, was, is, there] of [
    ['import', before.importMwh, taken.importMwh, importMwh !== undefined],
    ['export', before.exportMwh, taken.exportMwh, exportMwh !== undefined],
  ] as const) {
    if (!there && was > 0n) return { leftOut: `${name} is missing, but was told before` }
    if (is < was) {
      const fall = `${name} fell from ${kwhText(was)} to ${kwhText(is)} kWh`
      if (is * 10n >= was * 9n) return { leftOut: `${fall}, which is taken for a glitch` }
      note = `${fall}: a new cycle (meter reset or replaced?); nothing is added, the chain decides`
    } else if (nameplateW !== undefined && is - was > most(nameplateW, sample.time - before.time)) {
      return {
        leftOut: `${name} rose from ${kwhText(was)} to ${kwhText(is)} kWh in ${sample.time - before.time} s, more than ${nameplateW} W can`,
      }
    }
  }
  return { taken, note }
}

/** Energy of a nameplate over some seconds and a tenth more, mWh, rounded up by the slack. */
function most(nameplateW: bigint, seconds: bigint): bigint {
  return (nameplateW * seconds * 1_000n * 11n) / (3_600n * 10n) + SLACK_MWH
}
