import { defineModule, type Module } from '../kit/module.ts'
import type { CertificateApi } from './api.ts'
import { bookDue } from './booking.ts'
import { expireDue } from './expiry.ts'
import { genesis } from './genesis.ts'
import { invariants } from './invariants.ts'
import { allocateToStorage } from './messages/allocate-to-storage.ts'
import { cancelCertificate } from './messages/cancel-certificate.ts'
import { claimCertificate } from './messages/claim-certificate.ts'
import { enterGeneration } from './messages/enter-generation.ts'
import { issueCarbon } from './messages/issue-carbon.ts'
import { matchCertificate } from './messages/match-certificate.ts'
import { releaseCertificate } from './messages/release-certificate.ts'
import { reserveCertificate } from './messages/reserve-certificate.ts'
import { retireCarbon } from './messages/retire-carbon.ts'
import { transferCarbon } from './messages/transfer-carbon.ts'
import { transferCertificate } from './messages/transfer-certificate.ts'
import { updateParams } from './messages/update-params.ts'
import { carbonBatch, carbonHoldings, carbonRetirements } from './queries/carbon.ts'
import { certificate, certificatesByDevice, slices } from './queries/certificates.ts'
import { claim, claimsBy, consumptionByDevice } from './queries/claims.ts'
import { exportCertificate } from './queries/export.ts'
import { holdings } from './queries/holdings.ts'
import { lineage } from './queries/lineage.ts'
import { residualMix } from './queries/residual-mix.ts'
import { score } from './queries/score.ts'
import { storageRecords, storageSheet } from './queries/storage.ts'
import { params, summary } from './queries/summary.ts'
import { chainWh, lock, record, recordedWh, withdraw } from './record.ts'
import { checkTotals } from './totals.ts'

/** Certificates of numbered watt-hours, consumption, batteries, residual mix and carbon credits. Needs no other module. */
export function certificateModule(): Module<CertificateApi> {
  return defineModule<CertificateApi>({
    name: 'certificate',
    store: 'certificate',
    api: { record, withdraw, lock, chainWh, recordedWh },
    messages: [
      transferCertificate,
      reserveCertificate,
      releaseCertificate,
      claimCertificate,
      cancelCertificate,
      matchCertificate,
      allocateToStorage,
      issueCarbon,
      transferCarbon,
      retireCarbon,
      enterGeneration,
      updateParams,
    ],
    queries: [
      params,
      certificate,
      certificatesByDevice,
      slices,
      holdings,
      claim,
      claimsBy,
      consumptionByDevice,
      storageRecords,
      storageSheet,
      residualMix,
      score,
      lineage,
      exportCertificate,
      carbonBatch,
      carbonHoldings,
      carbonRetirements,
      summary,
    ],
    genesis,
    invariants,
    beginBlock: expireDue,
    // After metering has recorded what came late, so that a late charge stands before the discharge it served.
    endBlock(ctx) {
      bookDue(ctx)
      checkTotals(ctx)
      return undefined
    },
  })
}
