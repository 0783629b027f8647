import { bech32 } from '@scure/base'
import { PREFIX, toBech32 } from '../../modules/kit/address.ts'
import { usageError } from '../errors.ts'

/** One address in every form a chain shows it. */
export interface AddressForms {
  readonly hex: string
  readonly account: string
  readonly validator: string
  readonly consensus: string
}

/** All forms of an address given as bech32 (any prefix) or hex. Throws a usage error. */
export function addressForms(text: string): AddressForms {
  const bytes = readAnyAddress(text)
  return {
    hex: Buffer.from(bytes).toString('hex').toUpperCase(),
    account: toBech32(bytes),
    validator: toBech32(bytes, PREFIX.validator),
    consensus: toBech32(bytes, PREFIX.consensus),
  }
}

function readAnyAddress(text: string): Uint8Array {
  if (/^(0x)?([0-9a-fA-F]{2}){1,255}$/.test(text)) {
    return Buffer.from(text.replace(/^0x/, ''), 'hex')
  }
  try {
    const bytes = bech32.decodeToBytes(text).bytes
    if (bytes.length > 0 && bytes.length <= 255) return bytes
  } catch (error) {
    throw usageError(`"${text}" is neither hex nor a bech32 address: ${(error as Error).message}`)
  }
  throw usageError(`"${text}": an address has 1 to 255 bytes`)
}
