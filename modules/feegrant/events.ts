import type { ModuleEvent } from '../kit/context.ts'

const named = (type: string, granter: string, grantee: string): ModuleEvent => ({
  type,
  attributes: [
    ['granter', granter],
    ['grantee', grantee],
  ],
})

/** An allowance was granted. */
export const granted = (granter: string, grantee: string): ModuleEvent =>
  named('set_feegrant', granter, grantee)

/** A fee was paid out of an allowance. */
export const used = (granter: string, grantee: string): ModuleEvent =>
  named('use_feegrant', granter, grantee)

/** What is left of an allowance was written. */
export const updated = (granter: string, grantee: string): ModuleEvent =>
  named('update_feegrant', granter, grantee)

/** An allowance was revoked, or its last coin spent. */
export const revoked = (granter: string, grantee: string): ModuleEvent =>
  named('revoke_feegrant', granter, grantee)

/** Somebody paid for the removal of expired allowances. */
export const pruned = (pruner: string): ModuleEvent => ({
  type: 'prune_feegrant',
  attributes: [['pruner', pruner]],
})
