import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import {
  QueryCertificatesByDeviceRequest,
  QueryConsumptionByDeviceRequest,
  QueryExportRequest,
  QueryResidualMixRequest,
  QuerySlicesRequest,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import { Device, TrustClass } from '../../../proto/gen/strom/device/v1/state.ts'
import { certificateModule } from '../module.ts'
import { certificatesByDevice, slices } from '../queries/certificates.ts'
import { consumptionByDevice } from '../queries/claims.ts'
import { exportCertificate } from '../queries/export.ts'
import { residualMix } from '../queries/residual-mix.ts'
import { record } from '../record.ts'
import { sharesPpm } from '../residual.ts'
import {
  ALICE,
  attempt,
  BOB,
  interval,
  issued,
  LOAD,
  PV,
  passTo,
  START,
  send,
  setParams,
  started,
  transfer,
} from './fixture.ts'

const { attributes } = JSON.parse(
  readFileSync(new URL('../testdata/energytag_attributes.json', import.meta.url), 'utf8'),
) as { readonly attributes: readonly string[] }

const plant = Device.create({
  ...PV,
  commissioned: 1_600_000_000n,
  latE4: 496_117,
  lonE4: 61_319,
  trustClass: TrustClass.TRUST_CLASS_B,
})

/** Which field of the export answers each attribute of the standard's list, in its order. */
const FIELDS = [
  'energyCarrier',
  'uniqueId',
  'operationalDate',
  'intervalEnd',
  'issuanceDate',
  'energySource',
  'technology',
  'deviceName',
  'deviceId',
  'deviceCapacityW',
  'countryOrRegion',
  'locationLatE4',
  'baseUnit',
  'faceValueWh',
  'issuer',
  'issuedFrom',
  'disclosure',
  'afterConversion',
  'configuration',
] as const

describe('Export', () => {
  it(`answers each of the ${attributes.length} attributes of the EnergyTag list`, () => {
    const chain = started()
    record(chain.write(), 'production', interval(plant, 7_500n))
    const request = QueryExportRequest.create({ device: PV.id, intervalStart: START })
    const { certificate, ranges } = exportCertificate.handle(chain.query(), request)
    expect(attributes).to.have.length(FIELDS.length)
    for (const field of FIELDS) expect(certificate[field], field).to.not.equal(undefined)
    expect(certificate).to.include({
      energyCarrier: 'electricity',
      uniqueId: `pv-1/${START}/0`,
      operationalDate: 1_600_000_000n,
      intervalEnd: START + 900n,
      issuanceDate: chain.time,
      energySource: 'solar',
      technology: 'photovoltaic',
      deviceId: 'pv-1',
      deviceCapacityW: 50_000n,
      countryOrRegion: 'DE-LU',
      locationLatE4: 496_117,
      baseUnit: 'Wh',
      faceValueWh: 7_500n,
      issuer: 'strom-test-1',
      issuedFrom: 'production',
      disclosure: true,
      afterConversion: false,
      trustClass: 'B',
    })
    expect(ranges).to.have.length(1)
    setParams(chain, { issuer: 'Issuing Body' })
    passTo(chain, START + 900n + 63_072_000n)
    const later = exportCertificate.handle(chain.query(), request).certificate
    expect(later).to.include({ issuer: 'Issuing Body', disclosure: false })
  })
})

describe('lists of certificates', () => {
  it('every list answers in pages that follow each other', () => {
    const chain = started()
    for (let i = 0n; i < 5n; i++) issued(chain, 10n, START + i * 900n)
    for (let i = 1n; i <= 9n; i += 2n) send(chain, transfer(ALICE, i, i, BOB))
    const starts: bigint[] = []
    let key: Uint8Array = new Uint8Array()
    do {
      const pagination = { key, offset: 0n, limit: 2n, countTotal: false, reverse: false }
      const page = certificatesByDevice.handle(
        chain.query(),
        QueryCertificatesByDeviceRequest.create({ device: PV.id, pagination }),
      )
      starts.push(...page.certificates.map(({ intervalStart }) => intervalStart))
      key = page.pagination?.nextKey ?? new Uint8Array()
    } while (key.length > 0)
    expect(starts).to.deep.equal([0n, 1n, 2n, 3n, 4n].map((i) => START + i * 900n))
    const pagination = {
      key: new Uint8Array(),
      offset: 9n,
      limit: 5n,
      countTotal: true,
      reverse: false,
    }
    const page = slices.handle(
      chain.query(),
      QuerySlicesRequest.create({ device: PV.id, intervalStart: START, pagination }),
    )
    expect(page.ranges.map(({ first }) => first)).to.deep.equal([10n])
    expect(page.pagination?.total).to.equal(10n)
  })
  it('consumption may be bounded by time', () => {
    const chain = started()
    for (let i = 0n; i < 5n; i++) {
      record(chain.write(), 'consumption', interval(LOAD, 10n, START + i * 900n))
    }
    const between = (from: bigint, to: bigint): number =>
      consumptionByDevice.handle(
        chain.query(),
        QueryConsumptionByDeviceRequest.create({ device: LOAD.id, from, to }),
      ).consumptions.length
    expect([between(0n, 0n), between(START + 900n, START + 2_700n)]).to.deep.equal([5, 2])
  })
  it('what is not there is not found', () => {
    const chain = started()
    const named = { device: 'x', intervalStart: 1n, part: 0, id: 1n, zone: 'x', month: 1 }
    const missing = certificateModule()
      .queries.filter(({ method }) =>
        [
          'Certificate',
          'Slices',
          'Claim',
          'StorageSheet',
          'Lineage',
          'Export',
          'CarbonBatch',
        ].includes(method),
      )
      .map((query) =>
        attempt(() => query.handle(chain.query(), { ...query.request.create(), ...named })),
      )
    expect(missing).to.deep.equal(new Array(7).fill('sdk 38'))
    const mix = residualMix.handle(chain.query(), QueryResidualMixRequest.create(named))
    expect(mix).to.deep.include({ shares: [], residualWh: 0n })
  })
  it('shares of a mix are a million in sum, ties to the first', () => {
    expect(sharesPpm([1n, 1n, 1n])).to.deep.equal([333_334n, 333_333n, 333_333n])
    expect(sharesPpm([0n, 0n])).to.deep.equal([0n, 0n])
    expect(sharesPpm([])).to.deep.equal([])
  })
})
