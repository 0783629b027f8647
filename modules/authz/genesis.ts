import type { GrantAuthorization } from '../../proto/gen/cosmos/authz/v1beta1/authz.ts'
import { GenesisState } from '../../proto/gen/cosmos/authz/v1beta1/genesis.ts'
import { toHex } from '../kit/bytes.ts'
import { ChainError, sdkErrors } from '../kit/errors.ts'
import type { GenesisDef } from '../kit/module.ts'
import { blockTime, compareTime, isTime } from '../kit/time.ts'
import { checkedAuthorization } from './authorizations/open.ts'
import { authzErrors } from './errors.ts'
import { saveGrant } from './grants.ts'
import { partiesOf } from './messages/parties.ts'
import { rowOf } from './queries/grants.ts'
import { state } from './state.ts'

/** Genesis of authz: proto JSON of `cosmos.authz.v1beta1.GenesisState`; grants that have expired are left out. */
export const genesis: GenesisDef = {
  defaults: () => GenesisState.toJson(GenesisState.create()),
  validate: (json) => checkGenesis(GenesisState.fromJson(json)),
  init(ctx, json) {
    const data = GenesisState.fromJson(json)
    checkGenesis(data)
    for (const row of data.authorization) {
      const { authorization, expiration } = row
      if (authorization === undefined) throw sdkErrors.invalidType('authorization is nil')
      if (expiration !== undefined && compareTime(expiration, blockTime(ctx)) <= 0) continue
      saveGrant(ctx, partiesOf(row), authorization, expiration)
    }
    return undefined
  },
  export: (ctx) =>
    GenesisState.toJson({
      authorization: Array.from(state.grants.entries(ctx), ([key, grant]) => rowOf(key, grant)),
    }),
}

/** Throws the error of the entry that is wrong, with its place. */
function checkGenesis(data: GenesisState): void {
  const seen = new Set<string>()
  data.authorization.forEach((row, i) => {
    try {
      const key = checkRow(row)
      if (seen.has(key)) throw sdkErrors.invalidRequest('the same is granted twice')
      seen.add(key)
    } catch (error) {
      if (!(error instanceof ChainError)) throw error
      throw new ChainError(error.codespace, error.code, `authorization[${i}]: ${error.message}`)
    }
  })
}

function checkRow(row: GrantAuthorization): string {
  const { granter, grantee } = partiesOf(row)
  const { typeUrl } = checkedAuthorization(row.authorization)
  if (row.expiration !== undefined && !isTime(row.expiration))
    throw authzErrors.invalidExpiration('expiration is no date')
  return `${toHex(granter)}/${toHex(grantee)}${typeUrl}`
}
