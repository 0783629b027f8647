import { signMeters } from './fleet-meters.ts'
import { answerParent, fromWire } from './fleet-prepare.ts'

/** Signs readings before anything is measured; a process of its own for each core. */
answerParent(async (jobs: Parameters<typeof fromWire>[0][]) => {
  for (const job of jobs) signMeters(fromWire(job))
  return jobs.length
})
