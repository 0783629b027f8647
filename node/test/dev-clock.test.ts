import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { timeToNanos } from '../chain/time.ts'
import { devCalendar, formatAnchor, leashEnd, moveLeash, parseAnchor } from '../dev-clock.ts'

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
    moveLeash(leash, { end: EPOCH + 900n, slow: [] })
    const calendar = devCalendar(parseAnchor(formatAnchor(anchor)) ?? anchor)
    expect(calendar.now()).to.deep.equal({ seconds: EPOCH + 900n, nanos: 0 })
    moveLeash(leash, { end: EPOCH + 1_000_000n, slow: [] })
    expect(calendar.now().seconds >= EPOCH + 27_000n).to.equal(true)
    expect(calendar.now().seconds < EPOCH + 1_000_000n).to.equal(true)
    rmSync(dir, { recursive: true })
  })

  it('hands a slow stretch on in the file of the leash', () => {
    const dir = mkdtempSync(join(tmpdir(), 'strom-leash-'))
    const leash = join(dir, 'leash')
    const anchor = { realMs: 0, calendar: { seconds: EPOCH, nanos: 0 }, speed: 450, leash }
    const calendar = devCalendar(anchor)
    const slow = [{ from: EPOCH + 900n, to: EPOCH + 2_700n }]
    moveLeash(leash, { end: EPOCH + 9_000n, slow })
    const at = (seconds: bigint): bigint => calendar.now({ seconds, nanos: 5 }).seconds - EPOCH
    expect(calendar.now().seconds - EPOCH).to.equal(9_000n)
    expect([at(EPOCH), at(EPOCH + 450n), at(EPOCH + 899n)]).to.deep.equal([899n, 1_349n, 1_349n])
    expect([at(EPOCH + 900n), at(EPOCH + 2_699n), at(EPOCH + 2_700n)]).to.deep.equal([
      1_799n,
      3_149n,
      9_000n,
    ])
    rmSync(dir, { recursive: true })
  })

  it('leaves no half tick of a slow stretch without a block, whatever blocks there are (1000 random days)', () => {
    const [day, half] = [86_400n, 450n]
    const stretch = fc.record({ start: fc.bigInt(2n, 80n), ticks: fc.bigInt(1n, 10n) })
    fc.assert(
      fc.property(
        fc.array(stretch, { minLength: 1, maxLength: 3 }),
        fc.infiniteStream(fc.bigInt(0n, 100n)),
        (stretches, shares) => {
          const slow = stretches.map(({ start, ticks }) => ({
            from: start * 900n,
            to: (start + ticks) * 900n,
          }))
          const seen = new Set<bigint>()
          let head = 0n
          while (head < day) {
            seen.add(head / half)
            const limit = leashEnd({ end: head + 7_200n, slow }, head)
            expect(limit > head).to.equal(true)
            const next = head + ((limit - head) * (shares.next().value ?? 100n)) / 100n
            head = next > head ? next : limit
          }
          for (const { from, to } of slow)
            for (let at = from / half; at < to / half; at += 1n)
              expect(seen.has(at), `half tick ${at}`).to.equal(true)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
