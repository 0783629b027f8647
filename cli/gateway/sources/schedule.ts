import { nowMs, passingMs, timerMs } from './clock.ts'

/**
 * Runs `work` at whole multiples of `seconds` of the calendar, so that one run falls on every interval boundary.
 * Returns what ends it.
 */
export function everyAligned(seconds: number, work: () => void): () => void {
  const step = seconds * 1_000
  let timer: NodeJS.Timeout | undefined
  const plan = (): void => {
    const now = nowMs()
    // Timers may fire a moment early; the next multiple is then the one just meant, not the one after it.
    const next = (Math.floor((now + passingMs(5)) / step) + 1) * step
    timer = setTimeout(
      () => {
        plan()
        work()
      },
      timerMs(next - now),
    )
  }
  plan()
  return () => clearTimeout(timer)
}
