import { Minter, Params } from '../../proto/gen/cosmos/mint/v1beta1/mint.ts'
import { defineState, protoValue, rememberLast } from '../kit/collections.ts'

/** The store `mint` in the SDK's layout (x/mint/types/keys.go). */
export const state = defineState('mint', (s) => ({
  /** 0x00 -> Minter */
  minter: s.item(0x00, 'minter', protoValue(Minter)),
  /** 0x01 -> Params */
  params: s.item(0x01, 'params', rememberLast(protoValue(Params))),
}))
