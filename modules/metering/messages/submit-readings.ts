import { CodecError } from '../../../proto/codec.ts'
import { DeviceMessage, type SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import {
  MsgSubmitReadings,
  MsgSubmitReadingsResponse,
  ReadingResult,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import type { CertificateApi } from '../../certificate/api.ts'
import type { DeviceApi } from '../../device/api.ts'
import { fromBech32 } from '../../kit/address.ts'
import type { MsgContext, ReadContext } from '../../kit/context.ts'
import type { DeclaredSignature, Scheme } from '../../kit/crypto.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { accept, type Batch, claimBack, postpone, refuse, setAside } from '../apply.ts'
import { meteringErrors } from '../errors.ts'
import { readingRejected } from '../events.ts'
import { claim, judge, MAX_SIGN_BYTES, type Verdict } from '../judge.ts'
import { state } from '../state.ts'
import { closeTally, openTally } from '../tally.ts'

/** Gas of one device signature, what the SDK asks for one of an account. */
export const SIGNATURE_GAS = 1000n

/** Modules that readings touch. */
export interface MeteringNeeds {
  readonly device: DeviceApi
  readonly certificate: CertificateApi
}

/**
 * Brings signed readings of any devices to the chain. Any account may carry them: only the device keys count. Each
 * reading is settled on its own and in order, so a bad one costs the others nothing.
 */
export function submitReadings(
  needs: MeteringNeeds,
): MessageDef<MsgSubmitReadings, MsgSubmitReadingsResponse> {
  return defineMessage({
    codec: MsgSubmitReadings,
    response: MsgSubmitReadingsResponse,
    signers: (message) => [message.gateway],
    describe: (message) => `${message.gateway} submits ${message.readings.length} signed readings`,
    validate(message) {
      fromBech32(message.gateway)
      if (message.readings.length === 0) throw meteringErrors.emptyBatch()
    },
    signatures: (ctx, message) => declared(needs.device, ctx, message),
    handle(ctx, message) {
      const params = state.params.must(ctx)
      if (message.readings.length > params.maxBatch) {
        throw meteringErrors.batchTooLarge(`${message.readings.length}, at most ${params.maxBatch}`)
      }
      const tally = openTally(ctx)
      const batch: Batch = { ctx, params, tally, certificates: needs.certificate }
      const results = message.readings.map((reading) => settle(ctx, needs.device, batch, reading))
      closeTally(ctx, tally)
      return { results }
    },
  })
}

function settle(
  ctx: MsgContext,
  devices: DeviceApi,
  batch: Batch,
  reading: SignedReading,
): ReadingResult {
  ctx.gas.consume(SIGNATURE_GAS, 'device signature')
  const identity = ctx.hasher.sha256(reading.message)
  const verdict = judge(ctx, devices, batch.params, reading, identity)
  if (verdict.kind === 'repeat') {
    const { reason } = verdict.known
    return ReadingResult.create({ identity, accepted: reason === '', duplicate: true, reason })
  }
  if (verdict.kind === 'accepted') {
    claimBack(batch, identity)
    const credit = accept(batch, verdict.proven, identity, verdict.questionable)
    return ReadingResult.create({
      identity,
      accepted: true,
      creditedImportWh: credit.importWh,
      creditedExportWh: credit.exportWh,
    })
  }
  ctx.emit(readingRejected(messageOf(verdict), verdict.problem))
  note(batch, verdict, identity)
  return ReadingResult.create({ identity, ...verdict.problem })
}

function messageOf(verdict: Exclude<Verdict, { kind: 'repeat' }>): DeviceMessage | undefined {
  return verdict.kind === 'unproven' ? verdict.message : verdict.proven.message
}

/** Records a refusal where it belongs. */
function note(
  batch: Batch,
  verdict: Extract<Verdict, { kind: 'unproven' | 'open' | 'refused' }>,
  identity: Uint8Array,
): void {
  if (verdict.kind === 'unproven') {
    // A settled message under a spoilt signature proves nothing new about it.
    if (verdict.settled) return
    const { device, context, seq } = verdict.message ?? DeviceMessage.create()
    const claimed = { device: claim(device), context: claim(context), seq }
    setAside(batch, claimed, identity, verdict.problem)
    return
  }
  claimBack(batch, identity)
  const record = verdict.kind === 'open' ? postpone : refuse
  record(batch, verdict.proven, identity, verdict.problem)
}

/** Signatures worth verifying ahead of execution, with the keys of the state that `ctx` reads. */
function declared(
  devices: DeviceApi,
  ctx: ReadContext,
  message: MsgSubmitReadings,
): DeclaredSignature[] {
  const found: DeclaredSignature[] = []
  for (const reading of message.readings) {
    if (reading.signature.length !== 64) continue
    const id = signerOf(reading.message)
    const device = id === undefined ? undefined : devices.get(ctx, id)
    if (device === undefined) continue
    found.push({
      scheme: device.scheme as Scheme,
      key: device.pubkey,
      bytes: reading.message,
      signature: reading.signature,
    })
  }
  return found
}

/** The device a message names, or undefined when it cannot be read; what is wrong with it is said by `judge`. */
function signerOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_SIGN_BYTES) return undefined
  try {
    return DeviceMessage.decode(bytes).device
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}
