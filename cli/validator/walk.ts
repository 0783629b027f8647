import type { NodeClient } from '../client.ts'
import { emit, mayAsk, note, outputFormat, painter } from '../output.ts'
import { confirm } from '../prompt.ts'
import { deliver, type Signing } from '../tx/flow.ts'
import type { TxOptions } from '../tx/options.ts'
import type { Step, StepState } from './step.ts'
import { stepsOf, type Wishes } from './steps.ts'

const MARKS: Readonly<Record<StepState, string>> = {
  done: 'done',
  ready: 'to do',
  missing: 'missing',
  waits: 'waits',
  later: 'later',
}

/** Goes as far as it can and may, then says how every step stands. Run again, it goes on from there. */
export async function walk(
  client: NodeClient,
  signing: Signing,
  wishes: Wishes,
  options: TxOptions,
): Promise<void> {
  const sent: { readonly step: string; readonly txhash: string }[] = []
  let steps = await stepsOf(client, signing, wishes)
  for (;;) {
    const next = steps.find(({ state }) => state === 'ready')
    if (next?.messages === undefined || !(await agreed(next, options))) break
    const { hash } = await deliver(next.messages, options, signing)
    note(`${next.name}: done in transaction ${hash}`)
    sent.push({ step: next.name, txhash: hash })
    steps = await stepsOf(client, signing, wishes)
  }
  const complete = steps.every(({ state }) => state === 'done')
  const shown = steps.map(({ messages: _, ...step }) => step)
  emit({ complete, steps: shown, sent }, stepsText(steps))
}

/** With --yes always; a person is asked; elsewhere nothing is signed and the command is told instead. */
async function agreed(step: Step, options: TxOptions): Promise<boolean> {
  if (options.yes === true) return true
  if (process.stdin.isTTY !== true || !mayAsk() || outputFormat() === 'json') return false
  return await confirm(`${step.detail}?`)
}

/** The steps with their marks, one line each, and below it the command that does what is missing. */
export function stepsText(steps: readonly Step[]): string {
  const paint = painter()
  const colours: Readonly<Record<StepState, (text: string) => string>> = {
    done: paint.green,
    ready: paint.cyan,
    missing: paint.red,
    waits: paint.yellow,
    later: paint.dim,
  }
  const width = Math.max(...steps.map(({ name }) => name.length))
  const lines = steps.flatMap(({ name, state, detail, command }, i) => {
    const mark = colours[state](MARKS[state].padEnd(7))
    const own = `${String(i + 1).padStart(2)}  ${mark}  ${name.padEnd(width)}  ${detail}`
    const shows = command !== undefined && state !== 'done' && state !== 'later'
    return shows ? [own, `${' '.repeat(15 + width)}${paint.bold(command)}`] : [own]
  })
  return [...lines, '', summary(steps)].join('\n')
}

function summary(steps: readonly Step[]): string {
  const left = steps.filter(({ state }) => state !== 'done')
  if (left.length === 0) return 'All is done. See how it stands: strom validator status'
  const first = left.find(({ state }) => state !== 'later')
  const count = `${steps.length - left.length} of ${steps.length} steps are done`
  if (first?.state === 'ready')
    return `${count}. Add --yes to do "${first.name}" now, and run this again to go on.`
  if (first?.state === 'waits')
    return `${count}; "${first.name}" comes with time. Run this again to go on.`
  return `${count}; "${first?.name ?? ''}" is missing. Run this again to go on.`
}
