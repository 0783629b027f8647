import { CodecError } from '../../proto/codec.ts'
import { Equivocation } from '../../proto/gen/cosmos/evidence/v1beta1/evidence.ts'
import type { Any } from '../../proto/gen/google/protobuf/any.ts'
import { PREFIX, toBech32 } from '../kit/address.ts'
import type { Misbehavior, WriteContext } from '../kit/context.ts'
import type { Hasher } from '../kit/crypto.ts'
import { evidenceErrors } from './errors.ts'
import { state } from './state.ts'

/** The evidence that a fault becomes; both kinds are one, as their penalty is. */
export function equivocationOf(fault: Misbehavior): Equivocation {
  return {
    height: fault.height,
    time: { seconds: fault.time, nanos: fault.timeNanos },
    power: fault.power,
    consensusAddress: toBech32(fault.address, PREFIX.consensus),
  }
}

/** Name of an evidence: sha256 of its bytes. */
export function hashOf(hasher: Hasher, evidence: Equivocation): Uint8Array {
  return hasher.sha256(Equivocation.encode(evidence))
}

/** Keeps an evidence under its hash. */
export function storeEvidence(ctx: WriteContext, evidence: Equivocation): void {
  state.evidence.set(ctx, hashOf(ctx.hasher, evidence), packEvidence(evidence))
}

/** The evidence as the store and clients carry it. */
export function packEvidence(evidence: Equivocation): Any {
  return { typeUrl: Equivocation.typeUrl, value: Equivocation.encode(evidence) }
}

/** Opens packed evidence. Throws evidence 3 when it is missing, of another type or does not decode. */
export function openEvidence(packed: Any | undefined): Equivocation {
  if (packed === undefined) throw evidenceErrors.invalid('missing evidence')
  if (packed.typeUrl !== Equivocation.typeUrl)
    throw evidenceErrors.invalid(`${packed.typeUrl} is no type of evidence`)
  try {
    return Equivocation.decode(packed.value)
  } catch (error) {
    if (error instanceof CodecError) throw evidenceErrors.invalid(error.message)
    throw error
  }
}

/** What is wrong with an evidence in itself, in the SDK's words; undefined when nothing is. */
export function evidenceProblem(evidence: Equivocation): string | undefined {
  const { time, height, power, consensusAddress } = evidence
  if (time.seconds <= 0n) return `invalid equivocation time: ${time.seconds} s`
  if (height < 1n) return `invalid equivocation height: ${height}`
  if (power < 1n) return `invalid equivocation validator power: ${power}`
  if (consensusAddress === '')
    return 'invalid equivocation validator consensus address: it is empty'
  return undefined
}
