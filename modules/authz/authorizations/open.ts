import { type AnyValue, CodecError } from '../../../proto/codec.ts'
import { GenericAuthorization } from '../../../proto/gen/cosmos/authz/v1beta1/authz.ts'
import { MsgExec } from '../../../proto/gen/cosmos/authz/v1beta1/tx.ts'
import { SendAuthorization } from '../../../proto/gen/cosmos/bank/v1beta1/authz.ts'
import { StakeAuthorization } from '../../../proto/gen/cosmos/staking/v1beta1/authz.ts'
import { sdkErrors } from '../../kit/errors.ts'
import type { Authorization } from './authorization.ts'
import { generic } from './generic.ts'
import { send } from './send.ts'
import { stake } from './stake.ts'

/** Opens a packed authorization. Throws sdk 29 for none or an unknown type, sdk 2 for bytes that do not decode. */
export function openAuthorization(packed: AnyValue | undefined): Authorization {
  if (packed === undefined) throw sdkErrors.invalidType('authorization is nil')
  const { typeUrl, value } = packed
  try {
    if (typeUrl === GenericAuthorization.typeUrl) return generic(GenericAuthorization.decode(value))
    if (typeUrl === SendAuthorization.typeUrl) return send(SendAuthorization.decode(value))
    if (typeUrl === StakeAuthorization.typeUrl) return stake(StakeAuthorization.decode(value))
  } catch (error) {
    if (error instanceof CodecError) throw sdkErrors.txDecode(error.message)
    throw error
  }
  throw sdkErrors.invalidType(`${typeUrl} is no authorization`)
}

/** Opens an authorization that may be granted. Throws what its own checks throw, and sdk 18 for one over MsgExec. */
export function checkedAuthorization(packed: AnyValue | undefined): Authorization {
  const authorization = openAuthorization(packed)
  authorization.check()
  // Who may execute for another has every authorization of his, and every message he may sign: no limit would hold.
  if (authorization.typeUrl === MsgExec.typeUrl) {
    throw sdkErrors.invalidRequest(
      'MsgExec cannot be granted: it would stand for all a granter may do; grant the messages themselves',
    )
  }
  return authorization
}
