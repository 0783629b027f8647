import type { Plan } from '../../proto/gen/cosmos/upgrade/v1beta1/upgrade.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'

/** What a program that carries an upgrade does at its height, on the state of the program before. */
export interface Upgrade {
  readonly name: string
  migrate(ctx: BlockContext): void
}

/** What upgrade offers: the plan governance made, and what was done. */
export interface UpgradeApi {
  plan(ctx: ReadContext): Plan | undefined
  /** Height at which an upgrade was carried out, undefined when it never was. */
  doneAt(ctx: ReadContext, name: string): bigint | undefined
}
