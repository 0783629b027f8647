/**
 * The named moments of one height at which tests kill a node. The order is the durable order of a vote (K1-K10) and of a
 * commit (K11-K21): see README.md.
 */
export const FAIL_POINTS = [
  'K1', // a vote is due, the inputs that led to it are not yet flushed
  'K2', // inputs flushed, nothing signed
  'K3', // signed in memory, slot of the sign state not written
  'K4', // slot written, not synced
  'K5', // slot synced, not yet known here
  'K6', // sign state durable, signature not handed out
  'K7', // signature in hand, own message not in the WAL
  'K8', // own message in the WAL
  'K9', // own message fed to the core, not sent
  'K10', // own message sent
  'K11', // decided, nothing stored
  'K12', // block batch built, not written (a torn batch is dropped whole by LevelDB)
  'K13', // block stored
  'K14', // before EndHeight
  'K15', // EndHeight in the WAL
  'K16', // execution began
  'K17', // executed in memory
  'K18', // state batch built, not written
  'K19', // state batch handed to the application, outcome unknown
  'K20', // state durable, nothing published
  'K21', // height published
] as const

/** Name of a kill point. */
export type FailPointName = (typeof FAIL_POINTS)[number]

/** Called at every kill point; a test's hook throws `CrashError` to die there. */
export type FailPoint = (name: FailPointName) => void

/** The hook of a node in service: nothing happens. */
export const noFailPoint: FailPoint = () => {}

/**
 * A simulated kill: the engine stops at once, like any fatal error, without flushing anything. With `powerLost` the
 * log loses also what the operating system held but had not synced.
 */
export class CrashError extends Error {
  readonly powerLost: boolean

  constructor(name: FailPointName, powerLost = false) {
    super(`killed at ${name}`)
    this.name = 'CrashError'
    this.powerLost = powerLost
  }
}
