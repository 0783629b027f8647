import { readFileSync } from 'node:fs'
import type { JsonValue } from '../../proto/codec.ts'
import { usageError } from '../errors.ts'
import type { FileInput } from './place.ts'

/** The text of a file, or of stdin for `-`. Throws a usage error. */
export function inputText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw usageError(`${file}: ${(error as Error).message}`)
  }
}

/**
 * A list in a file: a JSON list, an object with the list as `member`, or one JSON object a line. Throws a usage error
 * naming file and line.
 */
export function listInput(file: string, member: string): JsonValue[] {
  const text = inputText(file)
  const whole = jsonOrNothing(text)
  if (Array.isArray(whole)) return whole
  if (typeof whole === 'object' && whole !== null) {
    const list = whole[member]
    return Array.isArray(list) ? list : [whole]
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0) throw usageError(`${file} is empty`)
  return lines.map((line, i) => {
    const value = jsonOrNothing(line)
    if (value === undefined)
      throw usageError(
        `${file}, line ${i + 1} is no JSON`,
        `the file holds a list, {"${member}": […]}, or one object a line`,
      )
    return value
  })
}

function jsonOrNothing(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}

/** Signed readings as a gateway makes them: `{"message": base64, "signature": base64}` each. */
export const readingsFile: FileInput = {
  name: 'readings-file',
  about: 'signed readings: a list, {"readings": […]} or one object a line; - for stdin',
  fields: ['readings'],
  fill(json, file) {
    json['readings'] = listInput(file, 'readings')
  },
}

/** Records that chargers signed, one a line from `OCMF|` on; lines before, between and after may be empty. */
export const receiptsFile: FileInput = {
  name: 'records-file',
  about: 'records OCMF|payload|signature, one a line; - for stdin',
  fields: ['receipts'],
  flags: [['--device <id>', 'the charger that signed them']],
  fill(json, file, options) {
    const device = options['device']
    if (typeof device !== 'string')
      throw usageError('--device is needed: the charger that signed the records')
    const records = inputText(file)
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
    records.forEach((record, i) => {
      if (!record.startsWith('OCMF|'))
        throw usageError(
          `${file}, line ${i + 1} is no OCMF record`,
          'a record begins with OCMF| and stands in one line exactly as it was signed; `strom ocmf verify` reads other forms',
        )
    })
    if (records.length === 0) throw usageError(`${file} holds no record`)
    json['receipts'] = records.map((record) => ({
      device,
      record: Buffer.from(record, 'utf8').toString('base64'),
    }))
  },
}
