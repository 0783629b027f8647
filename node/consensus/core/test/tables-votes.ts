import { begin, block, commit, header, P, pc, prop, pv, start, timeout } from './helpers.ts'

import { OPENING, type Row } from './tables.ts'

const [p0, p1, p2, me] = [P(0), P(1), P(2), P(3)]

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

/** Votes, decisions, rounds and timeouts: L34 to L67. */
const VOTING: readonly Row[] = [
  {
    rule: 'L34',
    description: 'prevotes of 2/3 without agreement start the timer',
    given: [...begin(me), ...prop(0, 'A'), ...pv(0, 'A', me, p0)],
    when: pv(0, 'nil', p1),
    expected: ['timer prevote 0'],
  },
  {
    rule: 'L34',
    description: 'only once',
    given: [...begin(me), ...prop(0, 'A'), ...pv(0, 'A', me, p0), ...pv(0, 'nil', p1)],
    when: pv(0, 'B', p2),
    expected: [],
  },
  {
    rule: 'L34',
    description: 'half of the power does not',
    given: [...begin(me), ...prop(0, 'A'), ...pv(0, 'A', me)],
    when: pv(0, 'nil', p1),
    expected: [],
  },
  {
    rule: 'L34',
    description: 'not before the own prevote',
    given: [...begin(me), ...pv(0, 'A', p0, p1)],
    when: pv(0, 'nil', p2),
    expected: [],
  },

  {
    rule: 'L36',
    description: 'a polka is precommitted',
    given: [...begin(me), ...prop(0, 'A'), ...pv(0, 'A', me, p0)],
    when: pv(0, 'A', p1),
    expected: ['precommit A round 0'],
  },
  {
    rule: 'L36',
    description: 'two of four are no polka',
    given: [...begin(me), ...prop(0, 'A'), ...pv(0, 'A', me)],
    when: pv(0, 'A', p0),
    expected: [],
  },
  {
    rule: 'L36',
    description: 'a repeated prevote does not count twice',
    given: [...begin(me), ...prop(0, 'A'), ...pv(0, 'A', me, p0)],
    when: pv(0, 'A', p0),
    expected: [],
  },
  {
    rule: 'L36',
    description: 'a polka for an unknown block is fetched, not precommitted',
    given: [...begin(me), ...timeout('propose', 0), ...pv(0, 'A', p0, p1)],
    when: pv(0, 'A', p2),
    expected: ['timer prevote 0', 'fetch A round 0'],
  },
  {
    rule: 'L36',
    description: 'it is precommitted when the block comes in time',
    given: [...begin(me), ...timeout('propose', 0), ...pv(0, 'A', p0, p1, p2)],
    when: block('A'),
    expected: ['precommit A round 0'],
  },
  {
    rule: 'L36',
    description: 'it locks no more after a nil precommit',
    given: [
      ...begin(me),
      ...timeout('propose', 0),
      ...pv(0, 'A', p0, p1, p2),
      ...timeout('prevote', 0),
    ],
    when: block('A'),
    expected: [],
  },
  {
    rule: 'L36',
    description: 'a polka for an invalid block is not precommitted',
    given: [...begin(me), ...prop(0, 'A', -1, false), ...pv(0, 'A', p0, p1)],
    when: pv(0, 'A', p2),
    expected: ['timer prevote 0'],
  },

  {
    rule: 'L44',
    description: 'a polka for nil is precommitted nil',
    given: [...begin(me), ...timeout('propose', 0), ...pv(0, 'nil', me, p0)],
    when: pv(0, 'nil', p1),
    expected: ['precommit nil round 0'],
  },
  {
    rule: 'L44',
    description: 'not before the own prevote',
    given: [...begin(me), ...pv(0, 'nil', p0, p1)],
    when: pv(0, 'nil', p2),
    expected: [],
  },

  {
    rule: 'L47',
    description: 'precommits of 2/3 start the timer',
    given: [...begin(me), ...pc(0, 'A', p0), ...pc(0, 'nil', p1)],
    when: pc(0, 'nil', p2),
    expected: ['timer precommit 0'],
  },
  {
    rule: 'L47',
    description: 'only once',
    given: [...begin(me), ...pc(0, 'A', p0), ...pc(0, 'nil', p1, p2)],
    when: pc(0, 'B', me),
    expected: [],
  },
  {
    rule: 'L47',
    description: 'half of the power does not',
    given: [...begin(me), ...pc(0, 'A', p0)],
    when: pc(0, 'nil', p1),
    expected: [],
  },

  {
    rule: 'L49',
    description: 'precommits of 2/3 for a known block decide',
    given: [...begin(me), ...prop(0, 'A'), ...pc(0, 'A', p0, p1)],
    when: pc(0, 'A', p2),
    expected: ['decide A round 0'],
  },
  {
    rule: 'L49',
    description: 'two of four do not',
    given: [...begin(me), ...prop(0, 'A'), ...pc(0, 'A', p0)],
    when: pc(0, 'A', p1),
    expected: [],
  },
  {
    rule: 'L49',
    description: 'precommits for different values do not',
    given: [...begin(me), ...prop(0, 'A'), ...pc(0, 'A', p0, p1)],
    when: pc(0, 'B', p2),
    expected: ['timer precommit 0'],
  },
  {
    rule: 'L49',
    description: 'precommits for nil do not',
    given: [...begin(me), ...pc(0, 'nil', p0, p1)],
    when: pc(0, 'nil', p2),
    expected: ['timer precommit 0'],
  },
  {
    rule: 'L49',
    description: 'an unknown block is fetched',
    given: [...begin(me), ...pc(0, 'A', p0, p1)],
    when: pc(0, 'A', p2),
    expected: ['timer precommit 0', 'fetch A round 0'],
  },
  {
    rule: 'L49',
    description: 'and decided when it comes',
    given: [...begin(me), ...pc(0, 'A', p0, p1, p2)],
    when: block('A'),
    expected: ['decide A round 0'],
  },
  {
    rule: 'L49',
    description: 'late precommits of an earlier round decide',
    given: [...lockedOnA, ...pc(0, 'A', p2)],
    when: pc(0, 'A', p0),
    expected: [`equivocation of ${p0}`, 'decide A round 0'],
  },
  {
    rule: 'L49',
    description: 'any earlier round decides',
    given: [...roundOne, ...timeout('precommit', 1), ...prop(1, 'A'), ...pc(1, 'A', p0, p1)],
    when: [...block('A'), ...pc(1, 'A', p2)],
    expected: ['decide A round 1'],
  },
  {
    rule: 'L49',
    description: 'a later round decides too',
    given: [...begin(me), ...block('A'), ...pc(4, 'A', p0)],
    when: pc(4, 'A', p1, p2),
    expected: ['timer propose 4', 'decide A round 4'],
  },
  {
    rule: 'L49',
    description: 'nothing is decided twice',
    given: [...begin(me), ...prop(0, 'A'), ...pc(0, 'A', p0, p1, p2)],
    when: [...pc(0, 'A', me), ...pc(1, 'A', p0, p1, p2), ...timeout('precommit', 0)],
    expected: [],
  },
  {
    rule: 'commit',
    description: 'a verified commit decides at once',
    given: begin(me),
    when: commit('A'),
    expected: ['decide A round 3'],
  },
  {
    rule: 'commit',
    description: 'also in the pause',
    given: start(me),
    when: commit('A'),
    expected: ['decide A round 3'],
  },

  {
    rule: 'L55',
    description: 'a third of the power in a higher round pulls us there',
    given: [...begin(me), ...pv(2, 'nil', p0)],
    when: pc(2, 'nil', p1),
    expected: ['timer propose 2'],
  },
  {
    rule: 'L55',
    description: 'one validator does not, however much it says',
    given: [...begin(me), ...pv(2, 'nil', p0)],
    when: pc(2, 'nil', p0),
    expected: [],
  },
  {
    rule: 'L55',
    description: 'a proposal counts as a message of its proposer',
    given: [...begin(me), ...pv(1, 'nil', p0)],
    when: header(1, 'A'),
    expected: ['timer propose 1'],
  },
  {
    rule: 'L55',
    description: 'a lower round pulls nobody back',
    given: [...begin(me), ...pv(2, 'nil', p0, p1)],
    when: pv(1, 'nil', p0, p1),
    expected: [],
  },

  {
    rule: 'L57',
    description: 'without a proposal in time nil is prevoted',
    given: begin(me),
    when: timeout('propose', 0),
    expected: ['prevote nil round 0'],
  },
  {
    rule: 'L57',
    description: 'not after the prevote',
    given: [...begin(me), ...prop(0, 'A')],
    when: timeout('propose', 0),
    expected: [],
  },
  {
    rule: 'L57',
    description: 'not for an earlier round',
    given: roundOne,
    when: timeout('propose', 0),
    expected: [],
  },
  {
    rule: 'L57',
    description: 'not for another height',
    given: begin(me),
    when: timeout('propose', 0, 6n),
    expected: [],
  },
  {
    rule: 'L61',
    description: 'without a polka in time nil is precommitted',
    given: [...begin(me), ...prop(0, 'A')],
    when: timeout('prevote', 0),
    expected: ['precommit nil round 0'],
  },
  {
    rule: 'L61',
    description: 'not after the precommit',
    given: [...begin(me), ...prop(0, 'A'), ...pv(0, 'A', me, p0, p1)],
    when: timeout('prevote', 0),
    expected: [],
  },
  {
    rule: 'L65',
    description: 'without a decision in time the next round begins',
    given: begin(me),
    when: timeout('precommit', 0),
    expected: ['timer propose 1'],
  },
  {
    rule: 'L65',
    description: 'not for a round that is over',
    given: roundOne,
    when: timeout('precommit', 0),
    expected: [],
  },

  {
    rule: 'equivocation',
    description: 'two prevotes of one validator are reported',
    given: [...begin(me), ...pv(0, 'A', p0)],
    when: pv(0, 'B', p0),
    expected: [`equivocation of ${p0}`],
  },
  {
    rule: 'equivocation',
    description: 'a prevote and a precommit are not',
    given: [...begin(me), ...pv(0, 'A', p0)],
    when: pc(0, 'B', p0),
    expected: [],
  },
  {
    rule: 'equivocation',
    description: 'votes of two rounds are not',
    given: [...begin(me), ...pv(0, 'A', p0)],
    when: pv(1, 'B', p0),
    expected: [],
  },
  {
    rule: 'equivocation',
    description: 'a third value is reported no more',
    given: [...begin(me), ...pv(0, 'A', p0), ...pv(0, 'B', p0)],
    when: pv(0, 'C', p0),
    expected: [],
  },
  {
    rule: 'equivocation',
    description: 'the second vote completes a quorum the first kept from us',
    given: [...begin(me), ...prop(0, 'A'), ...pc(0, 'nil', p0), ...pc(0, 'A', p1, p2)],
    when: pc(0, 'A', p0),
    expected: [`equivocation of ${p0}`, 'decide A round 0'],
  },
]

/** One table for the whole algorithm. */
export const TABLE: readonly Row[] = [...OPENING, ...VOTING]
