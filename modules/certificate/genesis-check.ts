import type { GenesisState } from '../../proto/gen/strom/certificate/v1/genesis.ts'
import type { Certificate, CertificateRange } from '../../proto/gen/strom/certificate/v1/state.ts'
import { fromBech32 } from '../kit/address.ts'
import { compareBytes } from '../kit/bytes.ts'
import { certificateErrors } from './errors.ts'
import { checkParams } from './params.ts'
import { gapIn } from './rules.ts'
import { state } from './state.ts'

/** Throws certificate 8 or 9 naming the entry that cannot be. */
export function checkGenesis(content: GenesisState): void {
  checkParams(content.params)
  const { certificates, ranges, totals } = content
  let issued = 0n
  let taken = 0
  let before: Uint8Array | undefined
  for (const certificate of certificates) {
    const name = `certificate ${certificate.device} ${certificate.intervalStart} ${certificate.part}`
    const key = state.certificates.rawKey([
      certificate.device,
      certificate.intervalStart,
      certificate.part,
    ])
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
  const stated = totals.issuedWh + totals.storageIssuedWh
  if (!counts || BigInt(ranges.length) !== totals.ranges || issued !== stated) {
    throw certificateErrors.invalidGenesis('totals do not match the certificates and ranges')
  }
}

function isOf(range: CertificateRange | undefined, certificate: Certificate): boolean {
  return (
    range !== undefined &&
    range.device === certificate.device &&
    range.intervalStart === certificate.intervalStart &&
    range.part === certificate.part
  )
}
