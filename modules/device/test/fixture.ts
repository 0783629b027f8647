import { p256 } from '@noble/curves/nist.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import { MsgRegisterDevice } from '../../../proto/gen/strom/device/v1/tx.ts'
import { toBech32 } from '../../kit/address.ts'
import { utf8Encode } from '../../kit/bytes.ts'
import { possessionBytes } from '../rules.ts'

export const CHAIN = 'strom-test-1'
export const OWNER = toBech32(new Uint8Array(20).fill(7))

/** The P-256 key of a test device, derived from its name. */
export function keyOf(name: string): { secret: Uint8Array; pubkey: Uint8Array } {
  const secret = sha256(utf8Encode(`device ${name}`))
  return { secret, pubkey: p256.getPublicKey(secret, true) }
}

/** A registration as its owner sends it; `fields` are changed before the device signs, `signer` may be another key. */
export function registration(
  id: string,
  fields: Partial<MsgRegisterDevice> = {},
  signer: { name?: string; chainId?: string } = {},
): MsgRegisterDevice {
  const message = MsgRegisterDevice.create({
    owner: OWNER,
    id,
    pubkey: keyOf(id).pubkey,
    scheme: 'p256',
    kind: Kind.KIND_PV,
    nameplateW: 10_000n,
    zone: 'DE-LU',
    site: 'home-1',
    intervalS: 900,
    ...fields,
  })
  const bytes = possessionBytes(signer.chainId ?? CHAIN, message)
  const { secret } = keyOf(signer.name ?? id)
  return { ...message, proofOfPossession: p256.sign(bytes, secret, { lowS: false }) }
}
