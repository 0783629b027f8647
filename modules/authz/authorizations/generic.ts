import type { GenericAuthorization } from '../../../proto/gen/cosmos/authz/v1beta1/authz.ts'
import { sdkErrors } from '../../kit/errors.ts'
import type { Authorization } from './authorization.ts'

/** Every message of one type, without limit. */
export function generic({ msg }: GenericAuthorization): Authorization {
  return {
    typeUrl: msg,
    check() {
      if (msg === '') throw sdkErrors.invalidRequest('msg type cannot be empty')
    },
    accept: () => ({ kind: 'kept' }),
    describe: () => `any ${msg}`,
  }
}
