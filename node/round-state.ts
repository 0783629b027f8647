import type { JsonValue } from '../proto/codec.ts'
import { formatTime } from './chain/time.ts'
import type { ValidatorSet } from './chain/types.ts'
import type { CoreState } from './consensus/core/state.ts'
import type { VoteSet } from './consensus/core/votes.ts'

const STEPS = { newHeight: 1, propose: 3, prevote: 4, precommit: 6, commit: 8 } as const

/** The present round as `/consensus_state` and `/dump_consensus_state` show it. */
export function roundStateShapes(
  core: CoreState,
  ageMs: number,
): { short: JsonValue; full: JsonValue } {
  const step = STEPS[core.step]
  const { proposal } = core.rounds.get(core.round) ?? {}
  const votes = [...core.rounds].map(([round, state]) => ({
    round,
    ...voteSetShape('prevotes', state.prevotes, core.validators),
    ...voteSetShape('precommits', state.precommits, core.validators),
  }))
  const index = core.validators.validators.findIndex(
    (one) => hex(one.address) === hex(core.proposer.address),
  )
  const common = {
    start_time: formatTime(since(ageMs)),
    height_vote_set: votes,
    proposer: { address: hex(core.proposer.address), index },
  }
  const hashOf = (value: { blockId: { hash: Uint8Array } } | undefined): string =>
    value === undefined ? '' : hex(value.blockId.hash)
  return {
    short: {
      'height/round/step': `${core.height}/${core.round}/${step}`,
      ...common,
      proposal_block_hash: hashOf(proposal),
      locked_block_hash: hashOf(core.locked),
      valid_block_hash: hashOf(core.valid),
    },
    full: {
      height: core.height.toString(),
      round: core.round,
      step,
      start_time: common.start_time,
      validators: {
        validators: core.validators.validators.map((one) => ({
          address: hex(one.address),
          pub_key: {
            type: 'tendermint/PubKeyEd25519',
            value: Buffer.from(one.pubKey).toString('base64'),
          },
          voting_power: one.power.toString(),
          proposer_priority: one.priority.toString(),
        })),
        proposer: {
          address: hex(core.proposer.address),
          voting_power: core.proposer.power.toString(),
        },
      },
      locked_round: core.locked?.round ?? -1,
      valid_round: core.valid?.round ?? -1,
      votes,
    },
  }
}

function since(ageMs: number): { seconds: bigint; nanos: number } {
  const ms = Date.now() - Math.round(ageMs)
  const seconds = Math.floor(ms / 1000)
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 }
}

function voteSetShape(
  name: string,
  set: VoteSet,
  validators: ValidatorSet,
): { [field: string]: JsonValue } {
  const all = validators.validators
  const voted = all.reduce((sum, one, i) => (set.votes.has(i) ? sum + one.power : sum), 0n)
  const total = validators.totalPower
  const bits = all.map((_, i) => (set.votes.has(i) ? 'x' : '_')).join('')
  const share = total === 0n ? 0n : (voted * 100n) / total
  return {
    [name]: all.map((one, i) => {
      const vote = set.votes.get(i)?.[0]
      return vote === undefined
        ? 'nil-Vote'
        : `Vote{${i}:${hex(one.address).slice(0, 12)} ${hex(vote.blockId.hash).slice(0, 12)}}`
    }),
    [`${name}_bit_array`]: `BA{${all.length}:${bits}} ${voted}/${total} = ${(Number(share) / 100).toFixed(2)}`,
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase()
}
