import type { CoreConfig, Input } from '../types.ts'
import {
  begin,
  block,
  commit,
  header,
  P,
  pc,
  prop,
  pv,
  start,
  timeout,
  txs,
  value,
} from './helpers.ts'

/** One line of a step table: after `given`, the inputs `when` have exactly the effects `expected`. */
export interface Row {
  readonly rule: string
  readonly description: string
  readonly given: readonly Input[]
  readonly when: readonly Input[]
  readonly expected: readonly string[]
  readonly config?: CoreConfig
}

const [p0, p1, p2, me] = [P(0), P(1), P(2), P(3)]
const lazy: CoreConfig = { createEmptyBlocks: false }

// Locked on A in round 0, moved to round 1 by precommits that came to nothing.
const lockedOnA = [
  ...begin(me),
  ...prop(0, 'A'),
  ...pv(0, 'A', me, p0, p1),
  ...pc(0, 'A', me),
  ...pc(0, 'nil', p0, p1),
  ...timeout('precommit', 0),
]
// Nothing locked, in round 1.
const roundOne = [...begin(me), ...pc(0, 'nil', p0, p1, p2), ...timeout('precommit', 0)]

/** How a height and a round begin, and the prevote: L11 to L32. */
export const OPENING: readonly Row[] = [
  // The pause before a height, and the wait for transactions.
  {
    rule: 'newHeight',
    description: 'the pause is asked for',
    given: [],
    when: start(me),
    expected: ['timer newHeight 0'],
  },
  {
    rule: 'newHeight',
    description: 'round 0 begins after the pause',
    given: start(me),
    when: timeout('newHeight', 0),
    expected: ['timer propose 0'],
  },
  {
    rule: 'newHeight',
    description: 'an older height does not begin again',
    given: begin(me),
    when: start(me, 6n),
    expected: [],
  },
  {
    rule: 'newHeight',
    description: 'without transactions the core waits',
    given: start(p0),
    when: timeout('newHeight', 0),
    expected: ['timer noTxs 0'],
    config: lazy,
  },
  {
    rule: 'newHeight',
    description: 'transactions end the wait',
    given: begin(p0),
    when: txs(),
    expected: ['timer propose 0', 'getValue 0'],
    config: lazy,
  },
  {
    rule: 'newHeight',
    description: 'the noTxs timer ends the wait',
    given: begin(p0),
    when: timeout('noTxs', 0),
    expected: ['timer propose 0', 'getValue 0'],
    config: lazy,
  },
  {
    rule: 'newHeight',
    description: 'transactions do not cut the pause',
    given: start(p0),
    when: txs(),
    expected: [],
    config: lazy,
  },
  {
    rule: 'newHeight',
    description: 'transactions before the end of the pause are remembered',
    given: [...start(p0), ...txs()],
    when: timeout('newHeight', 0),
    expected: ['timer propose 0', 'getValue 0'],
    config: lazy,
  },
  {
    rule: 'newHeight',
    description: 'a complete proposal ends the wait',
    given: begin(me),
    when: prop(0, 'A'),
    expected: ['timer propose 0', 'prevote A round 0'],
    config: lazy,
  },
  {
    rule: 'newHeight',
    description: 'a third of the power beginning ends the wait',
    given: [...begin(me), ...pv(0, 'nil', p0)],
    when: pv(0, 'nil', p1),
    expected: ['timer propose 0'],
    config: lazy,
  },
  {
    rule: 'newHeight',
    description: 'one validator beginning does not',
    given: begin(me),
    when: pv(0, 'nil', p0),
    expected: [],
    config: lazy,
  },

  {
    rule: 'L11 L18',
    description: 'the proposer asks for a value',
    given: start(p0),
    when: timeout('newHeight', 0),
    expected: ['timer propose 0', 'getValue 0'],
  },
  {
    rule: 'L11 L18',
    description: 'a follower asks for nothing',
    given: start(undefined),
    when: timeout('newHeight', 0),
    expected: ['timer propose 0'],
  },
  {
    rule: 'L19',
    description: 'the value is proposed',
    given: begin(p0),
    when: value(0, 'A'),
    expected: ['propose A round 0 pol -1'],
  },
  {
    rule: 'L19',
    description: 'a value nobody asked for is not',
    given: begin(me),
    when: value(0, 'A'),
    expected: [],
  },
  {
    rule: 'L19',
    description: 'a value comes once',
    given: [...begin(p0), ...value(0, 'A')],
    when: value(0, 'B'),
    expected: [],
  },
  {
    rule: 'L19',
    description: 'a value for a round that is over is dropped',
    given: [...begin(p0), ...pv(1, 'nil', p1, p2)],
    when: value(0, 'A'),
    expected: [],
  },
  {
    rule: 'L19',
    description: 'a value for an earlier own round is not used in a later one',
    given: [...begin(p0), ...pv(4, 'nil', p1, p2)],
    when: [...value(0, 'A'), ...value(4, 'B')],
    expected: ['propose B round 4 pol -1'],
  },
  {
    rule: 'L19',
    description: 'a value that comes after the propose timeout is dropped',
    given: [...begin(p0), ...timeout('propose', 0)],
    when: value(0, 'A'),
    expected: [],
  },
  {
    rule: 'L16',
    description: 'the next proposer proposes the valid value again, with its round',
    given: [...begin(p1), ...prop(0, 'A'), ...pv(0, 'A', p1, p0, p2), ...pc(0, 'nil', p0, p2, me)],
    when: timeout('precommit', 0),
    expected: ['timer propose 1', 'propose A round 1 pol 0'],
  },
  {
    rule: 'L16',
    description: 'without a valid value it asks for a new one',
    given: [...begin(p1), ...pc(0, 'nil', p0, p2, me)],
    when: timeout('precommit', 0),
    expected: ['timer propose 1', 'getValue 1'],
  },
  {
    rule: 'L16',
    description: 'a polka seen only after the own precommit makes the valid value too',
    given: [
      ...begin(p1),
      ...prop(0, 'A'),
      ...timeout('prevote', 0),
      ...pv(0, 'A', p0, p2, me),
      ...pc(0, 'nil', p0, p2, me),
    ],
    when: timeout('precommit', 0),
    expected: ['timer propose 1', 'propose A round 1 pol 0'],
  },

  {
    rule: 'L22',
    description: 'a fresh valid proposal is prevoted',
    given: begin(me),
    when: prop(0, 'A'),
    expected: ['prevote A round 0'],
  },
  {
    rule: 'L22',
    description: 'an invalid one gets nil',
    given: begin(me),
    when: prop(0, 'A', -1, false),
    expected: ['prevote nil round 0'],
  },
  {
    rule: 'L22',
    description: 'a proposal without its block waits',
    given: begin(me),
    when: header(0, 'A'),
    expected: [],
  },
  {
    rule: 'L22',
    description: 'the block may come first',
    given: [...begin(me), ...block('A')],
    when: header(0, 'A'),
    expected: ['prevote A round 0'],
  },
  {
    rule: 'L22',
    description: 'a second proposal of the round is ignored',
    given: [...begin(me), ...header(0, 'A')],
    when: prop(0, 'B'),
    expected: [],
  },
  {
    rule: 'L22',
    description: 'a proposal after the prevote is ignored',
    given: [...begin(me), ...timeout('propose', 0)],
    when: prop(0, 'A'),
    expected: [],
  },
  {
    rule: 'L22',
    description: 'a follower votes nothing',
    given: begin(undefined),
    when: prop(0, 'A'),
    expected: [],
  },
  {
    rule: 'L22',
    description: 'another height is ignored',
    given: begin(me),
    when: commit('A', 8n),
    expected: [],
  },
  {
    rule: 'L23',
    description: 'a lock refuses another fresh value',
    given: lockedOnA,
    when: prop(1, 'B'),
    expected: ['prevote nil round 1'],
  },
  {
    rule: 'L23',
    description: 'a lock allows the same value',
    given: lockedOnA,
    when: prop(1, 'A'),
    expected: ['prevote A round 1'],
  },

  {
    rule: 'L28',
    description: 'a proposal with its polka is prevoted',
    given: [...roundOne, ...pv(0, 'B', p0, p1, p2)],
    when: prop(1, 'B', 0),
    expected: ['prevote B round 1'],
  },
  {
    rule: 'L28',
    description: 'without its polka it waits',
    given: roundOne,
    when: prop(1, 'B', 0),
    expected: [],
  },
  {
    rule: 'L28',
    description: 'the polka may come last',
    given: [...roundOne, ...prop(1, 'B', 0), ...pv(0, 'B', p0, p1)],
    when: pv(0, 'B', p2),
    expected: ['prevote B round 1'],
  },
  {
    rule: 'L28',
    description: 'a polka for another value does not count',
    given: [...roundOne, ...pv(0, 'C', p0, p1, p2)],
    when: prop(1, 'B', 0),
    expected: [],
  },
  {
    rule: 'L28',
    description: 'a POL round that is not earlier is refused',
    given: roundOne,
    when: prop(1, 'B', 1),
    expected: [],
  },
  {
    rule: 'L29',
    description: 'a later polka frees the lock',
    given: [
      ...lockedOnA,
      ...timeout('propose', 1),
      ...pv(1, 'B', p0, p1, p2),
      ...pc(1, 'nil', p0, p1, p2),
      ...timeout('precommit', 1),
    ],
    when: prop(2, 'B', 1),
    expected: ['prevote B round 2'],
  },
  {
    rule: 'L29',
    description: 'an older polka does not free a newer lock',
    given: [
      ...roundOne,
      ...prop(1, 'A'),
      ...pv(1, 'A', me, p0, p1),
      ...pc(1, 'nil', p0, p1, p2),
      ...timeout('precommit', 1),
      ...pv(0, 'B', p0, p1, p2),
    ],
    when: prop(2, 'B', 0),
    expected: ['prevote nil round 2'],
  },
]
