import { CodecError } from '../../proto/codec.ts'
import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import { DeviceMessage, type SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import {
  MsgSubmitReadings,
  MsgSubmitReadingsResponse,
} from '../../proto/gen/strom/metering/v1/tx.ts'
import type { MsgContext, ReadContext } from '../kit/context.ts'
import { epochAt } from './epochs.ts'
import { deviceErrors } from './errors.ts'
import { isBound } from './rules.ts'

/** Reads what a device signed. Throws device 18 when it is no message of this device and chain. */
export function readMoment(
  ctx: ReadContext,
  device: string,
  reading: SignedReading,
  name: string,
): DeviceMessage {
  const message = decode(reading, name)
  if (message.chainId !== ctx.chainId || message.device !== device) {
    throw deviceErrors.badReading(
      `the ${name} reading is of device "${message.device}" on chain "${message.chainId}"`,
    )
  }
  if (message.time <= 0n) throw deviceErrors.badReading(`the ${name} reading has no time`)
  return message
}

/**
 * Hands a reading to metering, which must take it. It comes in the owner's name, or that of the gateway which a device
 * of class C or N is bound to: the signature of the device is what counts. Throws device 19.
 */
export function submitReading(
  ctx: MsgContext,
  device: Device,
  moment: { readonly name: string; readonly time: bigint; readonly reading: SignedReading },
): void {
  const { name, time, reading } = moment
  const epoch = epochAt(ctx, device, time)
  const gateway = isBound(device.trustClass) ? epoch.gateway : epoch.owner
  const value = MsgSubmitReadings.encode({ gateway, readings: [reading] })
  const answer = ctx.dispatch({ typeUrl: MsgSubmitReadings.typeUrl, value })
  const [result] = MsgSubmitReadingsResponse.decode(answer).results
  if (result?.accepted === true) return
  throw deviceErrors.readingRefused(
    `${name} reading: ${result?.reason ?? 'no answer'}, ${result?.detail ?? ''}`,
  )
}

function decode(reading: SignedReading, name: string): DeviceMessage {
  try {
    return DeviceMessage.decode(reading.message)
  } catch (error) {
    if (error instanceof CodecError) {
      throw deviceErrors.badReading(`the ${name} reading cannot be read: ${error.message}`)
    }
    throw error
  }
}
