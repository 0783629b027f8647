import type { Plan } from '../../proto/gen/cosmos/upgrade/v1beta1/upgrade.ts'
import type { BlockContext, WriteContext } from '../kit/context.ts'
import type { ModuleVersion, Upgrade } from './api.ts'
import { UpgradeNeeded, WrongProgram } from './halts.ts'
import { isDue } from './rules.ts'
import { lastDone, state, writeDone } from './state.ts'

/** What the program around the module is: the upgrades it carries, the versions of its modules, and what its operator set. */
export interface Program {
  readonly upgrades: readonly Upgrade[]
  /** Heights whose plan is dropped instead of carried out. The majority must set the same ones, or this node forks off. */
  readonly skipHeights: ReadonlySet<bigint>
  /** Asked for when they are written: the list of modules is complete only after all were made. */
  readonly versions: () => readonly ModuleVersion[]
  /** Hears what happens, for the log of the node. */
  readonly say: (text: string) => void
}

/**
 * The SDK's `PreBlocker`: carries a plan out at its height, or halts when this is not the program for it. It runs before any
 * other module, so that all of them find the state in the form they read. Throws UpgradeNeeded or WrongProgram.
 */
export function beginBlock(program: Program, ctx: BlockContext): void {
  const plan = state.plan.get(ctx)
  const due = plan !== undefined && isDue(plan, ctx.height)
  const skipped = due && program.skipHeights.has(ctx.height)
  if (!due || skipped) requireLastDone(program, ctx)
  if (plan === undefined) return
  const upgrade = program.upgrades.find(({ name }) => name === plan.name)
  if (skipped) skip(program, ctx, plan)
  else if (due) {
    if (upgrade === undefined) throw new UpgradeNeeded(plan, ctx.height)
    carryOut(program, ctx, upgrade)
  } else if (upgrade !== undefined) {
    throw new WrongProgram(
      `BINARY UPDATED BEFORE TRIGGER! UPGRADE "${plan.name}" - in binary but not executed on chain. Downgrade your binary`,
    )
  }
}

/** A program that does not know the upgrade done last is older than the chain: its modules would misread the state. */
function requireLastDone({ upgrades }: Program, ctx: BlockContext): void {
  const last = lastDone(ctx)
  if (last === undefined || upgrades.some(({ name }) => name === last)) return
  throw new WrongProgram(`wrong app version 0, upgrade handler is missing for ${last} upgrade plan`)
}

function skip({ say }: Program, ctx: BlockContext, plan: Plan): void {
  say(`UPGRADE "${plan.name}" SKIPPED at ${plan.height}: ${plan.info}`)
  state.plan.delete(ctx)
}

function carryOut(program: Program, ctx: BlockContext, upgrade: Upgrade): void {
  program.say(`applying upgrade "${upgrade.name}" at height: ${ctx.height}`)
  upgrade.migrate(ctx)
  writeVersions(ctx, program.versions())
  state.protocolVersion.set(ctx, (state.protocolVersion.get(ctx) ?? 0n) + 1n)
  state.plan.delete(ctx)
  writeDone(ctx, ctx.height, upgrade.name)
}

/** Writes the version of every module of the program; modules that are gone keep their last one, as in the SDK. */
export function writeVersions(ctx: WriteContext, versions: readonly ModuleVersion[]): void {
  for (const [name, version] of versions) state.versions.set(ctx, name, version)
}
