import fs from 'node:fs'
import path from 'node:path'
import { writeFileAtomic } from './atomic-file.ts'
import { crc32c } from './crc32c.ts'
import { KeyFileError, readJson } from './key-file.ts'
import {
  compareSteps,
  parseSignState,
  readSignState,
  type SignState,
  signStateJson,
  writeSignState,
} from './sign-state.ts'
import { syncDirectory } from './wal.ts'

/** One slot is one page: a torn write of one cannot reach the other. */
const SLOT = 4096
const MAGIC = Buffer.from('STROMSG1')
/** Magic 8, counter u64, length u32, CRC-32C u32. */
const HEADER = 24

/** Between the steps of a write, for kill tests. */
export type SlotStep = (step: 'ready' | 'written' | 'synced') => void

/** The slots file that belongs to a `priv_validator_state.json`. */
export function slotsFileOf(stateFile: string): string {
  return stateFile.replace(/(\.json)?$/, '.slots')
}

/**
 * The sign state in a file of two slots that are written in turn, in place: one write and ONE fdatasync a signature, where
 * replacing a file takes two syncs and three changes of a directory. A slot that a crash tore loses nothing: the other one holds
 * the state before it, and the signature of the torn one has not left the process.
 */
export class SignSlots {
  readonly #file: string
  readonly #handle: number
  #counter: bigint
  #broken = false

  private constructor(file: string, handle: number, counter: bigint) {
    this.#file = file
    this.#handle = handle
    this.#counter = counter
  }

  /** Opens an existing file. Throws KeyFileError when neither slot is good. */
  static open(file: string): { readonly slots: SignSlots; readonly state: SignState } {
    const { counter, state } = newest(file)
    const handle = fs.openSync(file, 'r+')
    // A killed process may have left the newer slot in memory of the system only; what is read here must not vanish later.
    fs.fdatasyncSync(handle)
    return { slots: new SignSlots(file, handle, counter), state }
  }

  /** Stores the state over the older slot; when this returns, no crash brings the one before back. */
  write(state: SignState, step: SlotStep = () => {}): void {
    if (this.#broken) throw new KeyFileError(`${this.#file} is closed or could not be written`)
    this.#broken = true // until the write is known to be good
    const counter = this.#counter + 1n
    const bytes = encodeSlot(counter, state)
    step('ready')
    const at = counter % 2n === 0n ? 0 : SLOT
    for (let done = 0; done < SLOT; )
      done += fs.writeSync(this.#handle, bytes, done, SLOT - done, at + done)
    step('written')
    fs.fdatasyncSync(this.#handle)
    step('synced')
    this.#counter = counter
    this.#broken = false
  }

  /** Closes the file. Safe to call twice. */
  close(): void {
    if (this.#counter < 0n) return
    this.#counter = -1n
    this.#broken = true
    fs.closeSync(this.#handle)
  }
}

/** The state in the slots; undefined when there is no such file. Throws KeyFileError when neither slot is good. */
export function readSlots(file: string): SignState | undefined {
  return fs.existsSync(file) ? newest(file).state : undefined
}

/** Makes the slots file anew with one state in it, whole or not at all. */
export function createSlots(file: string, state: SignState): void {
  const bytes = new Uint8Array(2 * SLOT)
  bytes.set(encodeSlot(2n, state))
  writeFileAtomic(file, bytes)
}

/**
 * What the key signed last, from the slots and from a `priv_validator_state.json` beside them (a new home, or one that comes
 * from CometBFT): the later of both. A JSON file is taken over and removed, because it would be out of date after the next
 * signature. Undefined when there is neither. Throws KeyFileError when either is damaged.
 */
export function openSignState(
  stateFile: string,
): { readonly slots: SignSlots; readonly state: SignState } | undefined {
  const file = slotsFileOf(stateFile)
  const given = readSignState(stateFile)
  const stored = readSlots(file)
  if (given !== undefined) {
    if (stored === undefined || compareSteps(given, stored) > 0) createSlots(file, given)
    fs.rmSync(stateFile)
    syncDirectory(path.dirname(stateFile))
  }
  return given === undefined && stored === undefined ? undefined : SignSlots.open(file)
}

/** Writes the sign state of a stopped node in CometBFT's JSON form to `to`. Throws KeyFileError when there is none. */
export function exportSignState(stateFile: string, to: string): SignState {
  const state = readSlots(slotsFileOf(stateFile)) ?? readSignState(stateFile)
  if (state === undefined) throw new KeyFileError(`there is no sign state beside ${stateFile}`)
  writeSignState(to, state)
  return state
}

/** Takes a CometBFT `priv_validator_state.json` as the sign state of a stopped node. Refuses one older than what is here. */
export function importSignState(from: string, stateFile: string): SignState {
  const given = readSignState(from)
  if (given === undefined) throw new KeyFileError(`${from} does not exist`)
  const file = slotsFileOf(stateFile)
  const stored = readSlots(file)
  if (stored !== undefined && compareSteps(given, stored) < 0) {
    throw new KeyFileError(`${from} is older than what this key signed here, at ${stored.height}`)
  }
  createSlots(file, given)
  return given
}

/** Forgets what the key signed: only for an operator who gives up the protection against signing twice. */
export function resetSignState(stateFile: string, state: SignState): void {
  writeSignState(stateFile, state)
  fs.rmSync(slotsFileOf(stateFile), { force: true })
  syncDirectory(path.dirname(stateFile))
}

function encodeSlot(counter: bigint, state: SignState): Uint8Array {
  const payload = Buffer.from(JSON.stringify(signStateJson(state)))
  if (HEADER + payload.length > SLOT) {
    throw new KeyFileError(`a sign state of ${payload.length} bytes does not fit into its slot`)
  }
  const bytes = Buffer.alloc(SLOT)
  bytes.set(MAGIC)
  bytes.writeBigUInt64BE(counter, 8)
  bytes.writeUInt32BE(payload.length, 16)
  bytes.set(payload, HEADER)
  bytes.writeUInt32BE(slotChecksum(bytes, payload.length), 20)
  return bytes
}

function slotChecksum(slot: Uint8Array, length: number): number {
  return crc32c(slot.subarray(HEADER, HEADER + length), crc32c(slot.subarray(0, 20)))
}

function newest(file: string): { readonly counter: bigint; readonly state: SignState } {
  const bytes = fs.readFileSync(file)
  const slots = [0, SLOT].flatMap((at) => decodeSlot(bytes.subarray(at, at + SLOT), file) ?? [])
  const best = slots.sort((a, b) => (a.counter > b.counter ? -1 : 1))[0]
  if (bytes.length === 2 * SLOT && best !== undefined) return best
  throw new KeyFileError(
    `${file} is damaged. Do not delete it: a validator without its sign state can sign twice and be slashed. ` +
      'Restore it from a copy, or reset it with the explicit option once this key surely signs nowhere else.',
  )
}

function decodeSlot(
  slot: Buffer,
  file: string,
): { readonly counter: bigint; readonly state: SignState } | undefined {
  if (slot.length !== SLOT || !slot.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  const length = slot.readUInt32BE(16)
  if (length > SLOT - HEADER || slotChecksum(slot, length) !== slot.readUInt32BE(20))
    return undefined
  const text = slot.subarray(HEADER, HEADER + length).toString()
  return { counter: slot.readBigUInt64BE(8), state: parseSignState(readJson(file, text), file) }
}
