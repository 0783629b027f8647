import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { DeviceMessage } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { deriveDeviceKey } from '../device-keys.ts'
import { DeviceSigner, identityOf } from '../device-signer.ts'
import { GatewayError } from '../errors.ts'
import { Ledger } from '../ledger.ts'
import { SigningBook } from '../signing-book.ts'
import { type PositionOnChain, SigningDesk } from '../signing-desk.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const registers = (time: bigint, exportMwh: bigint) => ({ time, importMwh: 0n, exportMwh })
const fresh: PositionOnChain = { seq: 0n, hash: '', last: undefined }

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    return error instanceof GatewayError ? error.code : `other: ${String(error)}`
  }
  return ''
}

describe('signing desk', () => {
  let dir: string
  let file: string
  let sent: SignedReading[]
  let broken: boolean
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'strom-desk-'))
    file = join(dir, 'signing.json')
    sent = []
    broken = false
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const open = async (queued = new Ledger()): Promise<SigningDesk> => {
    const desk = new SigningDesk({
      chainId: 'c',
      devices: ['pv'],
      book: await SigningBook.open(file, 'c'),
      queued,
      key: (device) => deriveDeviceKey('1', device),
      submit: async (readings) => {
        if (broken) throw new Error('disk full')
        sent.push(...readings)
      },
    })
    await desk.start()
    return desk
  }
  const queueOf = (...readings: SignedReading[]): Ledger => {
    const ledger = new Ledger()
    ledger.enqueue(ledger.admit(readings))
    return ledger
  }
  const decoded = (): DeviceMessage[] => sent.map((one) => DeviceMessage.decode(one.message))

  it('signs nothing for a device of unknown place until the chain has told where it stands', async () => {
    const desk = await open()
    expect(desk.waiting()).to.deep.equal(['pv'])
    expect(await codeOf(desk.take('pv', registers(900n, 1n)))).to.contain('stays a gap')
    await desk.verify(new Map([['pv', { seq: 41n, hash: 'ab'.repeat(32), last: undefined }]]))
    await desk.take('pv', registers(900n, 1n))
    expect(decoded().map((one) => [one.seq, hex(one.prevHash)])).to.deep.equal([
      [42n, 'ab'.repeat(32)],
    ])
  })

  it('makes the intended message again byte for byte when it was cut off before the queue had it', async () => {
    let desk = await open()
    await desk.verify(new Map([['pv', fresh]]))
    await desk.take('pv', registers(900n, 1n))
    broken = true
    expect(await codeOf(desk.take('pv', registers(1_800n, 2n)))).to.contain('disk full')
    broken = false
    const first = sent.splice(0)
    desk = await open(queueOf(...first))
    expect(sent).to.have.length(1)
    const again = sent[0]?.message ?? new Uint8Array(0)
    expect(DeviceMessage.decode(again).exportMwh).to.equal(2n)
    await desk.take('pv', registers(2_700n, 3n))
    expect(decoded().map((one) => one.seq)).to.deep.equal([2n, 3n])
    expect(hex(decoded()[1]?.prevHash ?? new Uint8Array(0))).to.equal(hex(identityOf(again)))
    expect(desk.last('pv')?.exportMwh).to.equal(3n)
  })

  it('hands a message over first that the queue did not take, then the next one', async () => {
    const desk = await open()
    await desk.verify(new Map([['pv', fresh]]))
    broken = true
    await codeOf(desk.take('pv', registers(900n, 1n)))
    broken = false
    await desk.take('pv', registers(1_800n, 2n))
    expect(decoded().map((one) => [one.seq, one.exportMwh])).to.deep.equal([
      [1n, 1n],
      [2n, 2n],
    ])
  })

  it('goes on from the queue when the book is lost, and from the chain when both are', async () => {
    const signer = new DeviceSigner({ chainId: 'c', device: 'pv', key: deriveDeviceKey('1', 'pv') })
    const one = signer.sign({ ...registers(900n, 1n), status: 1n })
    const two = signer.sign({ ...registers(1_800n, 2n), status: 1n })
    const desk = await open(queueOf(one, two))
    expect(desk.last('pv')?.time).to.equal(1_800n)
    await desk.take('pv', registers(2_700n, 3n))
    expect(decoded().map((message) => [message.seq, hex(message.prevHash)])).to.deep.equal([
      [3n, hex(identityOf(two.message))],
    ])
  })

  it('stops before anything is sent when the chain is further, or has other bytes under the last number', async () => {
    const desk = await open()
    await desk.verify(new Map([['pv', fresh]]))
    await desk.take('pv', registers(900n, 1n))
    const own = hex(identityOf(sent[0]?.message ?? new Uint8Array(0)))
    const chain = (seq: bigint, hash: string): Map<string, PositionOnChain> =>
      new Map([['pv', { seq, hash, last: undefined }]])
    expect(await codeOf(desk.verify(chain(1n, own)))).to.equal('')
    expect(await codeOf(desk.verify(chain(0n, '')))).to.equal('')
    expect(await codeOf(desk.verify(chain(1n, 'cd'.repeat(32))))).to.equal('equivocation')
    expect(await codeOf(desk.verify(chain(2n, own)))).to.equal('equivocation')
  })

  it('refuses a damaged book and one of another chain', async () => {
    const desk = await open()
    await desk.verify(new Map([['pv', fresh]]))
    expect(await codeOf(SigningBook.open(file, 'other'))).to.equal('wrong_chain')
    const text = readFileSync(file, 'utf8')
    for (const bad of ['', '{', text.replace('"seq": "0"', '"seq": "x"'), text.slice(0, -9)]) {
      writeFileSync(file, bad)
      expect(await codeOf(SigningBook.open(file, 'c')), JSON.stringify(bad)).to.equal('bad_config')
    }
  })

  it('makes many entries durable together, and keeps the old one when writing fails', async () => {
    const book = await SigningBook.open(file, 'c')
    const entry = (seq: bigint) => ({ seq, hash: '', reading: undefined, last: undefined })
    await Promise.all(
      Array.from({ length: 200 }, (_, i) => book.set(new Map([[`d${i}`, entry(BigInt(i))]]))),
    )
    const again = await SigningBook.open(file, 'c')
    expect(again.get('d199')?.seq).to.equal(199n)
    rmSync(dir, { recursive: true, force: true })
    expect(await codeOf(book.set(new Map([['d1', entry(77n)]])))).to.contain('ENOENT')
    expect(book.get('d1')?.seq).to.equal(1n)
  })
})
