import type { AnyValue } from '../../../proto/codec.ts'
import {
  MsgUpdateParams as BankParams,
  MsgSend,
} from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { CommunityPoolSpendProposal } from '../../../proto/gen/cosmos/distribution/v1beta1/distribution.ts'
import {
  MsgCancelProposal,
  MsgDeposit,
  MsgExecLegacyContent,
  MsgSubmitProposal,
  MsgUpdateParams,
  MsgVote,
  MsgVoteWeighted,
} from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { TextProposal } from '../../../proto/gen/cosmos/gov/v1beta1/gov.ts'
import * as legacy from '../../../proto/gen/cosmos/gov/v1beta1/tx.ts'
import { ParameterChangeProposal } from '../../../proto/gen/cosmos/params/v1beta1/params.ts'
import { pack } from '../../kit/testing/fake-router.ts'
import {
  accepted,
  block,
  type Operation,
  refused,
  runModuleSuite,
} from '../../kit/testing/module-suite.ts'
import { NOT_EXPORTED } from '../../staking/state.ts'
import { defaultParams } from '../params.ts'
import {
  account,
  authority,
  coins,
  DAY,
  genesisOf,
  makeModules,
  NO,
  T,
  VETO,
  YES,
} from './world.ts'

const proposal = (changes: Partial<MsgSubmitProposal> = {}): MsgSubmitProposal =>
  MsgSubmitProposal.create({
    proposer: account(11),
    initialDeposit: coins(10n * T),
    title: 'A title',
    summary: 'A summary',
    metadata: 'ipfs://words',
    ...changes,
  })
const off = pack(BankParams, { authority, params: { sendEnabled: [], defaultSendEnabled: true } })
const text = pack(TextProposal, { title: 'Words', description: 'More words' })
const legacyProposal = (content: AnyValue | undefined): legacy.MsgSubmitProposal => ({
  content,
  initialDeposit: coins(T),
  proposer: account(12),
})
const vote = (changes: Partial<MsgVote> = {}): MsgVote => ({
  proposalId: 1n,
  voter: account(1),
  option: YES,
  metadata: '',
  ...changes,
})
const split = (...options: [option: number, weight: string][]): MsgVoteWeighted => ({
  proposalId: 1n,
  voter: account(2),
  options: options.map(([option, weight]) => ({ option, weight })),
  metadata: '',
})
const deposit = (changes: Partial<MsgDeposit> = {}): MsgDeposit => ({
  proposalId: 2n,
  depositor: account(13),
  amount: coins(T),
  ...changes,
})
const cancel = (proposalId: bigint, proposer = account(11)): MsgCancelProposal => ({
  proposalId,
  proposer,
})
const params = (changes: Partial<MsgUpdateParams['params']>, by = authority): MsgUpdateParams => ({
  authority: by,
  params: { ...defaultParams(), ...changes },
})

const wrong = (title: string, changes: Partial<MsgSubmitProposal>, code: string): Operation => {
  const [space, number] = code.split(' ') as [string, string]
  return refused(title, MsgSubmitProposal, proposal(changes), space, Number(number))
}
const alien = pack(MsgSend, { fromAddress: account(1), toAddress: account(2), amount: coins(1n) })
const malformed = pack(MsgUpdateParams, params({ quorum: 'x' }))

const submissions: Operation[] = [
  wrong('the title is empty', { title: '' }, 'sdk 18'),
  wrong('the summary is empty', { summary: '' }, 'sdk 18'),
  wrong('the proposer is malformed', { proposer: 'strom1x' }, 'sdk 7'),
  wrong('there are neither messages nor metadata', { metadata: '' }, 'gov 11'),
  wrong('metadata state another title or summary', { metadata: '{"title":"Other"}' }, 'gov 5'),
  wrong('metadata or title have more than 255 bytes', { metadata: 'ä'.repeat(128) }, 'gov 15'),
  wrong('the summary has more than 10,200 bytes', { summary: 'x'.repeat(10_201) }, 'gov 22'),
  wrong('the deposit is malformed', { initialDeposit: coins(0n) }, 'sdk 10'),
  wrong('the deposit has another denomination', { initialDeposit: coins(1n, 'wind') }, 'gov 23'),
  wrong('the deposit is below 1 % of what is needed', { initialDeposit: coins(99_999n) }, 'gov 16'),
  wrong('the proposer has not that much', { initialDeposit: coins(T * T + 1n) }, 'sdk 5'),
  wrong('another than governance would sign a message', { messages: [off, alien] }, 'gov 13'),
  wrong(
    'no module handles a message',
    { messages: [{ typeUrl: '/cosmos.nothing.v1.MsgNone', value: new Uint8Array() }] },
    'gov 10',
  ),
  wrong('a message is malformed', { messages: [malformed] }, 'gov 12'),
  accepted('words', MsgSubmitProposal, proposal()),
  accepted('a message', MsgSubmitProposal, proposal({ messages: [off], initialDeposit: coins(T) })),
  accepted(
    'a message in haste',
    MsgSubmitProposal,
    proposal({ messages: [off], expedited: true, initialDeposit: coins(50n * T) }),
  ),
  accepted('a text of v1beta1', legacy.MsgSubmitProposal, legacyProposal(text)),
  refused('the content is missing', legacy.MsgSubmitProposal, legacyProposal(undefined), 'gov', 5),
  refused(
    'the content has no title, no description or too much of one',
    legacy.MsgSubmitProposal,
    legacyProposal(pack(TextProposal, { title: ' ', description: 'x' })),
    'gov',
    5,
  ),
  refused(
    'the content is of an unknown type',
    legacy.MsgSubmitProposal,
    legacyProposal(alien),
    'gov',
    6,
  ),
  refused(
    'the content changes params',
    legacy.MsgSubmitProposal,
    legacyProposal(pack(ParameterChangeProposal, { title: 'a', description: 'b', changes: [] })),
    'gov',
    9,
  ),
  refused(
    'the content pays nobody or nothing',
    legacy.MsgSubmitProposal,
    legacyProposal(
      pack(CommunityPoolSpendProposal, {
        title: 'a',
        description: 'b',
        recipient: 'nobody',
        amount: coins(1n),
      }),
    ),
    'gov',
    12,
  ),
  refused(
    'another than governance carries a content out',
    MsgExecLegacyContent,
    { content: text, authority: account(1) },
    'gov',
    13,
  ),
]

runModuleSuite({
  make: () => makeModules().list,
  sampleGenesis: genesisOf([700n * T, 300n * T]),
  notExported: NOT_EXPORTED,
  operations: [
    ...submissions,
    accepted('a vote', MsgVote, vote()),
    accepted('a split vote', MsgVoteWeighted, split([YES, '0.6'], [NO, '0.3'], [VETO, '0.1'])),
    accepted('a vote of v1beta1', legacy.MsgVote, {
      proposalId: 3n,
      voter: account(1),
      option: YES,
    }),
    accepted('a split vote of v1beta1', legacy.MsgVoteWeighted, {
      proposalId: 3n,
      voter: account(2),
      options: [
        { option: YES, weight: '250000000000000000' },
        { option: NO, weight: '750000000000000000' },
      ],
    }),
    refused(
      'the vote is on a proposal that is not voted on',
      MsgVote,
      vote({ proposalId: 2n }),
      'gov',
      3,
    ),
    refused('the option is none of the four', MsgVote, vote({ option: 5 }), 'gov', 7),
    refused('the voter is malformed', MsgVote, vote({ voter: 'x' }), 'sdk', 7),
    refused(
      'metadata of a vote have more than 255 bytes',
      MsgVote,
      vote({ metadata: 'x'.repeat(256) }),
      'gov',
      15,
    ),
    refused('a split vote has no option', MsgVoteWeighted, split(), 'sdk', 18),
    refused(
      'weights are not one in all',
      MsgVoteWeighted,
      split([YES, '0.6'], [NO, '0.3']),
      'gov',
      7,
    ),
    refused('an option comes twice', MsgVoteWeighted, split([YES, '0.5'], [YES, '0.5']), 'gov', 7),
    refused(
      'a weight is no number above 0 and up to 1',
      MsgVoteWeighted,
      split([YES, '1.1']),
      'gov',
      7,
    ),
    accepted('a deposit', MsgDeposit, deposit()),
    accepted(
      'a deposit of v1beta1',
      legacy.MsgDeposit,
      deposit({ proposalId: 4n, amount: coins(9n * T) }),
    ),
    refused('the deposit is on no proposal', MsgDeposit, deposit({ proposalId: 9n }), 'sdk', 38),
    refused('a deposit is none', MsgDeposit, deposit({ amount: [] }), 'sdk', 10),
    refused('a module account deposits', MsgDeposit, deposit({ depositor: authority }), 'sdk', 4),
    refused(
      'another than the proposer cancels',
      MsgCancelProposal,
      cancel(2n, account(12)),
      'gov',
      18,
    ),
    refused('the cancelled proposal is unknown', MsgCancelProposal, cancel(9n), 'sdk', 38),
    accepted('a proposal is taken back', MsgCancelProposal, cancel(2n)),
    refused(
      'another than governance sets params',
      MsgUpdateParams,
      params({}, account(1)),
      'gov',
      13,
    ),
    refused('a param cannot be', MsgUpdateParams, params({ threshold: '0' }), 'sdk', 18),
    accepted('other params', MsgUpdateParams, params({ burnVoteQuorum: true })),
    block(DAY),
    block(1n),
    block(DAY),
    block(1n),
    refused('the proposal to cancel has ended', MsgCancelProposal, cancel(1n), 'gov', 21),
    accepted(
      'one more, which waits for deposits',
      MsgSubmitProposal,
      proposal({ initialDeposit: coins(T) }),
    ),
    accepted('one more, which is voted on', MsgSubmitProposal, proposal({ messages: [off] })),
    accepted('its vote', MsgVote, vote({ proposalId: 6n, metadata: 'because' })),
  ],
})
