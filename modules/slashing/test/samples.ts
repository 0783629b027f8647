import type { JsonValue } from '../../../proto/codec.ts'
import { GenesisState } from '../../../proto/gen/cosmos/slashing/v1beta1/genesis.ts'
import type { Params } from '../../../proto/gen/cosmos/slashing/v1beta1/slashing.ts'
import { utf8Encode } from '../../kit/bytes.ts'
import { parseDec } from '../../kit/dec.ts'
import { defaultParams } from '../params.ts'

/** The stored form of a decimal. */
export const dec = (text: string): Uint8Array => utf8Encode(parseDec(text).toString())

/** A genesis of slashing with some parameters changed. */
export function slashingGenesisOf(changes: Partial<Params> = {}): JsonValue {
  return GenesisState.toJson({
    params: { ...defaultParams(), ...changes },
    signingInfos: [],
    missedBlocks: [],
  })
}
