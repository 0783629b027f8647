import {
  AddressBytesToStringRequest,
  AddressBytesToStringResponse,
  AddressStringToBytesRequest,
  AddressStringToBytesResponse,
  Bech32PrefixRequest,
  Bech32PrefixResponse,
} from '../../../proto/gen/cosmos/auth/v1beta1/query.ts'
import { fromBech32, PREFIX, toBech32 } from '../../kit/address.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { defineQuery } from '../../kit/module.ts'

const service = 'cosmos.auth.v1beta1.Query'

/** The prefix of account addresses. */
export const bech32Prefix = defineQuery({
  service,
  method: 'Bech32Prefix',
  request: Bech32PrefixRequest,
  response: Bech32PrefixResponse,
  handle: () => ({ bech32Prefix: PREFIX.account }),
})

/** Bech32 text of address bytes. */
export const addressBytesToString = defineQuery({
  service,
  method: 'AddressBytesToString',
  request: AddressBytesToStringRequest,
  response: AddressBytesToStringResponse,
  handle(_, { addressBytes }) {
    if (addressBytes.length === 0)
      throw sdkErrors.invalidRequest('empty address bytes is not allowed')
    if (addressBytes.length > 255)
      throw sdkErrors.invalidAddress('address length must be 1 to 255 bytes')
    return { addressString: toBech32(addressBytes) }
  },
})

/** Address bytes of a bech32 text. */
export const addressStringToBytes = defineQuery({
  service,
  method: 'AddressStringToBytes',
  request: AddressStringToBytesRequest,
  response: AddressStringToBytesResponse,
  handle: (_, { addressString }) => ({ addressBytes: fromBech32(addressString) }),
})
