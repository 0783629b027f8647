import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** Where figures were taken; they mean nothing without it. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly node: string
  readonly platform: string
  /** Work of others while the benchmark began: far above 0 the figures say little. */
  readonly loadBefore: number
}

/** This machine, now. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  }
}
