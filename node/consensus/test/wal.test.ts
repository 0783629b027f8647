import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { crc32c } from '../crc32c.ts'
import { Wal, WalError, type WalRecord } from '../wal.ts'

describe('consensus/wal', () => {
  let directory: string

  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'strom-wal-'))
  })
  afterEach(() => fs.rmSync(directory, { recursive: true }))

  const payloads = [7, 0, 300, 41, 12].map((length, i) => new Uint8Array(length).fill(i + 65))

  function write(count = payloads.length): { file: string; bytes: Buffer; starts: number[] } {
    const { wal } = Wal.open(directory, 1n)
    for (const [i, payload] of payloads.slice(0, count).entries()) wal.append(i + 1, payload)
    wal.close()
    const name = fs.readdirSync(directory).filter((entry) => entry.endsWith('.wal'))[0]
    const file = path.join(directory, name as string)
    const bytes = fs.readFileSync(file)
    const starts: number[] = []
    let at = 18
    for (const payload of payloads.slice(0, count)) {
      starts.push(at)
      at += 9 + payload.length
    }
    starts.push(at)
    expect(bytes.length).to.equal(at)
    return { file, bytes, starts }
  }

  function read(): readonly WalRecord[] {
    const { wal, records } = Wal.open(directory, 1n)
    wal.close()
    return records
  }

  function expectFirst(records: readonly WalRecord[], count: number): void {
    expect(records.map((record) => record.type)).to.deep.equal(
      payloads.slice(0, count).map((_, i) => i + 1),
    )
    for (const [i, record] of records.entries()) expect(record.payload).to.deep.equal(payloads[i])
  }

  it('computes the CRC-32C check value and the iSCSI vectors (4 vectors)', () => {
    expect(crc32c(Buffer.from('123456789'))).to.equal(0xe3069283)
    expect(crc32c(new Uint8Array(32))).to.equal(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).to.equal(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).to.equal(0x46dd794e)
  })

  it('gives back what was flushed, in order, and goes on after reopening', () => {
    write()
    expectFirst(read(), payloads.length)
    const { wal } = Wal.open(directory, 1n)
    wal.append(9, Uint8Array.of(1, 2))
    wal.close()
    expect(read().at(-1)).to.deep.equal({ type: 9, payload: Uint8Array.of(1, 2) })
  })

  it('loses only what was not flushed when the process dies', () => {
    const { wal } = Wal.open(directory, 1n)
    wal.append(1, payloads[0] as Uint8Array)
    wal.flushSync()
    wal.append(2, payloads[1] as Uint8Array)
    wal.close('killed')
    expectFirst(read(), 1)
  })

  it('keeps what was written when the process dies, and what was synced when the power fails', () => {
    for (const [how, left] of [
      ['killed', 2],
      ['power lost', 1],
    ] as const) {
      fs.rmSync(directory, { recursive: true })
      const { wal } = Wal.open(directory, 1n)
      wal.append(1, payloads[0] as Uint8Array)
      wal.flushSync()
      wal.append(2, payloads[1] as Uint8Array)
      wal.write()
      wal.append(3, payloads[2] as Uint8Array)
      wal.close(how)
      expectFirst(read(), left)
    }
  })

  it('cuts a torn tail to the last good record at every byte of the last three records', () => {
    const { file, bytes, starts } = write()
    let cuts = 0
    for (let length = starts[2] as number; length < bytes.length; length++) {
      fs.writeFileSync(file, bytes.subarray(0, length))
      const good = starts.filter((start) => start <= length).length - 1
      expectFirst(read(), good)
      expect(fs.statSync(file).size, `cut at ${length}`).to.equal(starts[good])
      cuts++
    }
    expect(cuts).to.be.greaterThan(350)
  })

  it('drops the last record when any of its bits is flipped', () => {
    const { file, bytes, starts } = write()
    const last = starts[payloads.length - 1] as number
    for (let bit = last * 8; bit < bytes.length * 8; bit++) {
      const copy = Buffer.from(bytes)
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
      fs.writeFileSync(file, copy)
      expectFirst(read(), payloads.length - 1)
    }
  })

  it('refuses a log whose middle is damaged instead of skipping it, for every byte of the middle records', () => {
    const { file, bytes, starts } = write()
    for (let at = starts[1] as number; at < (starts[4] as number); at++) {
      const copy = Buffer.from(bytes)
      copy[at] = (copy[at] as number) ^ 0x55
      fs.writeFileSync(file, copy)
      expect(() => Wal.open(directory, 1n), `byte ${at}`).to.throw(WalError, /is damaged/)
      expect(fs.readFileSync(file), 'the evidence stays untouched').to.deep.equal(copy)
    }
  })

  it('cuts a tail of zeros, as a file system may leave after power loss', () => {
    const { file, bytes } = write()
    fs.writeFileSync(file, Buffer.concat([bytes, Buffer.alloc(5000)]))
    expectFirst(read(), payloads.length)
  })

  it('starts anew when the file was created but its first bytes never arrived', () => {
    const { file } = write()
    for (let length = 0; length < 18; length++) {
      fs.writeFileSync(file, Buffer.alloc(length))
      expect(read()).to.have.length(0)
    }
  })

  it('does not take a record inside a payload for a record of the file', () => {
    const { bytes, starts, file } = write(3)
    const image = bytes.subarray(starts[0], starts[1])
    fs.rmSync(file)
    const { wal } = Wal.open(directory, 1n)
    wal.append(1, Buffer.concat([image, image, Buffer.alloc(20)]))
    wal.close()
    const whole = fs.readFileSync(file)
    fs.writeFileSync(file, whole.subarray(0, whole.length - 3))
    expect(read()).to.have.length(0)
  })

  it('refuses a foreign file, and any use after a close', () => {
    const { file } = write()
    fs.writeFileSync(file, 'this is not a log at all')
    expect(() => Wal.open(directory, 1n)).to.throw(WalError, /not a consensus log/)
    fs.rmSync(file)
    const { wal } = Wal.open(directory, 1n)
    wal.close()
    expect(() => wal.append(1, Uint8Array.of(1))).to.throw(WalError, /not usable/)
    expect(() => wal.flushSync()).to.throw(WalError, /not usable/)
  })

  it('opens a new segment at a height when the present one is long, and keeps only two', () => {
    const { wal } = Wal.open(directory, 1n, { segmentBytes: 100 })
    for (let height = 1n; height <= 6n; height++) {
      wal.beginHeight(height)
      wal.append(3, new Uint8Array(200).fill(Number(height)))
      wal.flushSync()
    }
    wal.close()
    expect(fs.readdirSync(directory)).to.have.length(2)
    const records = read()
    expect(records).to.have.length(1)
    expect(records[0]?.payload[0]).to.equal(6)
  })
})
