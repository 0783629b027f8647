import type { Plan } from '../../proto/gen/cosmos/upgrade/v1beta1/upgrade.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'

/** What a program that carries an upgrade does at its height, on the state of the program before. */
export interface Upgrade {
  readonly name: string
  /** Stores this upgrade brings (`StoreUpgrades.Added` of the SDK): they exist from its height on, empty before `migrate`. */
  readonly added?: readonly string[]
  /** Runs in the block of the plan's height before any other module. What it throws stops the node. */
  migrate(ctx: BlockContext): void
}

/** A module's name and the version of the state it reads and writes (`ConsensusVersion` of the SDK). */
export type ModuleVersion = readonly [name: string, version: bigint]

/** What upgrade offers: the plan governance made, and what was done. */
export interface UpgradeApi {
  plan(ctx: ReadContext): Plan | undefined
  /** Height at which an upgrade was carried out, undefined when it never was. */
  doneAt(ctx: ReadContext, name: string): bigint | undefined
}
