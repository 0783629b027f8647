import { sign } from 'node:crypto'
import type { Comet38Client } from '@cosmjs/tendermint-rpc'
import { voteSignBytes } from '../../node/chain/sign-bytes.ts'
import { formatTime, parseTime } from '../../node/chain/time.ts'
import type { Time } from '../../node/chain/types.ts'
import { type ConsensusKey, readKeyFile } from '../../node/consensus/key-file.ts'
import { homeAt } from '../../node/home.ts'
import type { JsonValue } from '../../proto/codec.ts'

/** What a chain says of one of its heights, as evidence has to repeat it. */
export interface Facts {
  readonly chainId: string
  readonly height: number
  readonly time: Time
  readonly totalPower: bigint
  /** Of the accused. */
  readonly power: bigint
  readonly index: number
}

/** Evidence in the JSON that CometBFT's client sends. */
export interface EvidenceJson {
  readonly type: string
  readonly value: { readonly [name: string]: JsonValue }
}

/** The consensus key of a home. */
export const keyOf = (home: string): ConsensusKey => readKeyFile(homeAt(home).validatorKey)

/** Asks a node for what evidence against `accused` at `height` has to say. */
export async function factsAt(
  comet: Comet38Client,
  accused: ConsensusKey,
  height: number,
): Promise<Facts> {
  const { header } = (await comet.block(height)).block
  const { validators } = await comet.validatorsAll(height)
  const index = validators.findIndex(({ address }) => hex(address) === hex(accused.address))
  const nanos = header.time as Date & { readonly nanoseconds?: number }
  const whole = header.time.toISOString().replace('Z', '')
  const rest = String(nanos.nanoseconds ?? 0).padStart(6, '0')
  return {
    chainId: header.chainId,
    height,
    time: parseTime(`${whole}${rest}Z`),
    totalPower: validators.reduce((sum, { votingPower }) => sum + votingPower, 0n),
    power: validators[index]?.votingPower ?? 0n,
    index,
  }
}

/** Two precommits of round 0, for blocks of the hashes `first` < `second` (one byte, repeated), both truly signed. */
export function doubleSign(
  key: ConsensusKey,
  facts: Facts,
  [first, second]: readonly [number, number] = [0x11, 0x22],
): EvidenceJson {
  return {
    type: 'tendermint/DuplicateVoteEvidence',
    value: {
      vote_a: vote(key, facts, first),
      vote_b: vote(key, facts, second),
      TotalVotingPower: facts.totalPower.toString(),
      ValidatorPower: facts.power.toString(),
      Timestamp: formatTime(facts.time),
    },
  }
}

function vote(key: ConsensusKey, facts: Facts, fill: number): JsonValue {
  const hash = new Uint8Array(32).fill(fill)
  const content = {
    type: 2,
    height: BigInt(facts.height),
    round: 0,
    blockId: { hash, parts: { total: 1, hash } },
    timestamp: facts.time,
  } as const
  return {
    type: content.type,
    height: content.height.toString(),
    round: content.round,
    block_id: { hash: hex(hash), parts: { total: 1, hash: hex(hash) } },
    timestamp: formatTime(facts.time),
    validator_address: hex(key.address),
    validator_index: Math.max(facts.index, 0),
    signature: sign(null, voteSignBytes(facts.chainId, content), key.privateKey).toString('base64'),
    extension: null,
    extension_signature: null,
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase()
}
