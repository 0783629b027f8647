import { isProblem, type OcmfProblem } from '../../modules/kit/ocmf/problem.ts'
import { MAX_RECORD_BYTES, parseReceipt, verifySignature } from '../../modules/kit/ocmf/receipt.ts'
import type { ParsedReceipt } from '../../modules/kit/ocmf/types.ts'
import { verifyEcdsa } from './ecdsa.ts'
import type { Charger } from './sources/charger-key.ts'

/** Why a receipt is no good, in the chain's own words for it. */
export interface ReceiptProblem {
  readonly reason: 'receipt' | 'bad_signature'
  readonly detail: string
}

/**
 * Judges a receipt as the chain does, over all curves of OCMF: form, then the signature under the charger's key, then
 * content, clock and serial number. The signature alone says who speaks, so it is named before what is said.
 */
export function checkReceipt(record: string, charger: Charger): ParsedReceipt | ReceiptProblem {
  if (Buffer.byteLength(record) > MAX_RECORD_BYTES)
    return { reason: 'receipt', detail: `the record is longer than ${MAX_RECORD_BYTES} bytes` }
  const parsed = parseReceipt(record)
  if (isProblem(parsed)) return { reason: 'receipt', detail: inWords(parsed) }
  const { payload, signature, content, clock } = parsed
  const mismatch = verifySignature(payload, signature, charger.key, verifyEcdsa)
  if (mismatch !== undefined) return { reason: 'bad_signature', detail: inWords(mismatch) }
  const [first] = content
  if (first !== undefined) return { reason: 'receipt', detail: inWords(first) }
  if (clock === 'U') return { reason: 'receipt', detail: 'the clock of the charger is unknown' }
  const named = [parsed.meterSerial, parsed.gatewaySerial].filter((one) => one !== null)
  if (charger.serial === undefined || named.includes(charger.serial)) return parsed
  const detail = `the record is of meter ${named[0] ?? 'unknown'}, not ${charger.serial}`
  return { reason: 'receipt', detail }
}

function inWords({ problem, detail }: OcmfProblem): string {
  return `${problem}: ${detail}`
}
