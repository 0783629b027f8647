import { utf8Encode } from '../kit/bytes.ts'
import { certificateErrors } from './errors.ts'

/** The longest beneficiary, purpose or reason, bytes of UTF-8. */
export const MAX_TEXT = 200

/** Throws certificate 16 unless the text is short and without control characters; they would break keys and statements. */
export function checkText(name: string, text: string): void {
  if (utf8Encode(text).length > MAX_TEXT) {
    throw certificateErrors.invalidText(`${name} is longer than ${MAX_TEXT} bytes`)
  }
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0
    if (code < 32 || (code >= 127 && code < 160)) {
      throw certificateErrors.invalidText(`${name} contains the control character ${code}`)
    }
  }
}
