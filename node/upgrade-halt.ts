import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { upgradeHalt } from './app/upgrade.ts'
import { writeFileAtomic } from './consensus/atomic-file.ts'
import type { Home } from './home.ts'
import type { Logger } from './telemetry/log.ts'

/** Where a node says which upgrade it waits for; cosmovisor watches this file and starts the program of that name. */
export function upgradeInfoFile(home: Home): string {
  return join(home.root, 'data', 'upgrade-info.json')
}

/**
 * When a node stops because of an upgrade, says so in the log and writes the file that names the upgrade; any other error is left
 * to others.
 */
export function tellUpgradeHalt(error: unknown, home: Home, log: Logger): void {
  const halt = upgradeHalt(error)
  if (halt === undefined) return
  log.error(halt.message)
  if (halt.plan === undefined) return
  const { height, info, name } = halt.plan
  const content = JSON.stringify({ name, height: Number(height), info })
  try {
    mkdirSync(join(home.root, 'data'), { recursive: true })
    writeFileAtomic(upgradeInfoFile(home), content)
  } catch (failed) {
    // The node stops either way; only a program that watches the file has to be told by hand.
    log.error('upgrade-info.json was not written', { error: String(failed) })
  }
}
