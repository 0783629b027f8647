import { expect } from 'chai'
import { identityOf } from '../../../cli/gateway/device-signer.ts'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { DeviceMessage } from '../../../proto/gen/strom/metering/v1/reading.ts'
import type { ReadingSink } from '../driver.ts'
import { TownDriver, townSigners } from '../driver.ts'
import { loadRecordedTown } from '../recorded-town.ts'
import type { Town } from '../town.ts'

/** Books readings as a gateway does, and can refuse to take them. */
class Books implements ReadingSink {
  readonly messages: DeviceMessage[] = []
  readonly identities: string[] = []
  readonly last = new Map<string, bigint>()
  failNext = false

  async submit(readings: SignedReading[]): Promise<void> {
    if (this.failNext) {
      this.failNext = false
      throw new Error('disk full')
    }
    for (const { message } of readings) {
      const decoded = DeviceMessage.decode(message)
      this.messages.push(decoded)
      this.identities.push(Buffer.from(identityOf(message)).toString('hex'))
      this.last.set(decoded.device, decoded.seq)
    }
  }

  async lastSeq(device: string): Promise<bigint> {
    return this.last.get(device) ?? 0n
  }
}

describe('town driver', () => {
  let town: Town
  before(() => {
    town = loadRecordedTown('1')
  })
  const drive = (sink: ReadingSink, clock: () => bigint): TownDriver =>
    new TownDriver(town, townSigners(town, 'strom-dev-1', '1'), sink, clock, 1)

  it('hands over each reading once its time has come, and all up to the end', async () => {
    const books = new Books()
    let now = town.start - 900n
    const driver = drive(books, () => {
      expect(books.messages.every((message) => message.time <= now)).to.equal(true)
      now += 1800n
      return now
    })
    expect(await driver.run(town.start + 21_600n)).to.equal(true)
    // 48 hourly devices open and send six readings each, the quarter-hour battery 24; all were recorded without a gap.
    expect(books.messages).to.have.length(48 * 7 + 25)
    expect(driver.until).to.equal(town.start + 21_600n)
  })

  it('links the messages of every device from number 1', async () => {
    const books = new Books()
    await drive(books, () => town.start + 7_200n).run(town.start + 7_200n)
    const seen = new Map<string, { seq: bigint; identity: string }>()
    for (const [i, message] of books.messages.entries()) {
      const before = seen.get(message.device) ?? { seq: 0n, identity: '' }
      expect(message.seq).to.equal(before.seq + 1n)
      expect(Buffer.from(message.prevHash).toString('hex')).to.equal(before.identity)
      seen.set(message.device, { seq: message.seq, identity: books.identities[i] ?? '' })
    }
    expect(seen.size).to.equal(49)
  })

  it('started again goes on with the very messages an unbroken run would have made', async () => {
    const [unbroken, broken] = [new Books(), new Books()]
    await drive(unbroken, () => town.start + 14_400n).run(town.start + 14_400n)
    await drive(broken, () => town.start + 5_000n).run(town.start + 5_000n)
    await drive(broken, () => town.start + 14_400n).run(town.start + 14_400n)
    expect([...broken.identities].sort()).to.deep.equal([...unbroken.identities].sort())
  })

  it('hands over again what the gateway could not take', async () => {
    const books = new Books()
    const driver = drive(books, () => town.start)
    books.failNext = true
    let message = ''
    await driver.run(town.start).catch((error: Error) => {
      message = error.message
    })
    expect(message).to.equal('disk full')
    await driver.run(town.start)
    expect(books.messages).to.have.length(49)
    expect(books.messages.every((one) => one.seq === 1n)).to.equal(true)
  })

  it('stops when told to', async () => {
    const driver = drive(new Books(), () => town.start)
    setTimeout(() => driver.stop(), 30)
    expect(await driver.run()).to.equal(false)
  })

  it('refuses books of another town', async () => {
    const books = new Books()
    books.last.set('home-1-pv', 99_999n)
    let message = ''
    await drive(books, () => town.start)
      .run()
      .catch((error: Error) => {
        message = error.message
      })
    expect(message).to.contain('home-1-pv has sent 99999 readings, but the recordings hold 1681')
  })
})
