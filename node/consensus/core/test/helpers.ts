import { makeBlock } from '../../../chain/block.ts'
import { EMPTY, toHex, utf8 } from '../../../chain/bytes.ts'
import { EMPTY_COMMIT, NIL_BLOCK_ID } from '../../../chain/codec.ts'
import { sha256 } from '../../../chain/hash.ts'
import type {
  Block,
  BlockId,
  Commit,
  Proposal,
  Validator,
  ValidatorSet,
  Vote,
} from '../../../chain/types.ts'
import { newValidatorSet, proposerOf } from '../../../chain/validators.ts'
import type { Applied } from '../core.ts'
import { type CoreState, initialState } from '../state.ts'
import type { CoreConfig, Effect, Input, Timer } from '../types.ts'

/** The height all tables play at. */
export const HEIGHT = 7n
const TIME = { seconds: 1_700_000_000n, nanos: 0 }

/** Validators of the given powers with made-up keys. */
export function validatorSet(powers: readonly number[]): ValidatorSet {
  return newValidatorSet(
    powers.map((power, i) => ({ pubKey: new Uint8Array(32).fill(i + 1), power: BigInt(power) })),
  )
}

/** Four equal validators; `P(r)` is the proposer of round r, and all four are different. */
export const SET = validatorSet([10, 10, 10, 10])

/** Index of the proposer of a round in `SET`. */
export function P(round: number): number {
  return SET.validators.findIndex((v) => v.address === proposerOf(SET, round).address)
}

/** A made-up id for a letter; `nil` for nil. */
export function idOf(letter: string): BlockId {
  if (letter === 'nil') return NIL_BLOCK_ID
  return { hash: sha256(utf8(letter)), parts: { total: 1, hash: sha256(utf8(`${letter} parts`)) } }
}

/** A block whose content is a letter. Its id in these tests is `idOf(letter)`. */
export function blockOf(letter: string, height: bigint = HEIGHT): Block {
  const header = {
    version: { block: 11n, app: 0n },
    chainId: 'core-test',
    height,
    time: TIME,
    lastBlockId: NIL_BLOCK_ID,
    validatorsHash: EMPTY,
    nextValidatorsHash: EMPTY,
    consensusHash: EMPTY,
    appHash: EMPTY,
    lastResultsHash: EMPTY,
    proposerAddress: EMPTY,
  }
  return makeBlock(header, [utf8(letter)], [], EMPTY_COMMIT)
}

export function voteOf(
  validators: ValidatorSet,
  index: number,
  type: 1 | 2,
  height: bigint,
  round: number,
  blockId: BlockId,
): Vote {
  const { address } = validators.validators[index] as Validator
  const signature = new Uint8Array(64).fill(index + 1)
  return {
    type,
    height,
    round,
    blockId,
    timestamp: TIME,
    validatorAddress: address,
    validatorIndex: index,
    signature,
  }
}

const votes = (type: 1 | 2, round: number, letter: string, who: readonly number[]): Input[] =>
  who.map((i) => ({ type: 'vote', vote: voteOf(SET, i, type, HEIGHT, round, idOf(letter)) }))

/** Prevotes of a round by validator indexes. */
export const pv = (round: number, letter: string, ...who: number[]): Input[] =>
  votes(1, round, letter, who)
/** Precommits of a round by validator indexes. */
export const pc = (round: number, letter: string, ...who: number[]): Input[] =>
  votes(2, round, letter, who)

export function proposalOf(
  height: bigint,
  round: number,
  blockId: BlockId,
  polRound: number,
): Proposal {
  return { height, round, polRound, blockId, timestamp: TIME, signature: new Uint8Array(64) }
}

/** A proposal message without its block. */
export const header = (round: number, letter: string, polRound = -1): Input[] => [
  { type: 'proposal', proposal: proposalOf(HEIGHT, round, idOf(letter), polRound) },
]
/** A block whose bytes arrived. */
export const block = (letter: string, valid = true): Input[] => [
  { type: 'block', height: HEIGHT, blockId: idOf(letter), block: blockOf(letter), valid },
]
/** A proposal with its block. */
export const prop = (round: number, letter: string, polRound = -1, valid = true): Input[] => [
  ...header(round, letter, polRound),
  ...block(letter, valid),
]
export const timeout = (kind: Timer['kind'], round: number, height: bigint = HEIGHT): Input[] => [
  { type: 'timeout', timer: { kind, height, round } },
]
export const value = (round: number, letter: string): Input[] => [
  { type: 'value', height: HEIGHT, round, blockId: idOf(letter), block: blockOf(letter) },
]
export const txs = (): Input[] => [{ type: 'txsAvailable', height: HEIGHT }]
export const commit = (letter: string, height: bigint = HEIGHT): Input[] => {
  const made: Commit = { height, round: 3, blockId: idOf(letter), signatures: [] }
  return [{ type: 'commit', commit: made, block: blockOf(letter, height) }]
}
/** Begins the height as validator `own`, or as a follower. */
export const start = (own: number | undefined, height: bigint = HEIGHT): Input[] => [
  {
    type: 'startHeight',
    height,
    validators: SET,
    ownAddress: own === undefined ? undefined : SET.validators[own]?.address,
  },
]
/** Begins the height and ends the pause. */
export const begin = (own: number | undefined): Input[] => [
  ...start(own),
  ...timeout('newHeight', 0),
]

const LETTERS = new Map(
  ['nil', 'A', 'B', 'C', 'D'].map((letter) => [toHex(idOf(letter).hash), letter]),
)
const letterOf = (id: BlockId | undefined): string =>
  id === undefined ? 'nil' : (LETTERS.get(toHex(id.hash)) ?? '?')

/** An effect in a few words; steps are left out because tables would drown in them. */
export function describeEffect(effect: Effect): string[] {
  switch (effect.type) {
    case 'schedule':
      return [`timer ${effect.timer.kind} ${effect.timer.round}`]
    case 'getValue':
      return [`getValue ${effect.round}`]
    case 'propose':
      return [`propose ${letterOf(effect.blockId)} round ${effect.round} pol ${effect.polRound}`]
    case 'vote':
      return [
        `${effect.voteType === 1 ? 'prevote' : 'precommit'} ${letterOf(effect.blockId)} round ${effect.round}`,
      ]
    case 'decide':
      return [`decide ${letterOf(effect.blockId)} round ${effect.round}`]
    case 'fetchBlock':
      return [`fetch ${letterOf(effect.blockId)} round ${effect.round}`]
    case 'equivocation':
      return [`equivocation of ${effect.voteA.validatorIndex}`]
    case 'stepChanged':
      return []
  }
}

export type Apply = (state: CoreState, input: Input) => Applied

/** Feeds inputs one after the other. */
export function play(
  apply: Apply,
  inputs: readonly Input[],
  from: CoreState = initialState({ createEmptyBlocks: true }),
): Applied {
  let state = from
  const effects: Effect[] = []
  for (const input of inputs) {
    const applied = apply(state, input)
    state = applied.state
    effects.push(...applied.effects)
  }
  return { state, effects }
}

/** What happens on `when` after `given`, in words. */
export function outcome(
  apply: Apply,
  given: readonly Input[],
  when: readonly Input[],
  config: CoreConfig = { createEmptyBlocks: true },
): string[] {
  const before = play(apply, given, initialState(config))
  return play(apply, when, before.state).effects.flatMap(describeEffect)
}
