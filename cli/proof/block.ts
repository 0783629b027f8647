import { equalBytes, toHex } from '../../node/chain/bytes.ts'
import { verifyCommit, verifyCommitTrusting } from '../../node/chain/commit.ts'
import { headerHash, validateHeader } from '../../node/chain/header.ts'
import type { LightBlock } from '../../node/chain/light.ts'
import { formatTime } from '../../node/chain/time.ts'
import type { Header, ValidatorSet } from '../../node/chain/types.ts'
import { validatorsHash } from '../../node/chain/validators.ts'
import type { SignatureVerifier } from '../../node/chain/verify.ts'
import { need, type Report } from './report.ts'

/** What the verifying person believes already: the hash of the very block, or a header of the chain. */
export type Trust =
  | { readonly kind: 'hash'; readonly hash: Uint8Array }
  | {
      readonly kind: 'header'
      readonly header: Header
      /** The validators of that header, where the file holds them: needed when the set has changed since. */
      readonly validators: ValidatorSet | undefined
    }

const TWO_THIRDS = { numerator: 2n, denominator: 3n }

/** The checks of a signed header by itself: its form, its validators and their signatures. */
export function checkBlock(report: Report, block: LightBlock, verify: SignatureVerifier): void {
  const { header, commit, validators } = block
  report.run('header', () => {
    validateHeader(header)
    const time = formatTime(header.time)
    return [true, `block ${header.height} of ${header.chainId}, ${time}, hash ${hashOf(header)}`]
  })
  report.run('validators', () => {
    need(
      equalBytes(header.validatorsHash, validatorsHash(validators)),
      'the validators in the file are not the ones the header names',
    )
    return [true, `the ${validators.validators.length} validators are the ones the header names`]
  })
  report.run('signatures', () => {
    need(
      equalBytes(commit.blockId.hash, headerHash(header)),
      'the validators signed another header than the one in the file',
    )
    const { blockId } = commit
    const signers = verifyCommit(header.chainId, validators, blockId, header.height, commit, verify)
    const power = signers.reduce((sum, one) => sum + one.power, 0n)
    const share = `power ${power} of ${validators.totalPower}`
    return [
      true,
      `${signers.length} of ${validators.validators.length} validators signed this header, with ${share}: more than two thirds`,
    ]
  })
}

/** Whether the block belongs to the chain the person trusts; without anything to trust that cannot be known. */
export function checkTrust(
  report: Report,
  block: LightBlock,
  trust: Trust | undefined,
  verify: SignatureVerifier,
): void {
  report.run('trust', () => {
    const { header } = block
    need(
      trust !== undefined,
      `nothing says that this block belongs to the real chain: ask somebody you trust for the hash of block ${header.height} of ${header.chainId} and give it with --trusted-hash, or a header with --trusted-header`,
    )
    if (trust.kind === 'hash') {
      need(
        equalBytes(trust.hash, headerHash(header)),
        `the header's hash is ${hashOf(header)}, the trusted one is ${upper(trust.hash)}: another block`,
      )
      return [true, 'the header has the trusted hash']
    }
    return [true, byHeader(block, trust.header, trust.validators, verify)]
  })
}

function byHeader(
  block: LightBlock,
  trusted: Header,
  known: ValidatorSet | undefined,
  verify: SignatureVerifier,
): string {
  const { header, validators, commit } = block
  need(
    trusted.chainId === header.chainId,
    `the trusted header is of chain ${trusted.chainId}, the file of ${header.chainId}`,
  )
  if (trusted.height === header.height) {
    need(
      equalBytes(headerHash(trusted), headerHash(header)),
      `the trusted header of block ${header.height} is another one: its hash is ${hashOf(trusted)}`,
    )
    return 'the header is the trusted one'
  }
  const by = `of the trusted header of block ${trusted.height}`
  const own = validatorsHash(validators)
  const next = equalBytes(own, trusted.nextValidatorsHash)
  // The signatures of the whole set were checked above: the same set needs no second look.
  if (next || equalBytes(own, trusted.validatorsHash))
    return `the validators that signed are those ${by}`
  need(
    header.height !== trusted.height + 1n,
    `the validators that signed are not those the trusted header names for block ${header.height}`,
  )
  need(
    known !== undefined,
    `the validators changed between block ${trusted.height} and ${header.height}: give a trusted header nearer to block ${header.height}, or one with its validators`,
  )
  need(
    equalBytes(validatorsHash(known), trusted.validatorsHash),
    'the validators in the file of the trusted header are not the ones that header names',
  )
  try {
    verifyCommitTrusting(header.chainId, known, commit, TWO_THIRDS, verify)
  } catch (error) {
    throw new Error(
      `the validators ${by} did not sign this block with more than two thirds of their power: ${(error as Error).message}`,
    )
  }
  return `more than two thirds of the validators ${by} signed this one`
}

function hashOf(header: Header): string {
  return upper(headerHash(header))
}

function upper(bytes: Uint8Array): string {
  return toHex(bytes).toUpperCase()
}
