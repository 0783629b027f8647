import type { Plan } from '../../proto/gen/cosmos/upgrade/v1beta1/upgrade.ts'

/**
 * The block needs a program that carries the named upgrade, and this one does not. Nothing is wrong with the chain or the
 * node: it stops before the block changes anything, and the program named by the plan goes on from here.
 */
export class UpgradeNeeded extends Error {
  readonly plan: string
  /** Height of the block that could not be executed; the first one of the next program. */
  readonly height: bigint
  readonly info: string
  /** What whoever runs the node does now. */
  readonly hint =
    'nothing is lost: install the program that carries this upgrade and start it on the same home; this one will stop here again'

  constructor(plan: Plan, height: bigint) {
    super(`UPGRADE "${plan.name}" NEEDED at height: ${plan.height}: ${plan.info}`)
    this.name = 'UpgradeNeeded'
    this.plan = plan.name
    this.height = height
    this.info = plan.info
  }
}

/** This program is not the one the chain runs at this height: too new for a plan still ahead, or older than an upgrade done. */
export class WrongProgram extends Error {
  /** What whoever runs the node does now. */
  readonly hint = 'nothing is lost: start the program that belongs to this height on the same home'

  constructor(message: string) {
    super(message)
    this.name = 'WrongProgram'
  }
}
