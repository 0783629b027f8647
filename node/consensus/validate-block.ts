import { validateBlock } from '../chain/block.ts'
import { equalBytes, toHex } from '../chain/bytes.ts'
import { equalBlockIds, verifyCommit } from '../chain/commit.ts'
import { ChainError } from '../chain/errors.ts'
import { BLOCK_PROTOCOL } from '../chain/header.ts'
import { consensusHash } from '../chain/params.ts'
import { compareTime, medianTime } from '../chain/time.ts'
import type { Block } from '../chain/types.ts'
import { indexOf, validatorsHash } from '../chain/validators.ts'
import type { SignatureVerifier } from '../chain/verify.ts'
import type { BlockStore } from './block-store.ts'
import { type ChainState, nextHeight } from './state.ts'

/**
 * Checks a block against the state it builds on: every header field, the last commit with all its signatures, the BFT time
 * (CometBFT `state/validation.go`). Evidence is checked by the pool. Throws ChainError.
 */
export function validateNextBlock(
  state: ChainState,
  block: Block,
  verify: SignatureVerifier,
): void {
  validateBlock(block)
  const { header } = block
  const bytes = (name: string, actual: Uint8Array, expected: Uint8Array) => {
    if (!equalBytes(actual, expected)) {
      fail(`${name} is ${toHex(actual)}, expected ${toHex(expected)}`)
    }
  }
  if (header.version.block !== BLOCK_PROTOCOL || header.version.app !== state.params.version.app) {
    fail(`version is ${header.version.block}/${header.version.app}`)
  }
  if (header.chainId !== state.chainId) fail(`chain id is ${header.chainId}`)
  if (header.height !== nextHeight(state)) {
    fail(`height is ${header.height}, expected ${nextHeight(state)}`)
  }
  if (!equalBlockIds(header.lastBlockId, state.lastBlockId)) fail('last block id is another one')
  bytes('app hash', header.appHash, state.appHash)
  bytes('consensus hash', header.consensusHash, consensusHash(state.params))
  bytes('last results hash', header.lastResultsHash, state.lastResultsHash)
  bytes('validators hash', header.validatorsHash, validatorsHash(state.validators))
  bytes('next validators hash', header.nextValidatorsHash, validatorsHash(state.nextValidators))
  if (indexOf(state.validators, header.proposerAddress) < 0) {
    fail(`proposer ${toHex(header.proposerAddress)} is no validator`)
  }
  checkLastCommit(state, block, verify)
}

/**
 * With empty blocks off, a block is due all the same when the last one changed the app hash: only the next header proves
 * it. The first block proves genesis.
 */
export function needsProofBlock(state: ChainState, blocks: BlockStore): boolean {
  if (state.lastHeight === 0n) return true
  const last = blocks.metaAt(state.lastHeight)
  return last === undefined || !equalBytes(last.header.appHash, state.appHash)
}

function checkLastCommit(state: ChainState, block: Block, verify: SignatureVerifier): void {
  const { header, lastCommit } = block
  if (state.lastValidators === undefined) {
    if (lastCommit.signatures.length > 0) fail('the first block carries a commit')
    if (compareTime(header.time, state.lastBlockTime) !== 0) fail('time is not the genesis time')
    return
  }
  verifyCommit(
    state.chainId,
    state.lastValidators,
    state.lastBlockId,
    state.lastHeight,
    lastCommit,
    verify,
  )
  if (compareTime(header.time, state.lastBlockTime) <= 0) fail('time does not advance')
  if (compareTime(header.time, medianTime(lastCommit, state.lastValidators)) !== 0) {
    fail('time is not the median of the last commit')
  }
}

function fail(reason: string): never {
  throw new ChainError('invalid_block', `block: ${reason}`)
}
