import { utf8Encode } from '../kit/bytes.ts'
import { sdkErrors } from '../kit/errors.ts'
import { govErrors } from './errors.ts'

/** Longest metadata and title in bytes (the SDK's MaxMetadataLen); a summary may have forty times that. */
export const MAX_METADATA = 255
const MAX_SUMMARY = 40 * MAX_METADATA

/** What is written about a proposal. */
export interface ProposalTexts {
  readonly title: string
  readonly summary: string
  readonly metadata: string
}

/** Throws gov 15 when metadata are too long. */
export function checkMetadata(text: string): void {
  const { length } = utf8Encode(text)
  if (length > MAX_METADATA) throw govErrors.metadataTooLong(`got metadata with length ${length}`)
}

/** Throws sdk 18 for missing texts, gov 5 where metadata say otherwise, gov 15 and 22 for texts that are too long. */
export function checkTexts({ title, summary, metadata }: ProposalTexts): void {
  if (title === '') throw sdkErrors.invalidRequest('proposal title cannot be empty')
  if (summary === '') throw sdkErrors.invalidRequest('proposal summary cannot be empty')
  const stated = metadata === '' ? undefined : statedIn(metadata)
  if (stated !== undefined && stated.title !== title)
    throw govErrors.invalidContent(
      `metadata title '${stated.title}' must equal proposal title '${title}'`,
    )
  if (stated !== undefined && stated.summary !== summary)
    throw govErrors.invalidContent(
      `metadata summary '${stated.summary}' must equal proposal summary '${summary}'`,
    )
  checkMetadata(metadata)
  const { length } = utf8Encode(summary)
  if (length > MAX_SUMMARY) throw govErrors.summaryTooLong(`got summary with length ${length}`)
  checkMetadata(title)
}

const FIELDS = ['title', 'summary', 'details', 'proposal_forum_url', 'vote_option_context']

/**
 * Title and summary of metadata in the recommended JSON form; undefined for any other text, such as a link, which says
 * nothing that could disagree. Keys match in any case and missing ones are empty, as Go reads them.
 */
function statedIn(metadata: string): { title: string; summary: string } | undefined {
  let json: unknown
  try {
    json = JSON.parse(metadata)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  const found = { title: '', summary: '' }
  if (json === null) return found
  if (typeof json !== 'object' || Array.isArray(json)) return undefined
  for (const [key, value] of Object.entries(json)) {
    const field = key.toLowerCase()
    if (value === null) continue
    if (field === 'authors' && !isTexts(value)) return undefined
    if (!FIELDS.includes(field)) continue
    if (typeof value !== 'string') return undefined
    if (field === 'title') found.title = value
    if (field === 'summary') found.summary = value
  }
  return found
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => item === null || typeof item === 'string')
}
