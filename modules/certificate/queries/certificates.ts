import {
  QueryCertificateRequest,
  QueryCertificateResponse,
  QueryCertificatesByDeviceRequest,
  QueryCertificatesByDeviceResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { rangesOf } from '../ranges.ts'
import { state } from '../state.ts'

const SERVICE = 'strom.certificate.v1.Query'

/** One certificate and who holds its ranges. Throws sdk 38 when the interval has none. */
export const certificate = defineQuery({
  service: SERVICE,
  method: 'Certificate',
  request: QueryCertificateRequest,
  response: QueryCertificateResponse,
  handle: (ctx, request) => ({
    certificate: state.certificates.must(ctx, [request.device, request.intervalStart]),
    ranges: rangesOf(ctx, request.device, request.intervalStart),
  }),
})

/** Certificates of one device in order of time. */
export const certificatesByDevice = defineQuery({
  service: SERVICE,
  method: 'CertificatesByDevice',
  request: QueryCertificatesByDeviceRequest,
  response: QueryCertificatesByDeviceResponse,
  handle(ctx, request) {
    const scan = { prefix: stringKey.encodePart(request.device) }
    const { items, pagination } = paginate(
      ctx,
      state.certificates,
      request.pagination,
      scan,
      (_, found) => found,
    )
    return { certificates: items, pagination }
  },
})
