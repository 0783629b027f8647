import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { deriveDeviceKey } from '../device-keys.ts'
import { DeviceSigner } from '../device-signer.ts'
import { GatewayError } from '../errors.ts'
import { inspectQueue, ReadingQueue } from '../queue.ts'

const signer = (device = 'pv'): DeviceSigner =>
  new DeviceSigner({ chainId: 'c', device, key: deriveDeviceKey('1', device) })
const next = (device: DeviceSigner) =>
  device.sign({ time: 900n * (device.position.seq + 1n), importMwh: 0n, exportMwh: 5n, status: 1n })

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
  return ''
}

describe('durable queue', () => {
  let dir: string
  let file: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'strom-queue-'))
    file = join(dir, 'queue.bin')
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it('keeps what waits behind numbers that are settled already, over reopenings and rewriting', async () => {
    const device = signer()
    let queue = await ReadingQueue.open(file)
    const signed = Array.from({ length: 5 }, () => next(device))
    await queue.append(signed)
    const entry = queue.ledger.entry('pv', 'main')
    const [, second, third, , fifth] = entry.pending
    if (second === undefined || third === undefined || fifth === undefined) throw new Error('none')
    queue.ledger.settle(third, undefined)
    queue.ledger.settle(fifth, 'window_closed')
    queue.ledger.settle(second, undefined)
    expect(entry.ackedSeq).to.equal(0n)
    await queue.acknowledge([entry])
    for (const rewrite of [false, true]) {
      if (rewrite) await queue.compact()
      await queue.close()
      queue = await ReadingQueue.open(file)
      await queue.append(signed)
      const again = queue.ledger.entry('pv', 'main')
      expect(again.pending.map((item) => item.seq)).to.deep.equal([1n, 4n])
      expect(queue.ledger.lastSeq('pv')).to.equal(5n)
      expect([again.accepted, again.refused]).to.deep.equal([
        2n,
        [{ seq: 5n, reason: 'window_closed' }],
      ])
    }
    const last = queue.ledger.entry('pv', 'main')
    for (const item of [...last.pending]) queue.ledger.settle(item, undefined)
    expect([last.ackedSeq, last.accepted, last.ahead.size]).to.deep.equal([5n, 4n, 0])
    await queue.close()
  })

  it('gives back after a reopening what was appended and not acknowledged, in order', async () => {
    const device = signer()
    let queue = await ReadingQueue.open(file)
    await queue.append([next(device), next(device), next(device)])
    const entry = queue.ledger.entry('pv', 'main')
    const first = entry.pending[0]
    const second = entry.pending[1]
    if (first === undefined || second === undefined) throw new Error('nothing queued')
    queue.ledger.settle(first, undefined)
    queue.ledger.settle(second, 'over_nameplate')
    await queue.acknowledge([entry])
    await queue.close()
    queue = await ReadingQueue.open(file)
    const again = queue.ledger.entry('pv', 'main')
    expect(again.pending.map((item) => item.seq)).to.deep.equal([3n])
    expect([again.ackedSeq, again.accepted, again.refused]).to.deep.equal([
      2n,
      1n,
      [{ seq: 2n, reason: 'over_nameplate' }],
    ])
    expect(queue.ledger.queued).to.equal(1)
    await queue.close()
  })

  it('takes a reading once however often it is handed in, and refuses two under one number', async () => {
    const queue = await ReadingQueue.open(file)
    const one = next(signer())
    await queue.append([one, one])
    await queue.append([one])
    expect(queue.ledger.queued).to.equal(1)
    const twin = signer().sign({ time: 900n, importMwh: 0n, exportMwh: 6n, status: 1n })
    expect(await refusal(queue.append([twin]))).to.equal('equivocation')
    expect(
      await refusal(queue.append([{ message: Uint8Array.of(255), signature: new Uint8Array(64) }])),
    ).to.equal('bad_message')
    expect(queue.ledger.queued).to.equal(1)
    await queue.close()
  })

  it('cut at any byte of its tail loses only the append under way, never a confirmed one', async () => {
    const device = signer()
    const queue = await ReadingQueue.open(file)
    await queue.append([next(device), next(device)])
    const confirmed = queue.size
    await queue.append([next(device), next(device), next(device)])
    const whole = readFileSync(file)
    await queue.close()
    for (let cut = confirmed; cut <= whole.length; cut += 1) {
      const torn = join(dir, `torn-${cut}`)
      writeFileSync(torn, whole.subarray(0, cut))
      const opened = await ReadingQueue.open(torn)
      expect(opened.ledger.queued, `cut at ${cut}`).to.equal(cut === whole.length ? 5 : 2)
      const more = signer('load')
      await opened.append([next(more)])
      await opened.close()
      expect(inspectQueue(torn, readFileSync(torn)).queued).to.equal(cut === whole.length ? 6 : 3)
      rmSync(torn)
    }
  })

  it('cut at any byte of its very first write starts empty', async () => {
    const queue = await ReadingQueue.open(file)
    await queue.append([next(signer())])
    await queue.close()
    const whole = readFileSync(file)
    for (let cut = 0; cut < whole.length; cut += 1) {
      const torn = join(dir, 'torn')
      writeFileSync(torn, whole.subarray(0, cut))
      const opened = await ReadingQueue.open(torn)
      expect(opened.ledger.queued).to.equal(0)
      await opened.close()
    }
  })

  it('with garbage or zeros behind its records drops them, but refuses damage in the middle', async () => {
    const device = signer()
    const queue = await ReadingQueue.open(file)
    await queue.append([next(device)])
    const first = queue.size
    await queue.append([next(device)])
    await queue.close()
    const whole = readFileSync(file)
    const tail = join(dir, 'tail')
    writeFileSync(tail, Buffer.concat([whole, Buffer.alloc(64)]))
    const opened = await ReadingQueue.open(tail)
    expect(opened.ledger.queued).to.equal(2)
    await opened.close()
    const damaged = Buffer.from(whole)
    damaged.writeUInt8((damaged[first - 10] ?? 0) ^ 1, first - 10)
    writeFileSync(tail, damaged)
    expect(await refusal(ReadingQueue.open(tail))).to.equal('queue_damaged')
    expect(readFileSync(tail).equals(damaged)).to.equal(true)
    writeFileSync(tail, 'something else altogether')
    expect(await refusal(ReadingQueue.open(tail))).to.equal('queue_damaged')
  })

  it('compacts to what waits and keeps the books', async () => {
    const device = signer()
    const queue = await ReadingQueue.open(file)
    for (let i = 0; i < 50; i += 1) await queue.append([next(device)])
    const entry = queue.ledger.entry('pv', 'main')
    for (const item of [...entry.pending].slice(0, 49)) queue.ledger.settle(item, undefined)
    await queue.acknowledge([entry])
    const before = queue.size
    await queue.compact()
    expect(queue.size).to.be.lessThan(before / 10)
    await queue.append([next(device)])
    await queue.close()
    const ledger = inspectQueue(file, readFileSync(file))
    expect(ledger.queued).to.equal(2)
    expect(ledger.entry('pv', 'main').accepted).to.equal(49n)
  })

  it('serves one process at a time and takes over the lock of one that is gone', async () => {
    const queue = await ReadingQueue.open(file)
    expect(await refusal(ReadingQueue.open(file))).to.equal('queue_in_use')
    await queue.close()
    writeFileSync(`${file}.lock`, '1\n')
    expect(await refusal(ReadingQueue.open(file))).to.equal('queue_in_use')
    writeFileSync(`${file}.lock`, '4194303\n')
    const opened = await ReadingQueue.open(file)
    await opened.close()
    writeFileSync(`${file}.lock`, `${process.pid}\n`)
    await (await ReadingQueue.open(file)).close()
  })

  it('holds every confirmed reading after kill -9 of its process in the middle of appends', async () => {
    const child = spawn(process.execPath, [
      '--import',
      'tsx',
      fileURLToPath(new URL('./queue-writer.ts', import.meta.url)),
      file,
    ])
    let confirmed = 0
    const exit = new Promise<void>((resolve) => child.on('exit', () => resolve()))
    child.stdout.on('data', (chunk: Buffer) => {
      confirmed = Number(chunk.toString().trim().split('\n').pop())
      if (confirmed >= 40) child.kill('SIGKILL')
    })
    await exit
    const copy = join(dir, 'copy')
    copyFileSync(file, copy)
    const queue = await ReadingQueue.open(file)
    expect(confirmed).to.be.at.least(40)
    expect(queue.ledger.queued).to.be.at.least(confirmed)
    expect(queue.ledger.entry('pv', 'main').pending.map((item) => Number(item.seq))).to.deep.equal(
      Array.from({ length: queue.ledger.queued }, (_, i) => i + 1),
    )
    await queue.close()
  })
})
