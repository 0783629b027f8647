import type { AnyValue } from '../../proto/codec.ts'

/** Where a step of the way to a validator stands. */
export type StepState =
  /** It is so. */
  | 'done'
  /** The program can do it, when it may. */
  | 'ready'
  /** A person has to do it; `command` says how. */
  | 'missing'
  /** Time or others have to do it. */
  | 'waits'
  /** It follows from a step before. */
  | 'later'

/** One step on the way to a validator. */
export interface Step {
  readonly name: string
  readonly state: StepState
  /** What is so, or what is missing, in words. */
  readonly detail: string
  /** The exact command that does it. */
  readonly command?: string | undefined
  /** What the program would sign, when the state is `ready`. */
  readonly messages?: readonly AnyValue[] | undefined
}

/** A step that is done. */
export const done = (name: string, detail: string): Step => ({ name, state: 'done', detail })

/** A step a person has to do. */
export const missing = (name: string, detail: string, command?: string): Step => ({
  name,
  state: 'missing',
  detail,
  command,
})

/** A step that comes by itself. */
export const waits = (name: string, detail: string, command?: string): Step => ({
  name,
  state: 'waits',
  detail,
  command,
})

/** A step whose time comes after others. */
export const later = (name: string, detail: string): Step => ({ name, state: 'later', detail })
