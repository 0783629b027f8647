import { type OcmfKey, parseKey } from '../../../modules/kit/ocmf/key.ts'
import { isProblem } from '../../../modules/kit/ocmf/problem.ts'
import { chainScheme } from '../../../modules/kit/ocmf/receipt.ts'
import type { Settings } from './settings.ts'

/** What the owner says of a charger whose receipts come here. */
export interface Charger {
  readonly key: OcmfKey
  /** Serial number its records must carry, if configured. */
  readonly serial: string | undefined
  /** Whether this gateway verifies the receipts and attests their registers with a key of its own (class N). */
  readonly notary: boolean
}

/**
 * Reads `public_key` and `notary` of a device. Undefined when no key is named. Throws `bad_config` for a key that is none,
 * for a notary without one, and for a curve that only a notary can bring to the chain.
 */
export function readCharger(settings: Settings, serial: string | undefined): Charger | undefined {
  const text = settings.optionalText('public_key')
  const notary = settings.flag('notary', false)
  if (text === undefined) {
    if (notary) settings.fail('public_key', 'is missing: a notary verifies receipts by it')
    return undefined
  }
  const key = parseKey(text)
  if (isProblem(key)) return settings.fail('public_key', `cannot be used: ${key.detail}`)
  if (!notary && chainScheme(key.curve) === undefined)
    settings.fail(
      'public_key',
      `is of ${key.curve}, which the chain does not verify; set notary = true to attest the receipts here (class N)`,
    )
  return { key, serial, notary }
}
