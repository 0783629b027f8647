import { defineModule, type Module } from '../kit/module.ts'
import type { CertificateApi } from './api.ts'
import { genesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { issue, issuedWh } from './issue.ts'
import { transferCertificate } from './messages/transfer-certificate.ts'
import { certificate, certificatesByDevice } from './queries/certificates.ts'
import { holdings } from './queries/holdings.ts'
import { params, summary } from './queries/summary.ts'

/** Granular certificates: one range of numbered watt-hours a closed interval. Needs no other module. */
export function certificateModule(): Module<CertificateApi> {
  return defineModule<CertificateApi>({
    name: 'certificate',
    store: 'certificate',
    api: { issue, issuedWh },
    messages: [transferCertificate],
    queries: [params, certificate, certificatesByDevice, holdings, summary],
    genesis,
    invariants,
  })
}
