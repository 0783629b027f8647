import type { CertificateRange } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgTransferCertificate,
  MsgTransferCertificateResponse,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import type { MsgContext } from '../../kit/context.ts'
import { defineMessage } from '../../kit/module.ts'
import { certificateErrors } from '../errors.ts'
import { certificateTransferred } from '../events.ts'
import { dropRange, putRange, rangeAt, totalsOf } from '../ranges.ts'
import { cut } from '../rules.ts'
import { state } from '../state.ts'

/** Hands watt-hours first..last of one certificate to another account; the holder's range is split exactly. */
export const transferCertificate = defineMessage({
  codec: MsgTransferCertificate,
  response: MsgTransferCertificateResponse,
  signers: (message) => [message.owner],
  describe(message) {
    const name = `${message.device} ${message.intervalStart}`
    const wh = message.last - message.first + 1n
    return `${message.owner} hands ${wh} Wh of the certificate ${name} to ${message.recipient}`
  },
  validate(message) {
    fromBech32(message.owner)
    fromBech32(message.recipient)
    if (message.owner === message.recipient) {
      throw certificateErrors.invalidRange('owner and recipient are the same account')
    }
    if (message.first < 1n || message.last < message.first) {
      throw certificateErrors.invalidRange(
        `${message.first}-${message.last}: first is at least 1 and at most last`,
      )
    }
  },
  handle(ctx, message) {
    if (!state.params.must(ctx).transfersEnabled) throw certificateErrors.transfersDisabled()
    const held = heldRange(ctx, message)
    dropRange(ctx, held)
    let pieces = 0n
    for (const rest of cut(held, message)) {
      putRange(ctx, { ...held, ...rest })
      pieces += 1n
    }
    const merged = widen(ctx, {
      ...held,
      first: message.first,
      last: message.last,
      owner: message.recipient,
    })
    putRange(ctx, merged.range)
    const totals = totalsOf(ctx)
    const ranges = totals.ranges + pieces - merged.absorbed
    if (ranges !== totals.ranges) state.totals.set(ctx, { ...totals, ranges })
    ctx.emit(certificateTransferred(held, message.first, message.last, message.recipient))
    return {}
  },
})

/** The sender's range that encloses what is to be handed over. */
function heldRange(ctx: MsgContext, message: MsgTransferCertificate): CertificateRange {
  const name = `${message.device} ${message.intervalStart}`
  const certificate = state.certificates.get(ctx, [message.device, message.intervalStart])
  if (certificate === undefined) throw certificateErrors.unknownCertificate(name)
  if (message.last > certificate.quantityWh) {
    throw certificateErrors.invalidRange(
      `${name} ends at ${certificate.quantityWh}, not at ${message.last}`,
    )
  }
  const range = rangeAt(ctx, message.device, message.intervalStart, message.first)
  if (range === undefined || range.owner !== message.owner || range.last < message.last) {
    throw certificateErrors.notHolder(`${name} ${message.first}-${message.last}`)
  }
  return range
}

/** Joins a range with its holder's neighbours, so that splitting back and forth leaves no dust in state. */
function widen(
  ctx: MsgContext,
  range: CertificateRange,
): { readonly range: CertificateRange; readonly absorbed: bigint } {
  let { first, last } = range
  let absorbed = 0n
  const sides = [
    first > 1n ? rangeAt(ctx, range.device, range.intervalStart, first - 1n) : undefined,
    rangeAt(ctx, range.device, range.intervalStart, last + 1n),
  ]
  for (const side of sides) {
    if (side === undefined || side.owner !== range.owner) continue
    dropRange(ctx, side)
    absorbed += 1n
    if (side.first < first) first = side.first
    if (side.last > last) last = side.last
  }
  return { range: { ...range, first, last }, absorbed }
}
