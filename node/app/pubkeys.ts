import { secp256k1Address } from '../../modules/kit/address.ts'
import { concatBytes } from '../../modules/kit/bytes.ts'
import type { Hasher } from '../../modules/kit/crypto.ts'
import { sdkErrors } from '../../modules/kit/errors.ts'
import type { AnyValue } from '../../proto/codec.ts'
import { CodecError } from '../../proto/codec.ts'
import { LegacyAminoPubKey } from '../../proto/gen/cosmos/crypto/multisig/keys.ts'
import { PubKey } from '../../proto/gen/cosmos/crypto/secp256k1/keys.ts'

/** A single account key. */
export interface SingleKey {
  readonly kind: 'secp256k1'
  readonly key: Uint8Array
  readonly address: Uint8Array
}

/** `threshold` of the member keys must sign; members may be multisigs themselves in the SDK, here single keys only. */
export interface MultisigKey {
  readonly kind: 'multisig'
  readonly threshold: number
  readonly members: readonly SingleKey[]
  readonly address: Uint8Array
}

export type AccountKey = SingleKey | MultisigKey

const SECP256K1 = '/cosmos.crypto.secp256k1.PubKey'
const MULTISIG = '/cosmos.crypto.multisig.LegacyAminoPubKey'
// Amino prefixes of the two key types: an address of a multisig is the hash of its amino bytes.
const AMINO_SECP256K1 = Uint8Array.of(0xeb, 0x5a, 0xe9, 0x87, 0x21)
const AMINO_MULTISIG = Uint8Array.of(0x22, 0xc1, 0xf7, 0xe2)

/** Reads an account key. Throws sdk 8 for types that cannot sign transactions here. */
export function decodeKey(any: AnyValue, hasher: Hasher): AccountKey {
  try {
    if (any.typeUrl === SECP256K1) return single(PubKey.decode(any.value).key, hasher)
    if (any.typeUrl === MULTISIG) return multisig(any.value, hasher)
  } catch (error) {
    if (error instanceof CodecError) throw sdkErrors.invalidPubKey(error.message)
    throw error
  }
  throw sdkErrors.invalidPubKey(
    `accounts sign with secp256k1 or a multisig of it, not ${any.typeUrl}`,
  )
}

function single(key: Uint8Array, hasher: Hasher): SingleKey {
  if (key.length !== 33 || (key[0] !== 2 && key[0] !== 3)) {
    throw sdkErrors.invalidPubKey('a secp256k1 key is 33 bytes and starts with 02 or 03')
  }
  return {
    kind: 'secp256k1',
    key,
    // Two hashes, asked for once in the life of an account.
    get address() {
      return secp256k1Address(hasher, key)
    },
  }
}

function multisig(value: Uint8Array, hasher: Hasher): MultisigKey {
  const { threshold, publicKeys } = LegacyAminoPubKey.decode(value)
  if (threshold < 1 || threshold > publicKeys.length) {
    throw sdkErrors.invalidPubKey(
      `a multisig of ${publicKeys.length} keys cannot have threshold ${threshold}`,
    )
  }
  const members = publicKeys.map((any) => {
    if (any.typeUrl !== SECP256K1)
      throw sdkErrors.invalidPubKey(`a multisig member of type ${any.typeUrl}`)
    return single(PubKey.decode(any.value).key, hasher)
  })
  const parts = members.map((member) =>
    concatBytes(Uint8Array.of(0x12, AMINO_SECP256K1.length + 33), AMINO_SECP256K1, member.key),
  )
  const amino = concatBytes(AMINO_MULTISIG, Uint8Array.of(0x08), varint(threshold), ...parts)
  return { kind: 'multisig', threshold, members, address: hasher.sha256(amino).slice(0, 20) }
}

/** Minimal unsigned varint of a threshold. */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Uint8Array.of(...bytes, rest)
}
