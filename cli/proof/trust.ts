import { readFileSync } from 'node:fs'
import { ChainError } from '../../node/chain/errors.ts'
import { headerHash } from '../../node/chain/header.ts'
import type { NodeClient } from '../client.ts'
import { usageError } from '../errors.ts'
import type { Trust } from './block.ts'
import { lightBlock } from './collect.ts'
import { Fields, headerOf, validatorsOf } from './comet-json.ts'
import { ProofFileError } from './errors.ts'

/** What a person trusts, from a hash or a file; undefined when neither is given. Throws a usage error. */
export function readTrust(hash: string | undefined, file: string | undefined): Trust | undefined {
  if (hash !== undefined) {
    const digits = hash.replace(/^0x/i, '')
    if (!/^[0-9a-fA-F]{64}$/.test(digits))
      throw usageError(`--trusted-hash "${hash}"`, 'the hash of a header has 64 hex digits')
    return { kind: 'hash', hash: Uint8Array.from(Buffer.from(digits, 'hex')) }
  }
  return file === undefined ? undefined : headerFile(file)
}

/** The hash of a height's header as a node tells it; undefined for height 0. */
export async function trustAt(client: NodeClient, height: bigint): Promise<Trust | undefined> {
  if (height === 0n) return undefined
  const { header } = await lightBlock(client, height)
  return { kind: 'hash', hash: headerHash(header) }
}

/**
 * A header from a file: a header, `{header}`, the answer of `commit` or `header`, a light block, or a proof file, with or
 * without the JSON-RPC envelope. Only what it says of itself is read: whoever names the file says that it can be trusted.
 */
function headerFile(file: string): Trust {
  try {
    const outer = new Fields(JSON.parse(readFileSync(file, 'utf8')) as unknown, file)
    const inner = outer.has('result') ? outer.object('result') : outer
    const signed = inner.has('signed_header') ? inner.object('signed_header') : inner
    const header = headerOf(signed.has('header') ? signed.object('header') : signed)
    headerHash(header)
    const set = inner.has('validator_set') ? inner.object('validator_set') : inner
    const validators = set.has('validators') ? validatorsOf(set.list('validators')) : undefined
    return { kind: 'header', header, validators }
  } catch (error) {
    const known =
      error instanceof ProofFileError ||
      error instanceof ChainError ||
      error instanceof SyntaxError ||
      (error instanceof Error && 'code' in error)
    if (!known) throw error
    throw usageError(
      `--trusted-header ${file}: ${(error as Error).message}`,
      'get one from a node you trust: curl NODE:26657/commit?height=N',
    )
  }
}
