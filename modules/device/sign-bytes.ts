import {
  CapacityAttestation,
  DeviceAttestation,
  MakerCertificate,
  PossessionProof,
  RotationConsent,
} from '../../proto/gen/strom/device/v1/signed.ts'
import type { Plate } from './rules.ts'

/** What each signature is for. The slash keeps them apart from ids of devices, which stand in the same field. */
export const PURPOSE = {
  device: 'strom/device',
  certificate: 'strom/certificate',
  rotation: 'strom/rotation',
  capacity: 'strom/capacity',
} as const

/**
 * The bytes a device key signs to enter the registry: canonical protobuf of PossessionProof. It names chain, owner and
 * id, so that a proof serves one registration only, and field 4 differs in wire type from a device message, so that
 * neither can stand for the other.
 */
export function possessionBytes(
  chainId: string,
  device: { readonly owner: string; readonly id: string; readonly pubkey: Uint8Array },
  expiryHeight: bigint,
): Uint8Array {
  const { id, owner, pubkey } = device
  return PossessionProof.encode({ chainId, device: id, owner, pubkey, expiryHeight })
}

/** The bytes a maker signs of a device; `owner` is empty unless a receipt stands for the proof of possession. */
export function attestationBytes(chainId: string, plate: Plate, owner = ''): Uint8Array {
  const { maker, serial, model, pubkey, scheme, kind, nameplateW, storageWh } = plate
  const { etaCPpm, etaDPpm, classPpm, registerModulusMwh, trustClass } = plate
  return DeviceAttestation.encode({
    chainId,
    purpose: PURPOSE.device,
    maker,
    serial,
    model,
    pubkey,
    scheme,
    kind,
    nameplateW,
    storageWh,
    etaCPpm,
    etaDPpm,
    classPpm,
    registerModulusMwh,
    trustClass,
    owner,
  })
}

/** The bytes the issuer of a certificate signs. */
export function certificateBytes(certificate: MakerCertificate): Uint8Array {
  return MakerCertificate.encode(certificate)
}

/** A change of keys, as the old key or the maker consents to it. */
export interface Rotation {
  readonly device: string
  readonly oldPubkey: Uint8Array
  readonly newPubkey: Uint8Array
  readonly newScheme: string
  readonly expiryHeight: bigint
}

/** The bytes of that consent. */
export function consentBytes(chainId: string, rotation: Rotation): Uint8Array {
  return RotationConsent.encode({ chainId, purpose: PURPOSE.rotation, ...rotation })
}

/** The bytes a maker or tester signs of a measured battery. */
export function capacityBytes(
  chainId: string,
  measured: { readonly device: string; readonly capacityWh: bigint; readonly time: bigint },
): Uint8Array {
  const { device, capacityWh, time } = measured
  return CapacityAttestation.encode({
    chainId,
    purpose: PURPOSE.capacity,
    device,
    capacityWh,
    time,
  })
}
