import { defineModule, type Module } from '../kit/module.ts'
import type { AuthzApi } from './api.ts'
import { genesis } from './genesis.ts'
import { type AuthzNeeds, PRUNED_A_BLOCK, pruneGrants } from './grants.ts'
import { invariants } from './invariants.ts'
import { exec } from './messages/exec.ts'
import { grantMessage } from './messages/grant.ts'
import { revoke } from './messages/revoke.ts'
import { granteeGrants, granterGrants, grants } from './queries/grants.ts'

/** Acting for others with their leave. Needs auth for accounts of grantees and bank for blocked addresses. */
export function authzModule(needs: AuthzNeeds): Module<AuthzApi> {
  return defineModule({
    name: 'authz',
    store: 'authz',
    api: {},
    messages: [grantMessage(needs), exec, revoke],
    queries: [grants, granterGrants, granteeGrants],
    genesis,
    invariants,
    beginBlock: (ctx) => pruneGrants(ctx, PRUNED_A_BLOCK),
  })
}
