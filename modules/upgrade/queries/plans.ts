import {
  QueryAppliedPlanRequest,
  QueryAppliedPlanResponse,
  QueryAuthorityRequest,
  QueryAuthorityResponse,
  QueryCurrentPlanRequest,
  QueryCurrentPlanResponse,
  QueryModuleVersionsRequest,
  QueryModuleVersionsResponse,
  QueryUpgradedConsensusStateRequest,
  QueryUpgradedConsensusStateResponse,
} from '../../../proto/gen/cosmos/upgrade/v1beta1/query.ts'
import { govAuthority } from '../../kit/authority.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery } from '../../kit/module.ts'
import { doneAt, state } from '../state.ts'

const service = 'cosmos.upgrade.v1beta1.Query'

/** The planned upgrade; no plan when nothing is planned. */
export const currentPlan = defineQuery({
  service,
  method: 'CurrentPlan',
  request: QueryCurrentPlanRequest,
  response: QueryCurrentPlanResponse,
  handle: (ctx) => ({ plan: state.plan.get(ctx) }),
})

/** Height at which an upgrade was done, 0 when it never was. */
export const appliedPlan = defineQuery({
  service,
  method: 'AppliedPlan',
  request: QueryAppliedPlanRequest,
  response: QueryAppliedPlanResponse,
  handle: (ctx, { name }) => ({ height: doneAt(ctx, name) ?? 0n }),
})

/** There is no IBC here, so no state of it was ever prepared: the answer is empty, as the SDK's is then. */
export const upgradedConsensusState = defineQuery({
  service,
  method: 'UpgradedConsensusState',
  request: QueryUpgradedConsensusStateRequest,
  response: QueryUpgradedConsensusStateResponse,
  handle: () => QueryUpgradedConsensusStateResponse.create(),
})

/** Versions of all modules by name, or of the one asked for. Throws sdk 38 for one that is not there. */
export const moduleVersions = defineQuery({
  service,
  method: 'ModuleVersions',
  request: QueryModuleVersionsRequest,
  response: QueryModuleVersionsResponse,
  handle(ctx, { moduleName }) {
    if (moduleName === '') {
      const all = [...state.versions.entries(ctx)].map(([name, version]) => ({ name, version }))
      return { moduleVersions: all }
    }
    const version = state.versions.get(ctx, moduleName)
    if (version === undefined) {
      throw sdkErrors.notFound(`x/upgrade: QueryModuleVersions module ${moduleName} not found`)
    }
    return { moduleVersions: [{ name: moduleName, version }] }
  },
})

/** The account that may plan and cancel. */
export const authority = defineQuery({
  service,
  method: 'Authority',
  request: QueryAuthorityRequest,
  response: QueryAuthorityResponse,
  handle: (ctx) => ({ address: govAuthority(ctx) }),
})
