import type { Views } from '../view.ts'

/** Views of answers of module gov. */
export const govViews: Views = {
  '/cosmos.gov.v1.Query/Proposals': {
    list: 'proposals',
    none: 'no proposal',
    columns: [
      ['id', 'id'],
      ['status', 'status', 'proposal'],
      ['title', 'title'],
      ['deposit', 'total_deposit', 'coins'],
      ['deposit until', 'deposit_end_time', 'date'],
      ['vote until', 'voting_end_time', 'date'],
      ['why', 'failed_reason'],
    ],
  },
  '/cosmos.gov.v1.Query/Votes': {
    list: 'votes',
    none: 'no vote: when a period is over the votes are counted and gone, see `strom query gov tally`',
    columns: [
      ['voter', 'voter'],
      ['vote', 'options', 'vote'],
      ['why', 'metadata'],
    ],
  },
  '/cosmos.gov.v1.Query/Deposits': {
    list: 'deposits',
    none: 'no deposit',
    columns: [
      ['depositor', 'depositor'],
      ['amount', 'amount', 'coins'],
    ],
  },
}
