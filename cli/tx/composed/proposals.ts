import { writeFileSync } from 'node:fs'
import type { AnyValue, JsonValue } from '../../../proto/codec.ts'
import { QueryParamsRequest, QueryParamsResponse } from '../../../proto/gen/cosmos/gov/v1/query.ts'
import { MsgSubmitProposal, MsgVoteWeighted } from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import {
  MsgCancelUpgrade,
  MsgSoftwareUpgrade,
} from '../../../proto/gen/cosmos/upgrade/v1beta1/tx.ts'
import { usageError } from '../../errors.ts'
import { emit } from '../../output.ts'
import { type Composed, type ComposedInput, messageFrom, packed } from '../composed.ts'
import { inputText } from '../inputs.ts'
import { authority, DRAFT_FLAGS, draftOf, type ProposalFile, upgradeMessage } from './drafts.ts'
import { coinsJson } from './values.ts'

const FORM = '{"messages":[],"deposit":"10STROM","title":"…","summary":"…"}'
const COMMON = DRAFT_FLAGS.filter(([flag]) =>
  /^--(title|summary|metadata|deposit|expedited)/.test(flag),
)
const OPTIONS: Readonly<Record<string, string>> = {
  yes: 'VOTE_OPTION_YES',
  abstain: 'VOTE_OPTION_ABSTAIN',
  no: 'VOTE_OPTION_NO',
  no_with_veto: 'VOTE_OPTION_NO_WITH_VETO',
  veto: 'VOTE_OPTION_NO_WITH_VETO',
}

/** Commands that make proposals, and votes in parts. */
export const proposals: readonly Composed[] = [
  {
    at: 'gov submit-proposal',
    about: 'propose something: by a file, or by --type and what belongs to it',
    args: ['[file]'],
    flags: DRAFT_FLAGS,
    example: 'gov submit-proposal --type text --title "Shorter periods" --deposit 10STROM',
    replaces: [MsgSubmitProposal.typeUrl],
    async build(input) {
      const [file] = input.args
      if (file !== undefined && input.text('type') !== undefined)
        throw usageError('a file and --type are two ways to say one thing', 'give one')
      return [await submitMessage(input, file === undefined ? await draftOf(input) : fileOf(file))]
    },
  },
  {
    at: 'upgrade software-upgrade',
    about: 'propose that all nodes go on with a new program from a height on',
    args: ['<name>'],
    flags: [...DRAFT_FLAGS.filter(([flag]) => flag.startsWith('--upgrade')), ...COMMON],
    example: 'upgrade software-upgrade v2 --upgrade-height 120000 --deposit 10STROM',
    replaces: [MsgSoftwareUpgrade.typeUrl],
    async build(input) {
      const name = input.args[0] ?? ''
      return [await propose(input, upgradeMessage(name, input), `Upgrade to ${name}`)]
    },
  },
  {
    at: 'upgrade cancel-software-upgrade',
    about: 'propose to drop the upgrade that is planned',
    args: [],
    flags: COMMON,
    example: 'upgrade cancel-software-upgrade --deposit 10STROM',
    aliases: ['cancel-upgrade'],
    replaces: [MsgCancelUpgrade.typeUrl],
    build: async (input) => [
      await propose(
        input,
        packed(MsgCancelUpgrade, { authority: authority() }),
        'Cancel the upgrade',
      ),
    ],
  },
  {
    at: 'gov weighted-vote',
    about: 'vote in parts that add up to 1',
    args: ['<proposal>', '<options>'],
    flags: [['--metadata <text>', 'why']],
    example: 'gov weighted-vote 1 yes=0.6,abstain=0.4',
    aliases: ['vote-weighted'],
    replaces: [MsgVoteWeighted.typeUrl],
    build: async (input) => [
      messageFrom(MsgVoteWeighted, {
        proposal_id: input.args[0] ?? '',
        voter: input.signing.address,
        options: optionsOf(input.args[1] ?? ''),
        metadata: input.text('metadata') ?? '',
      }),
    ],
  },
]

function propose(input: ComposedInput, message: JsonValue, title: string): Promise<AnyValue> {
  return submitMessage(input, {
    messages: [message],
    title: input.text('title') ?? title,
    summary: input.text('summary') ?? input.text('title') ?? title,
    metadata: input.text('metadata') ?? '',
    deposit: input.text('deposit') ?? '',
    expedited: input.options['expedited'] === true,
  })
}

/** Without a deposit the proposal takes the one that brings it to a vote at once. */
async function submitMessage(input: ComposedInput, file: ProposalFile): Promise<AnyValue> {
  const deposit = input.text('deposit') ?? file.deposit
  return messageFrom(MsgSubmitProposal, {
    messages: [...file.messages],
    initial_deposit: deposit === '' ? await fullDeposit(input, file.expedited) : coinsJson(deposit),
    proposer: input.signing.address,
    metadata: file.metadata,
    title: file.title,
    summary: file.summary,
    expedited: file.expedited,
  })
}

async function fullDeposit(input: ComposedInput, expedited: boolean) {
  const path = '/cosmos.gov.v1.Query/Params'
  const request = QueryParamsRequest.create()
  const { params } = await input
    .client()
    .query(path, QueryParamsRequest, QueryParamsResponse, request)
  const coins = (expedited ? params?.expeditedMinDeposit : params?.minDeposit) ?? []
  return coins.map(({ denom, amount }) => ({ denom, amount }))
}

/** Reads a proposal file as the SDK writes them. Throws a usage error naming the file. */
function fileOf(file: string): ProposalFile {
  let read: { readonly [name: string]: JsonValue }
  try {
    read = JSON.parse(inputText(file)) as { readonly [name: string]: JsonValue }
  } catch (error) {
    if (error instanceof SyntaxError) throw usageError(`${file} is no JSON`, `write ${FORM}`)
    throw error
  }
  const { messages = [], title, summary, metadata = '', deposit = '', expedited } = read
  if (!Array.isArray(messages) || typeof title !== 'string' || title === '')
    throw usageError(
      `${file} is no proposal: it needs messages (perhaps none) and a title`,
      `write ${FORM}, or draft one: strom tx gov draft-proposal`,
    )
  return {
    messages,
    title,
    summary: String(summary ?? title),
    metadata: String(metadata),
    deposit: String(deposit),
    expedited: expedited === true,
  }
}

function optionsOf(text: string): JsonValue[] {
  return text.split(',').map((part) => {
    const [word = '', weight = '', ...rest] = part.trim().split('=')
    const option = OPTIONS[word.toLowerCase().replaceAll('-', '_')]
    if (
      option === undefined ||
      rest.length > 0 ||
      !/^(0?\.\d{1,18}|[01](\.\d{1,18})?)$/.test(weight)
    )
      throw usageError(
        `"${part}" is no part of a vote`,
        'write yes=0.6,abstain=0.4; yes, no, abstain, no_with_veto',
      )
    return { option, weight: weight.startsWith('.') ? `0${weight}` : weight }
  })
}

/** `strom tx gov draft-proposal`: the file of a proposal, to be read and changed before it is submitted. */
export const draftProposal: Composed = {
  at: 'gov draft-proposal',
  about: 'write the file of a proposal; nothing is signed or sent',
  args: [],
  unsigned: true,
  flags: [...DRAFT_FLAGS, ['--out <file>', 'where to; stdout when absent']],
  example: 'gov draft-proposal --type params --module staking --set max_validators=50 --title More',
  async build(input) {
    const file = JSON.stringify(await draftOf(input), undefined, 2)
    const out = input.text('out')
    if (out === undefined) emit(JSON.parse(file), file)
    else {
      writeFileSync(out, `${file}\n`)
      emit({ out }, `${out} holds the proposal: strom tx gov submit-proposal ${out} --from NAME`)
    }
    return []
  },
}
