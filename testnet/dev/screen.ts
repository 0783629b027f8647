import { formatMoment } from '../town/axis.ts'
import type { ChainFacts } from './chain-facts.ts'

/** One look at the running network. */
export interface Glance {
  readonly chainId: string
  readonly height: bigint
  readonly secondsPerBlock: number | undefined
  readonly signed: number
  readonly validators: number
  /** Block time, calendar unix seconds. */
  readonly time: bigint
  readonly facts: ChainFacts
  readonly queued: number
}

/** Shows the network: redrawn in place on a terminal, one line per recorded interval elsewhere. */
export class Screen {
  readonly #out: NodeJS.WriteStream
  #drawn = 0
  #lastTick = -1n

  /** `banner` stands above the live figures: addresses and development keys. */
  constructor(out: NodeJS.WriteStream, banner: readonly string[]) {
    this.#out = out
    for (const line of banner) out.write(`${line}\n`)
  }

  show(glance: Glance): void {
    if (this.#out.isTTY) this.#redraw(lines(glance))
    else this.#tick(glance)
  }

  #redraw(text: readonly string[]): void {
    if (this.#drawn > 0) this.#out.write(`\u001b[${this.#drawn}A`)
    for (const line of text) this.#out.write(`\u001b[2K${line}\n`)
    this.#drawn = text.length
  }

  #tick(glance: Glance): void {
    const tick = glance.time / 900n
    if (tick === this.#lastTick) return
    this.#lastTick = tick
    const { facts } = glance
    const e = facts.energy
    this.#out.write(
      `${formatMoment(glance.time)}  height ${glance.height}  ${pace(glance)}  ${glance.signed}/${glance.validators} signing  ` +
        `readings ${facts.accepted} accepted ${facts.refused} refused  produced ${e.produced} consumed ${e.consumed} ` +
        `stored ${e.stored} lost ${e.lost} Wh  certified ${facts.issuedWh} Wh in ${facts.ranges}\n`,
    )
  }
}

function lines(glance: Glance): string[] {
  const { facts } = glance
  const e = facts.energy
  const row = (name: string, value: string): string => `  ${name.padEnd(14)}${value}`
  return [
    '',
    row('recorded time', `${formatMoment(glance.time)}`),
    row('chain', `${glance.chainId}   height ${glance.height}   ${pace(glance)}`),
    row('validators', `${glance.signed}/${glance.validators} signing`),
    row(
      'readings',
      `${facts.accepted} accepted   ${facts.refused} refused   ${glance.queued} queued`,
    ),
    row('produced', `${e.produced} Wh`),
    row('consumed', `${e.consumed} Wh`),
    row('grid', `${e.imported} Wh in   ${e.exported} Wh out`),
    row('batteries', `${e.stored} Wh stored   ${e.lost} Wh lost`),
    row('certificates', `${facts.issuedWh} Wh in ${facts.ranges} ranges`),
    '',
    '  press q to stop',
  ]
}

function pace(glance: Glance): string {
  return glance.secondsPerBlock === undefined ? '' : `${glance.secondsPerBlock.toFixed(2)} s/block`
}
