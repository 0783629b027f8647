import { type Device, Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgAttestCapacity,
  MsgAttestCapacityResponse,
} from '../../../proto/gen/strom/device/v1/tx.ts'
import type { ReadContext } from '../../kit/context.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount, liveDevice } from '../access.ts'
import {
  admittedMaker,
  attestationShapeProblem,
  attestationSignatures,
  requireAttested,
} from '../attest.ts'
import { deviceErrors } from '../errors.ts'
import { capacityAttested } from '../events.ts'
import { healthPpm } from '../rules.ts'
import { capacityBytes } from '../sign-bytes.ts'
import { state } from '../state.ts'
import { writeDevice } from '../store-device.ts'

/** Records a battery's measured capacity as its state of health. The signature counts, not who brings it. */
export const attestCapacity = defineMessage({
  codec: MsgAttestCapacity,
  response: MsgAttestCapacityResponse,
  signers: (message) => [message.signer],
  describe: ({ attester, device, capacityWh }) =>
    `${attester} attests that battery ${device} holds ${capacityWh} Wh`,
  validate(message) {
    checkAccount(message.signer, 'signer')
    const problem = attestationShapeProblem(message.attestation)
    if (problem !== undefined) throw deviceErrors.badAttestation(problem)
  },
  signatures: (ctx, message) => {
    const maker = state.makers.get(ctx, message.attester)
    if (maker === undefined) return []
    return attestationSignatures(maker, capacityBytes(ctx.chainId, message), message.attestation)
  },
  handle(ctx, message) {
    const device = liveDevice(ctx, message.device)
    const { capacityWh, time, attester } = message
    const sohPpm = healthOf(ctx, device, capacityWh, time)
    const maker = admittedMaker(ctx, attester)
    if (!maker.tester && maker.id !== device.maker) {
      throw deviceErrors.notAdmitted(`${attester} neither made ${device.id} nor is a tester`)
    }
    requireAttested(ctx, maker, capacityBytes(ctx.chainId, message), message.attestation)
    const next = { ...device, sohPpm, sohTime: time }
    writeDevice(ctx, device, next)
    ctx.emit(capacityAttested(device, next, { capacityWh, attester }))
    return { sohPpm }
  },
})

/** The new state of health. Throws device 24 unless this is a later measurement of a battery. */
function healthOf(ctx: ReadContext, device: Device, capacityWh: bigint, time: bigint): bigint {
  if (device.kind !== Kind.KIND_BESS) throw deviceErrors.badCapacity(`${device.id} is no battery`)
  if (time > ctx.time || time <= device.sohTime) {
    throw deviceErrors.badCapacity(
      `measured at ${time}, needed is after ${device.sohTime} and up to ${ctx.time}`,
    )
  }
  const health = healthPpm(capacityWh, device.storageWh)
  if (health < 1n) throw deviceErrors.badCapacity(`${capacityWh} Wh of ${device.storageWh} Wh`)
  return health
}
