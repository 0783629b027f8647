import { sign } from 'node:crypto'
import { ABSENT_SIG } from '../../node/chain/codec.ts'
import { headerHash } from '../../node/chain/header.ts'
import { voteSignBytes } from '../../node/chain/sign-bytes.ts'
import type { Header, Validator } from '../../node/chain/types.ts'
import { setOf, validatorsHash } from '../../node/chain/validators.ts'
import type { ConsensusKey } from '../../node/consensus/key-file.ts'
import type { LightBlock } from './light-client.ts'

/** A block that nobody decided, and who is ready to sign it all the same. */
export interface Forgery {
  readonly changes: Partial<Header>
  readonly validators: readonly Validator[]
  readonly nextValidators: readonly Validator[]
  readonly signers: readonly ConsensusKey[]
}

/** `block` with other contents and validators, sound in itself, with real signatures of `signers`. */
export function forge(block: LightBlock, forgery: Forgery): LightBlock {
  const { validators } = setOf(forgery.validators)
  const nextValidators = setOf(forgery.nextValidators).validators
  const header: Header = {
    ...block.header,
    ...forgery.changes,
    validatorsHash: validatorsHash({ validators }),
    nextValidatorsHash: validatorsHash({ validators: nextValidators }),
  }
  const { height, round } = block.commit
  const blockId = { hash: headerHash(header), parts: block.commit.blockId.parts }
  const timestamp = header.time
  const bytes = voteSignBytes(header.chainId, { type: 2, height, round, blockId, timestamp })
  const signatures = validators.map(({ address }) => {
    const key = forgery.signers.find((one) => Buffer.compare(one.address, address) === 0)
    if (key === undefined) return ABSENT_SIG
    const signature = new Uint8Array(sign(null, bytes, key.privateKey))
    return { flag: 2 as const, validatorAddress: address, timestamp, signature }
  })
  return { header, commit: { height, round, blockId, signatures }, validators, nextValidators }
}
