import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type MeterJob, signMeters, type Way } from './fleet-meters.ts'
import type { FleetSettings } from './fleet-settings.ts'

/** All meters of a fleet with their signed readings, in files. */
export interface Meters {
  readonly direct: readonly MeterJob[]
  readonly roots: readonly MeterJob[]
  /** Time of the first readings, unix seconds. */
  readonly start: bigint
  readonly seconds: number
}

/** What a child process is handed, bigints as text. */
type Wire = Omit<MeterJob, 'start'> & { readonly start: string }

/** Signs all readings in `workers` child processes (0: in this one). */
export async function prepareMeters(
  settings: FleetSettings,
  dir: string,
  start: bigint,
  workers = availableParallelism(),
): Promise<Meters> {
  const began = performance.now()
  const split = (way: Way, count: number): MeterJob[] => {
    const parts = Math.max(1, workers)
    return Array.from({ length: parts }, (_, i) => ({
      file: join(dir, `${way}-${i}.bin`),
      way,
      from: Math.floor((count * i) / parts),
      to: Math.floor((count * (i + 1)) / parts),
      start,
    }))
  }
  const direct = split('direct', settings.devices)
  const roots = split('root', settings.roots)
  if (workers === 0) for (const job of [...direct, ...roots]) signMeters(job)
  else {
    await Promise.all(
      direct.map((job, i) => inChild('fleet-signer', [job, roots[i] as MeterJob].map(toWire))),
    )
  }
  return { direct, roots, start, seconds: (performance.now() - began) / 1000 }
}

/** A job as it is handed to a child process. */
export function fromWire(wire: Wire): MeterJob {
  return { ...wire, start: BigInt(wire.start) }
}

function toWire(job: MeterJob): Wire {
  return { ...job, start: job.start.toString() }
}

/** The meters as they are handed to a child process, and back. */
export function metersToJson({ direct, roots, start, seconds }: Meters): string {
  const wire = { direct: direct.map(toWire), roots: roots.map(toWire), start: `${start}`, seconds }
  return JSON.stringify(wire)
}

/** Reads `metersToJson`. */
export function metersFromJson(text: string): Meters {
  const wire = JSON.parse(text) as { direct: Wire[]; roots: Wire[]; start: string; seconds: number }
  const { seconds } = wire
  const [direct, roots] = [wire.direct.map(fromWire), wire.roots.map(fromWire)]
  return { direct, roots, start: BigInt(wire.start), seconds }
}

/**
 * Runs a file of this folder in a process of its own with `input` as its first message; resolves with its answer. What it
 * says meanwhile goes to `say`. Rejects when it ends without an answer.
 */
export function inChild<T>(
  name: string,
  input: unknown,
  options: { readonly flags?: readonly string[]; readonly say?: (line: string) => void } = {},
): Promise<T> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const file = fileURLToPath(new URL(`${name}.${extension}`, import.meta.url))
  const child = fork(file, [], { execArgv: [...process.execArgv, ...(options.flags ?? [])] })
  child.send({ input })
  return new Promise((resolve, reject) => {
    let answer: { readonly result: T } | undefined
    child.on('message', (message: { readonly said?: string; readonly result?: T }) => {
      if (message.said !== undefined) options.say?.(message.said)
      else answer = message as { readonly result: T }
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (answer !== undefined) resolve(answer.result)
      else reject(new Error(`${name} ended with ${code} and no answer`))
    })
  })
}

/** The other side of `inChild`: runs `work` on what is sent, answers and ends the process. */
export function answerParent<I, O>(
  work: (input: I, say: (line: string) => void) => Promise<O>,
): void {
  process.once('message', (message: { readonly input: I }) => {
    const say = (said: string): void => void process.send?.({ said })
    work(message.input, say).then(
      (result) => process.send?.({ result }, () => process.exit(0)),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
        process.exit(1)
      },
    )
  })
}
