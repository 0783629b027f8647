import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { KeyFileError } from '../key-file.ts'
import {
  createSlots,
  exportSignState,
  importSignState,
  openSignState,
  readSlots,
  resetSignState,
  SignSlots,
} from '../sign-slots.ts'
import { EMPTY_SIGN_STATE, readSignState, type SignState, writeSignState } from '../sign-state.ts'
import { temporaryRoot } from './support/harness.ts'

const FILE_SIZE = 8192

function at(height: bigint, round = 0): SignState {
  const byte = Number(height % 251n)
  const signature = new Uint8Array(64).fill(byte)
  return { height, round, step: 3, signature, signBytes: new Uint8Array(120).fill(byte + 1) }
}

describe('consensus/sign-slots', () => {
  let directory: string
  let json: string
  let file: string

  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(temporaryRoot(), 'strom-slots-'))
    json = path.join(directory, 'priv_validator_state.json')
    file = path.join(directory, 'priv_validator_state.slots')
  })
  afterEach(() => fs.rmSync(directory, { recursive: true }))

  it('gives back the last of many states, in a file that never grows and is private', () => {
    createSlots(file, EMPTY_SIGN_STATE)
    const { slots, state } = SignSlots.open(file)
    expect(state).to.deep.equal(EMPTY_SIGN_STATE)
    for (let height = 1n; height <= 9n; height++) {
      slots.write(at(height))
      expect(readSlots(file)).to.deep.equal(at(height))
    }
    slots.close()
    slots.close()
    expect(() => slots.write(at(10n))).to.throw(KeyFileError)
    expect(fs.statSync(file).size).to.equal(FILE_SIZE)
    expect(fs.statSync(file).mode & 0o777).to.equal(0o600)
  })

  it(`gives the old or the new state, never an error, when a write is torn after any of ${FILE_SIZE / 2} bytes`, () => {
    createSlots(file, at(6n))
    const { slots } = SignSlots.open(file)
    for (const height of [7n, 8n]) {
      const before = fs.readFileSync(file)
      slots.write(at(height))
      const after = fs.readFileSync(file)
      const slot = before.subarray(0, FILE_SIZE / 2).equals(after.subarray(0, FILE_SIZE / 2))
        ? 1
        : 0
      const states = new Set<bigint>()
      for (let bytes = 0; bytes <= FILE_SIZE / 2; bytes++) {
        const start = (slot * FILE_SIZE) / 2
        const torn = Buffer.from(before)
        after.copy(torn, start, start, start + bytes)
        fs.writeFileSync(file, torn)
        const state = readSlots(file) as SignState
        if (!states.has(state.height)) expect(state).to.deep.equal(at(state.height))
        states.add(state.height)
      }
      expect([...states]).to.deep.equal([height - 1n, height])
      fs.writeFileSync(file, after)
    }
    slots.close()
  })

  it('falls back to the other slot for every byte of a slot that is damaged, and refuses when both are', () => {
    createSlots(file, at(6n))
    const { slots } = SignSlots.open(file)
    slots.write(at(7n))
    slots.close()
    const good = fs.readFileSync(file)
    const used = 24 + good.readUInt32BE(FILE_SIZE / 2 + 16)
    for (let i = 0; i < used; i++) {
      const bad = Buffer.from(good)
      bad[FILE_SIZE / 2 + i] = (bad[FILE_SIZE / 2 + i] as number) ^ 1
      fs.writeFileSync(file, bad)
      expect(readSlots(file)).to.deep.equal(at(6n))
      bad[i] = (bad[i] as number) ^ 1
      fs.writeFileSync(file, bad)
      if (i < 24) expect(() => readSlots(file)).to.throw(KeyFileError, /is damaged/)
    }
    fs.writeFileSync(file, good.subarray(0, FILE_SIZE - 1))
    expect(() => readSlots(file)).to.throw(KeyFileError, /is damaged/)
  })

  it('takes over a JSON state once, the later of both when there are two', () => {
    writeSignState(json, at(5n))
    const first = openSignState(json)
    expect(first?.state).to.deep.equal(at(5n))
    expect(fs.existsSync(json)).to.equal(false)
    first?.slots.write(at(6n))
    first?.slots.close()
    writeSignState(json, EMPTY_SIGN_STATE)
    const second = openSignState(json)
    expect(second?.state).to.deep.equal(at(6n))
    second?.slots.close()
    writeSignState(json, at(9n))
    const third = openSignState(json)
    expect(third?.state).to.deep.equal(at(9n))
    third?.slots.close()
  })

  it('exports and imports the CometBFT form, refuses an older one, and forgets only when told', () => {
    const copy = path.join(directory, 'copy.json')
    expect(() => exportSignState(json, copy)).to.throw(KeyFileError, /no sign state/)
    createSlots(file, at(8n, 2))
    exportSignState(json, copy)
    expect(readSignState(copy)).to.deep.equal(at(8n, 2))
    expect(importSignState(copy, json)).to.deep.equal(at(8n, 2))
    writeSignState(copy, at(8n, 1))
    expect(() => importSignState(copy, json)).to.throw(KeyFileError, /is older/)
    resetSignState(json, EMPTY_SIGN_STATE)
    const opened = openSignState(json)
    expect(opened?.state).to.deep.equal(EMPTY_SIGN_STATE)
    opened?.slots.close()
  })
})
