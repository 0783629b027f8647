import { expect } from 'chai'
import { QueryHoldingsRequest } from '../../../proto/gen/strom/certificate/v1/query.ts'
import { issuedWh } from '../issue.ts'
import { certificate } from '../queries/certificates.ts'
import { holdings } from '../queries/holdings.ts'
import { summary } from '../queries/summary.ts'
import { ALICE, attempt, checkInvariants, issued, PV, ranges, START, started } from './fixture.ts'

describe('CertificateApi.issue', () => {
  it('7,500 Wh become one range 1 to 7,500 of the device owner', () => {
    const chain = started()
    issued(chain, 7_500n)
    expect(ranges(chain)).to.deep.equal(['1-7500 alice'])
    const request = { device: PV.id, intervalStart: START, part: 0 }
    const found = certificate.handle(chain.query(), request).certificate
    expect(found).to.include({ quantityWh: 7_500n, firstId: 1n, owner: ALICE, zone: 'DE-LU' })
    expect(summary.handle(chain.query(), {}).totals).to.include({
      issuedWh: 7_500n,
      certificates: 1n,
      ranges: 1n,
    })
    const held = holdings.handle(chain.query(), QueryHoldingsRequest.create({ owner: ALICE }))
    expect(held.ranges).to.have.length(1)
    expect(chain.takeEvents().map((e) => e.type)).to.deep.equal(['certificate_issued'])
    checkInvariants(chain)
  })
  it('fails when the interval has its certificate', () => {
    const chain = started()
    issued(chain, 7_500n)
    expect(attempt(() => issued(chain, 1n))).to.equal('certificate 2')
    expect(attempt(() => issued(chain, 1n, START + 900n))).to.equal('done')
    expect(issuedWh(chain.query(), PV.id)).to.equal(7_501n)
    checkInvariants(chain)
  })
  it('fails when there is no energy in the interval', () => {
    expect(attempt(() => issued(started(), 0n))).to.equal('certificate 3')
  })
})
