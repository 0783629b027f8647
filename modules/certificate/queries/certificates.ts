import {
  QueryCertificateRequest,
  QueryCertificateResponse,
  QueryCertificatesByDeviceRequest,
  QueryCertificatesByDeviceResponse,
  QuerySlicesRequest,
  QuerySlicesResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import type { CertificateRange } from '../../../proto/gen/strom/certificate/v1/state.ts'
import type { ReadContext } from '../../kit/context.ts'
import { stringKey } from '../../kit/keys.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { type PageRequest, paginate } from '../../kit/page.ts'
import { statusAt } from '../ranges.ts'
import { state } from '../state.ts'
import { type CertificateId, ofCertificate } from '../state-keys.ts'

const SERVICE = 'strom.certificate.v1.Query'
const FIRST_PAGE: PageRequest = {
  key: new Uint8Array(),
  offset: 0n,
  limit: 1_000n,
  countTotal: false,
  reverse: false,
}

/** A page of a certificate's ranges, each in its state at block time. */
export function slicePage(ctx: ReadContext, id: CertificateId, request: PageRequest | undefined) {
  const certificate = state.certificates.must(ctx, id)
  const scan = { prefix: ofCertificate(id) }
  return paginate(
    ctx,
    state.ranges,
    request,
    scan,
    (_, range): CertificateRange => ({ ...range, status: statusAt(range, certificate, ctx.time) }),
  )
}

/** One certificate and the first 1,000 of its ranges. Throws sdk 38 when there is none. */
export const certificate = defineQuery({
  service: SERVICE,
  method: 'Certificate',
  request: QueryCertificateRequest,
  response: QueryCertificateResponse,
  handle(ctx, { device, intervalStart, part }) {
    const id: CertificateId = [device, intervalStart, part]
    return {
      certificate: state.certificates.must(ctx, id),
      ranges: slicePage(ctx, id, FIRST_PAGE).items,
    }
  },
})

/** The ranges of one certificate in order of number. Throws sdk 38 when there is none. */
export const slices = defineQuery({
  service: SERVICE,
  method: 'Slices',
  request: QuerySlicesRequest,
  response: QuerySlicesResponse,
  handle(ctx, { device, intervalStart, part, pagination: request }) {
    const { items, pagination } = slicePage(ctx, [device, intervalStart, part], request)
    return { ranges: items, pagination }
  },
})

/** Certificates of one device in order of time. */
export const certificatesByDevice = listQuery({
  service: SERVICE,
  method: 'CertificatesByDevice',
  request: QueryCertificatesByDeviceRequest,
  response: QueryCertificatesByDeviceResponse,
  table: state.certificates,
  prefix: ({ device }) => stringKey.encodePart(device),
  answer: (certificates, pagination) => ({ certificates, pagination }),
})
