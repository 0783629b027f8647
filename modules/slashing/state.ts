import { Params, ValidatorSigningInfo } from '../../proto/gen/cosmos/slashing/v1beta1/slashing.ts'
import { Any } from '../../proto/gen/google/protobuf/any.ts'
import { bytesValue, defineState, protoValue, rememberLast } from '../kit/collections.ts'
import type { ReadContext } from '../kit/context.ts'
import { bytesKey, type KeyCodec, pairKey, prefixedBytesKey, u64Key } from '../kit/keys.ts'
import { defaultParams } from './params.ts'

/** Number of a chunk, eight bytes little-endian as the SDK has it: key order is not that of numbers. */
const chunkKey: KeyCodec<bigint> = {
  encode: (chunk) => u64Key.encode(chunk).reverse(),
  encodePart: (chunk) => u64Key.encode(chunk).reverse(),
  decode: (bytes) => u64Key.decode(bytes.slice().reverse()),
  decodePart: (bytes) => [u64Key.decode(bytes.slice(0, 8).reverse()), 8],
}

/** The store `slashing` in the SDK's layout (x/slashing/types/keys.go). `cons` is a consensus address with its length. */
export const state = defineState('slashing', (s) => ({
  /** 0x00 -> Params */
  params: s.item(0x00, 'params', rememberLast(protoValue(Params))),
  /** 0x01 | cons -> ValidatorSigningInfo */
  signingInfos: s.table(0x01, 'signing_infos', prefixedBytesKey, protoValue(ValidatorSigningInfo)),
  /** 0x02 | cons | number of the chunk -> 1024 bits, at least one set */
  missed: s.table(0x02, 'missed_block_bitmap', pairKey(bytesKey, chunkKey), bytesValue),
  /** 0x03 | cons -> Any(consensus key), as long as the validator exists */
  pubKeys: s.table(0x03, 'addr_pubkey_relation', prefixedBytesKey, protoValue(Any)),
}))

/** The parameters, defaults before genesis. */
export function readParams(ctx: ReadContext): Params {
  return state.params.get(ctx) ?? defaultParams()
}
