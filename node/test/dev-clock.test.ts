import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { timeToNanos } from '../chain/time.ts'
import { devCalendar, formatAnchor, moveLeash, parseAnchor } from '../dev-clock.ts'

const EPOCH = 1_472_256_000n

describe('the development calendar', () => {
  it('runs `speed` times as fast as the real clock from its anchor on, and never backwards', async () => {
    const realMs = Date.now() - 2_000
    const calendar = devCalendar({ realMs, calendar: { seconds: EPOCH, nanos: 0 }, speed: 450 })
    const first = calendar.now()
    const passed = timeToNanos(first) - EPOCH * 1_000_000_000n
    // Two seconds of real time are 900 of the calendar; the rest is what this machine took to get here.
    expect(passed >= 900_000_000_000n && passed < 1_350_000_000_000n, `${passed}`).to.equal(true)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(timeToNanos(calendar.now()) > timeToNanos(first)).to.equal(true)
  })

  it('shows one time in all processes that have the same anchor', () => {
    const anchor = { realMs: Date.now(), calendar: { seconds: EPOCH, nanos: 0 }, speed: 1 }
    const [a, b] = [devCalendar(anchor), devCalendar(parseAnchor(formatAnchor(anchor)) ?? anchor)]
    const apart = timeToNanos(b.now()) - timeToNanos(a.now())
    expect(apart >= 0n && apart < 1_000_000_000n, `${apart}`).to.equal(true)
  })

  it('stands at its anchor while the real clock is behind it', () => {
    const calendar = { seconds: EPOCH, nanos: 0 }
    const now = devCalendar({ realMs: Date.now() + 60_000, calendar, speed: 450 }).now()
    expect(now).to.deep.equal(calendar)
  })

  it('is handed on as text that reads back, whatever the anchor (fast-check)', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.bigInt(0n, 1n << 40n),
        fc.integer({ min: 1, max: 1_000_000 }),
        (realMs, seconds, speed) => {
          const anchor = { realMs, calendar: { seconds, nanos: 0 }, speed }
          expect(parseAnchor(formatAnchor(anchor))).to.deep.equal(anchor)
        },
      ),
    )
    for (const text of ['', '1:2', '1:2:x', 'a:2:3', '1:2:3:4']) {
      expect(parseAnchor(text), text).to.equal(undefined)
    }
  })

  it('stands still at the end of its leash, and catches up when it is let on', () => {
    const dir = mkdtempSync(join(tmpdir(), 'strom-leash-'))
    const leash = join(dir, 'leash')
    const anchor = {
      realMs: Date.now() - 60_000,
      calendar: { seconds: EPOCH, nanos: 0 },
      speed: 450,
      leash,
    }
    moveLeash(leash, EPOCH + 900n)
    const calendar = devCalendar(parseAnchor(formatAnchor(anchor)) ?? anchor)
    expect(calendar.now()).to.deep.equal({ seconds: EPOCH + 900n, nanos: 0 })
    moveLeash(leash, EPOCH + 1_000_000n)
    expect(calendar.now().seconds >= EPOCH + 27_000n).to.equal(true)
    expect(calendar.now().seconds < EPOCH + 1_000_000n).to.equal(true)
    rmSync(dir, { recursive: true })
  })
})
