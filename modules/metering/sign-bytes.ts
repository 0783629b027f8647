import { CodecError } from '../../proto/codec.ts'
import { DeviceMessage } from '../../proto/gen/strom/metering/v1/reading.ts'
import { equalBytes } from '../kit/bytes.ts'

/** Longest sign bytes that are looked at. */
export const MAX_SIGN_BYTES = 1024

const CLAIM = /^[\x20-\x7e]{0,64}$/

/**
 * Reads sign bytes strictly: they must be the canonical encoding, so that one message has one identity. Returns what is
 * wrong as text otherwise.
 */
export function readSignBytes(bytes: Uint8Array): DeviceMessage | string {
  if (bytes.length > MAX_SIGN_BYTES) return `sign bytes longer than ${MAX_SIGN_BYTES}`
  let message: DeviceMessage
  try {
    message = DeviceMessage.decode(bytes)
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    return `sign bytes are no device message: ${error.message}`
  }
  if (!equalBytes(DeviceMessage.encode(message), bytes)) return 'sign bytes are not canonical'
  return message
}

/** Text of an unproven message as far as it may enter state and events: short and printable, else nothing. */
export function claim(text: string): string {
  return CLAIM.test(text) ? text : ''
}
