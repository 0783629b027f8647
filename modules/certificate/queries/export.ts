import {
  EnergyTag,
  QueryExportRequest,
  QueryExportResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import type { Certificate } from '../../../proto/gen/strom/certificate/v1/state.ts'
import { Kind, TrustClass } from '../../../proto/gen/strom/device/v1/state.ts'
import type { ReadContext } from '../../kit/context.ts'
import { defineQuery } from '../../kit/module.ts'
import { isFree, rangesOf } from '../ranges.ts'
import { sourceOf } from '../rules.ts'
import { state } from '../state.ts'
import { slicePage } from './certificates.ts'

const CLASS_NAMES: ReadonlyMap<TrustClass, string> = new Map([
  [TrustClass.TRUST_CLASS_A, 'A'],
  [TrustClass.TRUST_CLASS_B, 'B'],
  [TrustClass.TRUST_CLASS_C, 'C'],
  [TrustClass.TRUST_CLASS_N, 'N'],
])

/** The attributes the EnergyTag standard lists, and a page of ranges. Throws sdk 38 when there is no certificate. */
export const exportCertificate = defineQuery({
  service: 'strom.certificate.v1.Query',
  method: 'Export',
  request: QueryExportRequest,
  response: QueryExportResponse,
  handle(ctx, { device, intervalStart, part, pagination: request }) {
    const certificate = state.certificates.must(ctx, [device, intervalStart, part])
    const { items, pagination } = slicePage(ctx, [device, intervalStart, part], request)
    return { certificate: energyTag(ctx, certificate), ranges: items, pagination }
  },
})

function energyTag(ctx: ReadContext, certificate: Certificate): EnergyTag {
  const params = state.params.must(ctx)
  const { device, intervalStart, part } = certificate
  const stored = part > 0
  const free = rangesOf(ctx, [device, intervalStart, part]).some(isFree)
  const generator = stored ? certificate.originDevice : device
  return EnergyTag.create({
    energyCarrier: params.carrier,
    uniqueId: `${device}/${intervalStart}/${part}`,
    operationalDate: certificate.commissioned,
    intervalStart,
    intervalEnd: certificate.intervalEnd,
    issuanceDate: certificate.issuedTime,
    energySource: sourceOf(certificate.kind),
    technology: certificate.kind === Kind.KIND_PV ? 'photovoltaic' : 'wind turbine',
    deviceName: generator,
    deviceId: generator,
    deviceCapacityW: certificate.capacityW,
    countryOrRegion: certificate.zone,
    locationLatE4: certificate.latE4,
    locationLonE4: certificate.lonE4,
    baseUnit: 'Wh',
    faceValueWh: certificate.quantityWh,
    issuer: params.issuer || ctx.chainId,
    issuedFrom: stored ? 'storage' : 'production',
    disclosure: free && certificate.expires > ctx.time,
    afterConversion: stored,
    trustClass: CLASS_NAMES.get(certificate.trustClass) ?? '',
    provenByRoot: certificate.provenByRoot,
    qualityFlags: certificate.flags,
    storageDeviceId: stored ? device : '',
    openingReading: certificate.opening,
    closingReading: certificate.closing,
    finalTime: certificate.finalTime,
    expiry: certificate.expires,
    withdrawnWh: certificate.withdrawnWh,
    simulated: certificate.simulated,
  })
}
