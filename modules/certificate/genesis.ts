import type { JsonValue } from '../../proto/codec.ts'
import { GenesisState } from '../../proto/gen/strom/certificate/v1/genesis.ts'
import type { CertificateRange } from '../../proto/gen/strom/certificate/v1/state.ts'
import { fromBech32 } from '../kit/address.ts'
import { compareBytes } from '../kit/bytes.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'
import type { GenesisDef } from '../kit/module.ts'
import { certificateErrors } from './errors.ts'
import { checkParams, defaultParams } from './params.ts'
import { putRange, totalsOf } from './ranges.ts'
import { gapIn } from './rules.ts'
import { state } from './state.ts'

/** Genesis of certificates: all certificates and ranges in key order, and their totals. */
export const genesis: GenesisDef = {
  defaults: () => GenesisState.toJson(GenesisState.create({ params: defaultParams() })),
  validate(json) {
    check(GenesisState.fromJson(json))
  },
  init(ctx: BlockContext, json: JsonValue) {
    const { params, certificates, ranges, totals } = GenesisState.fromJson(json)
    state.params.set(ctx, params)
    for (const certificate of certificates) {
      state.certificates.set(ctx, [certificate.device, certificate.intervalStart], certificate)
    }
    for (const range of ranges) putRange(ctx, range)
    if (totals.certificates > 0n) state.totals.set(ctx, totals)
    return undefined
  },
  export(ctx: ReadContext) {
    return GenesisState.toJson({
      params: state.params.must(ctx),
      certificates: Array.from(state.certificates.entries(ctx), ([, found]) => found),
      ranges: Array.from(state.ranges.entries(ctx), ([, range]) => range),
      totals: totalsOf(ctx),
    })
  },
}

function check({ params, certificates, ranges, totals }: GenesisState): void {
  checkParams(params)
  let issued = 0n
  let taken = 0
  let before: Uint8Array | undefined
  for (const certificate of certificates) {
    const name = `certificate ${certificate.device} ${certificate.intervalStart}`
    const key = state.certificates.rawKey([certificate.device, certificate.intervalStart])
    if (before !== undefined && compareBytes(before, key) >= 0) {
      throw certificateErrors.invalidGenesis(`${name} is out of order or repeats`)
    }
    before = key
    if (certificate.firstId !== 1n || certificate.quantityWh < 1n) {
      throw certificateErrors.invalidGenesis(`${name} must number at least one Wh from 1`)
    }
    const from = taken
    while (isOf(ranges[taken], certificate)) taken += 1
    const own = ranges.slice(from, taken)
    for (const range of own) fromBech32(range.owner)
    const gap = gapIn(own, certificate.quantityWh)
    if (gap !== undefined) throw certificateErrors.invalidGenesis(`${name}: ${gap}`)
    issued += certificate.quantityWh
  }
  const stray = ranges[taken]
  if (stray !== undefined) {
    throw certificateErrors.invalidGenesis(
      `range ${stray.device} ${stray.intervalStart} ${stray.first} is out of order or has no certificate`,
    )
  }
  const counts = BigInt(certificates.length) === totals.certificates
  if (!counts || BigInt(ranges.length) !== totals.ranges || issued !== totals.issuedWh) {
    throw certificateErrors.invalidGenesis('totals do not match the certificates and ranges')
  }
}

function isOf(
  range: CertificateRange | undefined,
  certificate: { readonly device: string; readonly intervalStart: bigint },
): boolean {
  return (
    range !== undefined &&
    range.device === certificate.device &&
    range.intervalStart === certificate.intervalStart
  )
}
