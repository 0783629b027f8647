import { readFile } from 'node:fs/promises'
import { GatewayError } from '../errors.ts'
import { writeWhole } from '../signing-book.ts'
import type { MeterRegisters } from './plan.ts'

/** What must survive a restart in the midst of a challenge. */
export interface Remembered {
  /** Period of the challenge under way, and what stood at its start. */
  readonly challenge: ChallengeStart | undefined
  /** Whether the battery was asked for a power and not let go yet. */
  readonly held: boolean
  /** The newest period whose result was told; -1 before the first. */
  readonly told: bigint
}

/** Where a challenge began. */
export interface ChallengeStart {
  readonly period: bigint
  /** The meter's signed reading of the start, or its nearest sample until that one is there. */
  readonly meter: MeterRegisters | undefined
  readonly signed: boolean
  /** State of charge the battery signed last in the tick before the start, and its time. */
  readonly soc: { readonly time: bigint; readonly mwh: bigint } | undefined
}

/** The little file of a gateway that keeps a battery behind a validator. */
export class OperatorMemory {
  readonly #file: string
  #now: Remembered

  private constructor(file: string, now: Remembered) {
    this.#file = file
    this.#now = now
  }

  /** Reads the file; an absent one remembers nothing. Throws `bad_config` for a damaged one. */
  static async open(file: string): Promise<OperatorMemory> {
    let text: string
    try {
      text = await readFile(file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return new OperatorMemory(file, { challenge: undefined, held: false, told: -1n })
    }
    try {
      return new OperatorMemory(file, load(text))
    } catch (error) {
      throw new GatewayError(
        'bad_config',
        `${file} is damaged (${error instanceof Error ? error.message : String(error)}); move it away: a challenge under way is then reckoned from the next reading`,
      )
    }
  }

  get now(): Remembered {
    return this.#now
  }

  /** Changes something; durable when it resolves. */
  async set(change: Partial<Remembered>): Promise<void> {
    this.#now = { ...this.#now, ...change }
    await writeWhole(this.#file, `${JSON.stringify(this.#now, bigintText, 1)}\n`)
  }
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

interface StoredMemory {
  readonly challenge?: {
    readonly period: string
    readonly signed: boolean
    readonly meter?: {
      readonly time: string
      readonly importMwh: string
      readonly exportMwh: string
    }
    readonly soc?: { readonly time: string; readonly mwh: string }
  }
  readonly held: boolean
  readonly told: string
}

function load(text: string): Remembered {
  const { challenge, held, told } = JSON.parse(text) as StoredMemory
  const { meter, soc } = challenge ?? {}
  return {
    held,
    told: BigInt(told),
    challenge:
      challenge === undefined
        ? undefined
        : {
            period: BigInt(challenge.period),
            signed: challenge.signed,
            meter:
              meter === undefined
                ? undefined
                : {
                    time: BigInt(meter.time),
                    importMwh: BigInt(meter.importMwh),
                    exportMwh: BigInt(meter.exportMwh),
                  },
            soc: soc === undefined ? undefined : { time: BigInt(soc.time), mwh: BigInt(soc.mwh) },
          },
  }
}
