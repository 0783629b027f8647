import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { GatewayError } from '../errors.ts'
import type { OperatorConfig } from './config.ts'
import { SECRET_BYTES } from './secrets.ts'

/** The seed of an operator's secrets. `insecure` marks one that others can know. */
export interface OperatorSeed {
  readonly bytes: Uint8Array
  readonly insecure: boolean
  /** Whether it was made just now. */
  readonly fresh: boolean
}

/**
 * Reads the seed: 64 hex digits in a file that only its owner may read, made of the system's randomness when absent.
 * Throws `bad_config` for any other content or mode. The seed itself never appears in a message.
 */
export function loadSeed(config: OperatorConfig): OperatorSeed {
  if (config.insecureSeed !== undefined) {
    const text = `strom dev operator seed|${config.insecureSeed}|${config.validator}`
    return { bytes: createHash('sha256').update(text).digest(), insecure: true, fresh: false }
  }
  const known = readSeed(config.secretFile)
  if (known !== undefined) return { bytes: known, insecure: false, fresh: false }
  const bytes = randomBytes(SECRET_BYTES)
  writeFileSync(config.secretFile, `${bytes.toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  return { bytes, insecure: false, fresh: true }
}

/** The seed of a file; undefined when there is none. Throws `bad_config` when it cannot be used. */
function readSeed(file: string): Uint8Array | undefined {
  let text: string
  try {
    if ((statSync(file).mode & 0o077) !== 0)
      throw new GatewayError(
        'bad_config',
        `${file} may be read by others; make it yours alone: chmod 600 ${file}`,
      )
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    if (error instanceof GatewayError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new GatewayError('bad_config', `cannot read the operator's seed ${file}`)
  }
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex')
  throw new GatewayError(
    'bad_config',
    `${file} should hold one line of 64 hex digits, the seed of the operator's secrets; restore it from its copy`,
  )
}
