import type { LightBlock } from '../../node/chain/light.ts'
import { commitShape, headerShape, hex, pubKeyShape } from '../../node/rpc/shapes.ts'
import { commitOf, Fields, headerOf, validatorsOf } from './comet-json.ts'
import { ProofFileError } from './errors.ts'
import type { Numbers } from './facts.ts'
import { type Proven, provenOf, provenShape } from './proven.ts'

/** What the first field of every proof file says. */
export const FORMAT = 'strom certificate proof 1'

/** A proof file. `summary` and `certificate` are said by whoever made it and count for nothing until they are compared. */
export interface Bundle {
  readonly summary: readonly string[]
  /** The EnergyTag document as JSON value. */
  readonly certificate: unknown
  readonly numbers: Numbers
  readonly block: LightBlock
  readonly entries: readonly Proven[]
}

/** The one spelling of a proof file: JSON with two blanks of indentation and a newline at the end. */
export function writeBundle(bundle: Bundle): string {
  const { summary, certificate, numbers, block, entries } = bundle
  const shape = {
    format: FORMAT,
    summary,
    certificate,
    watt_hours: { first: numbers.first.toString(), last: numbers.last.toString() },
    signed_header: { header: headerShape(block.header), commit: commitShape(block.commit) },
    validators: block.validators.validators.map((one) => ({
      address: hex(one.address),
      pub_key: pubKeyShape(one.pubKey),
      voting_power: one.power.toString(),
    })),
    stored_values: entries.map(provenShape),
  }
  return `${JSON.stringify(shape, undefined, 2)}\n`
}

/** Reads a proof file. Throws ProofFileError naming what is missing, too much or misspelt. */
export function readBundle(text: string): Bundle {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new ProofFileError(`the file is no JSON: ${(error as Error).message}`)
  }
  const file = new Fields(json, 'file')
  if (!file.has('format') || file.text('format') !== FORMAT)
    throw new ProofFileError(`the file is no proof of a certificate: its format is not "${FORMAT}"`)
  file.only(
    'format',
    'summary',
    'certificate',
    'watt_hours',
    'signed_header',
    'validators',
    'stored_values',
  )
  const signed = file.object('signed_header').only('header', 'commit')
  const numbers = file.object('watt_hours').only('first', 'last')
  return {
    summary: file.texts('summary'),
    certificate: file.raw('certificate'),
    numbers: { first: numbers.bigint('first'), last: numbers.bigint('last') },
    block: {
      header: headerOf(signed.object('header')),
      commit: commitOf(signed.object('commit')),
      validators: validatorsOf(file.list('validators')),
    },
    entries: file.list('stored_values').map(provenOf),
  }
}
