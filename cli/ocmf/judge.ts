import { createHash } from 'node:crypto'
import { type OcmfKey, parseKey, spkiKey } from '../../modules/kit/ocmf/key.ts'
import { isProblem, type OcmfProblem, problem } from '../../modules/kit/ocmf/problem.ts'
import { verifySignature, viewRecord } from '../../modules/kit/ocmf/receipt.ts'
import type { ClockState } from '../../modules/kit/ocmf/time.ts'
import type { OcmfPayload, RecordView } from '../../modules/kit/ocmf/types.ts'
import { verifyEcdsa } from '../gateway/ecdsa.ts'
import { bareRecord } from './forms.ts'

/** The verdict on one record, its parts apart. */
export interface Judgement {
  readonly signature: 'valid' | 'invalid' | 'no-key'
  /** Why the signature is not valid. */
  readonly refusal: OcmfProblem | null
  readonly clock: ClockState | null
  /** Everything wrong with the content, the gravest first. */
  readonly content: readonly OcmfProblem[]
  readonly remarks: readonly string[]
  readonly data: OcmfPayload | null
  readonly algorithm: string | null
  readonly key: OcmfKey | null
  /** SHA-256 of the signed bytes in hex: what identifies the record. */
  readonly identity: string | null
}

/** Judges a record in any of its forms; `key` in any of its forms, or null when nobody knows it. */
export function judge(text: string, key: string | null): Judgement {
  const view = viewRecord(bareRecord(text))
  if (isProblem(view)) return unreadable(view)
  const { signature, payload } = view
  const algorithm = isProblem(signature) ? null : signature.algorithm
  const found = {
    clock: view.clock,
    content: view.content,
    data: view.data,
    algorithm,
    identity: createHash('sha256').update(payload).digest('hex'),
  }
  if (isProblem(signature))
    return { ...found, signature: 'invalid', refusal: signature, remarks: view.remarks, key: null }
  const parsed = parseKey(key ?? '', signature.declared ?? undefined)
  if (isProblem(parsed)) {
    const verdict = parsed.problem === 'key_missing' ? 'no-key' : 'invalid'
    return { ...found, signature: verdict, refusal: parsed, remarks: view.remarks, key: null }
  }
  const refusal = verifySignature(payload, signature, parsed, verifyEcdsa) ?? null
  const verdict = refusal === null ? 'valid' : 'invalid'
  return { ...found, signature: verdict, refusal, remarks: remarksOf(view, parsed), key: parsed }
}

/** A verdict on something that is no record at all. */
export function unreadable(refusal: OcmfProblem): Judgement {
  return {
    signature: 'invalid',
    refusal,
    clock: null,
    content: [refusal],
    remarks: [],
    data: null,
    algorithm: null,
    key: null,
    identity: null,
  }
}

/** SHA-256 of the key as SubjectPublicKeyInfo, in hex: the same whatever form the key came in. */
export function fingerprint(key: OcmfKey): string {
  return createHash('sha256').update(spkiKey(key)).digest('hex')
}

/** One line for people: everything that is wrong and everything odd, or "ok". */
export function reasonOf({ refusal, content, remarks }: Judgement): string {
  const problems = [...(refusal === null ? [] : [refusal]), ...content]
  const lines = problems.map((one) => `${one.problem}: ${one.detail}`)
  const all = [...new Set([...lines, ...remarks.map((remark) => `note: ${remark}`)])]
  return all.length === 0 ? 'ok' : all.join('; ')
}

/** The verdict when the input holds nothing to judge. */
export function nothingToJudge(detail: string): Judgement {
  return unreadable(problem('input', detail))
}

function remarksOf(view: RecordView, key: OcmfKey): readonly string[] {
  const { signature } = view
  const declared = isProblem(signature) ? null : signature.declared
  if (declared === null || declared === key.curve) return view.remarks
  const named = isProblem(signature) ? null : signature.algorithm
  const said = named === null ? 'SA is missing, which means secp256r1' : `SA is ${named}`
  return [...view.remarks, `${said}, but the key is of ${key.curve}; the key decides`]
}
