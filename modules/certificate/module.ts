import { defineModule, type Module } from '../kit/module.ts'
import type { CertificateApi } from './api.ts'
import { expireDue } from './expiry.ts'
import { genesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { transferCertificate } from './messages/transfer-certificate.ts'
import { certificate, certificatesByDevice, slices } from './queries/certificates.ts'
import { holdings } from './queries/holdings.ts'
import { params, summary } from './queries/summary.ts'
import { lock, record, recordedWh, withdraw } from './record.ts'

/** Granular certificates: one range of numbered watt-hours a settled interval. Needs no other module. */
export function certificateModule(): Module<CertificateApi> {
  return defineModule<CertificateApi>({
    name: 'certificate',
    store: 'certificate',
    api: { record, withdraw, lock, recordedWh },
    messages: [transferCertificate],
    queries: [params, certificate, certificatesByDevice, slices, holdings, summary],
    genesis,
    invariants,
    beginBlock: expireDue,
  })
}
