import type { Upgrade } from '../../modules/upgrade/api.ts'

/**
 * The upgrades this program carries, in the order in which they were planned. The last one done must stay here for ever: a program
 * that does not know it is older than the chain and refuses to run.
 */
export const UPGRADES: readonly Upgrade[] = []
