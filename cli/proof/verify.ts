import { ChainError } from '../../node/chain/errors.ts'
import type { SignatureVerifier } from '../../node/chain/verify.ts'
import { checkBlock, checkTrust, type Trust } from './block.ts'
import { type Bundle, readBundle, writeBundle } from './bundle.ts'
import { energyTag } from './energy-tag.ts'
import { decodeEntries } from './entries.ts'
import { ProofFileError } from './errors.ts'
import { type Facts, factsOf } from './facts.ts'
import { checkPrinted } from './print.ts'
import { checkProven } from './proven.ts'
import { type Check, need, Report } from './report.ts'
import { sentences } from './words.ts'

/** What a proof file is measured against. */
export interface VerifyOptions {
  /** Undefined when the person trusts nothing yet: then that check fails, and says what to ask for. */
  readonly trust: Trust | undefined
  /** The chain the certificate must be of; undefined for any. */
  readonly chainId: string | undefined
  readonly verify: SignatureVerifier
}

/** The outcome: every check with its sentence, and what is proven, when all of it is. */
export interface Verdict {
  readonly ok: boolean
  readonly checks: readonly Check[]
  readonly bundle: Bundle | undefined
  /** The sentences, made anew from the proven values. Undefined when these do not hold together. */
  readonly summary: readonly string[] | undefined
}

/**
 * Verifies the text of a proof file (JSON, or a printed form that holds it) with nothing but what is in `options`: no
 * network, no clock. Every check is made, also after one has failed. Never throws for what a file may contain.
 */
export function verifyText(text: string, options: VerifyOptions): Verdict {
  const report = new Report()
  const bundle = report.run('form', () => [parse(text), 'the file is as it was exported'])
  if (bundle === undefined) return { ok: false, checks: report.checks, bundle, summary: undefined }
  const { block, entries } = bundle
  report.run('chain', () => {
    const { chainId } = block.header
    need(
      options.chainId === undefined || options.chainId === chainId,
      `the file is of chain ${chainId}, not ${options.chainId}`,
    )
    return [true, `the file is of chain ${chainId}`]
  })
  checkBlock(report, block, options.verify)
  checkTrust(report, block, options.trust, options.verify)
  report.run('proofs', () => {
    for (const entry of entries) checkProven(entry, block.header.appHash)
    return [true, `${entries.length} stored values are in the state the header names`]
  })
  const facts = report.run('content', () => {
    const found = factsOf(decodeEntries(entries), bundle.numbers)
    return [found, 'the stored values belong together']
  })
  const summary = facts === undefined ? undefined : checkStatements(report, bundle, facts)
  return { ok: report.ok, checks: report.checks, bundle, summary }
}

/** The height of the header in a proof file; 0 when the file cannot be read, which verification then says. */
export function heightOf(text: string): bigint {
  try {
    return parse(text).block.header.height
  } catch {
    return 0n
  }
}

function parse(text: string): Bundle {
  try {
    const { json, print } = checkPrinted(text)
    const bundle = readBundle(json)
    const again = writeBundle(bundle)
    need(
      again === json,
      'the file was changed or reformatted since it was exported: it must be kept byte for byte',
    )
    need(
      print === undefined || print(bundle, again) === text,
      'the printed page says something else than the proof inside it',
    )
    return bundle
  } catch (error) {
    if (error instanceof ProofFileError || error instanceof ChainError)
      throw new Error(`the file cannot be read: ${error.message}`)
    throw error
  }
}

/** What the file says in words and attributes must follow from what it proves. */
function checkStatements(report: Report, bundle: Bundle, facts: Facts): readonly string[] {
  const { header } = bundle.block
  const summary = sentences(facts, header)
  report.run('summary', () => {
    const wrong = summary.find((line, i) => bundle.summary[i] !== line)
    need(
      wrong === undefined && summary.length === bundle.summary.length,
      `the summary in the file is not what the proven values say; they say: ${wrong ?? 'nothing more'}`,
    )
    return [true, 'the summary says what the proven values say']
  })
  report.run('attributes', () => {
    const { entries, numbers } = facts
    const wanted = energyTag({ ...entries, chainId: header.chainId, numbers })
    need(
      JSON.stringify(wanted) === JSON.stringify(bundle.certificate),
      'the attributes in the file are not those of the proven certificate',
    )
    return [true, 'the attributes are those of the proven certificate']
  })
  return summary
}
