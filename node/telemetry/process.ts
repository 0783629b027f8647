import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from './metrics.ts'

/**
 * Samples event loop lag and memory into `metrics` every `everyMs` (default 5 s). Lag is what the loop was late
 * beyond the sampler's own 10 ms grid. Returns a function that stops it; the timer never keeps a process alive.
 */
export function watchProcess(metrics: Metrics, everyMs = 5000): () => void {
  const resolutionMs = 10
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  const lag = (nanos: number): number => Math.max(0, nanos / 1e9 - resolutionMs / 1e3)
  const timer = setInterval(() => {
    if (delay.count > 0) {
      metrics.set('strom_event_loop_lag_seconds', lag(delay.percentile(99)))
      metrics.set('strom_event_loop_lag_max_seconds', lag(delay.max))
      delay.reset()
    }
    const memory = process.memoryUsage()
    metrics.set('strom_process_resident_bytes', memory.rss)
    metrics.set('strom_process_heap_bytes', memory.heapUsed)
  }, everyMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    delay.disable()
  }
}
