import { govAuthority } from '../../../modules/kit/authority.ts'
import { wireModules } from '../../../node/app/modules.ts'
import { nativeHasher } from '../../../node/app/native-crypto.ts'
import type { JsonValue } from '../../../proto/codec.ts'
import { MsgCommunityPoolSpend } from '../../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import {
  MsgCancelUpgrade,
  MsgSoftwareUpgrade,
} from '../../../proto/gen/cosmos/upgrade/v1beta1/tx.ts'
import { services } from '../../../proto/gen/services.ts'
import { codecFor } from '../../../proto/registry.ts'
import { usageError } from '../../errors.ts'
import { isOlder } from '../../query/names.ts'
import { type ComposedInput, needed, packed } from '../composed.ts'
import { inputText } from '../inputs.ts'
import { coinsJson } from './values.ts'

/** A proposal as the SDK's `submit-proposal FILE` reads it. */
export interface ProposalFile {
  readonly messages: readonly JsonValue[]
  readonly metadata: string
  /** Such as `10STROM`. */
  readonly deposit: string
  readonly title: string
  readonly summary: string
  readonly expedited: boolean
}

/** What `--type` can be: its meaning, and the messages it stands for. */
const TYPES: Readonly<Record<string, (input: ComposedInput) => Promise<readonly JsonValue[]>>> = {
  text: async () => [],
  spend: async (input) => [
    packed(MsgCommunityPoolSpend, {
      authority: authority(),
      recipient: input.account(needed(input, 'recipient', 'recipient', 'strom1…')),
      amount: coinsJson(needed(input, 'amount', 'amount', '100STROM')),
    }),
  ],
  params: async (input) => [await paramsMessage(input)],
  upgrade: async (input) => [upgradeMessage(needed(input, 'name', 'name', 'v2'), input)],
  'cancel-upgrade': async () => [packed(MsgCancelUpgrade, { authority: authority() })],
}

/** Flags of every type, for commands that take one. */
export const DRAFT_FLAGS: readonly (readonly [string, string])[] = [
  ['--type <type>', `${Object.keys(TYPES).join(', ')}`],
  ['--title <text>', 'what it is called'],
  ['--summary <text>', 'what it says'],
  ['--metadata <text>', 'where to read more, such as ipfs://…'],
  ['--deposit <amount>', 'the deposit that goes with it'],
  ['--expedited', 'voted on faster, by a higher threshold and deposit'],
  ['--recipient <account>', 'spend: who gets it'],
  ['--amount <amount>', 'spend: how much of the community pool'],
  ['--module <name>', 'params: the module'],
  ['--set <name=value>...', 'params: what changes; may be repeated; JSON or @file for lists'],
  ['--name <name>', 'upgrade: the name that the new program knows'],
  ['--upgrade-height <height>', 'upgrade: the first block of the new program'],
  ['--upgrade-info <text>', 'upgrade: where the new program is found'],
]

/** The proposal that the flags describe. Throws a usage error naming what is missing. */
export async function draftOf(input: ComposedInput): Promise<ProposalFile> {
  const type = needed(input, 'type', 'type', 'text')
  const make = TYPES[type]
  if (make === undefined)
    throw usageError(`--type "${type}" is unknown`, `one of ${Object.keys(TYPES).join(', ')}`)
  const title = needed(input, 'title', 'title', '"Shorter periods"')
  return {
    messages: await make(input),
    // A proposal says something by its messages or by its metadata: what has neither is refused.
    metadata: input.text('metadata') ?? (type === 'text' ? title : ''),
    deposit: input.text('deposit') ?? '',
    title,
    summary: input.text('summary') ?? title,
    expedited: input.options['expedited'] === true,
  }
}

/** The message that plans an upgrade. */
export function upgradeMessage(name: string, input: ComposedInput): JsonValue {
  return packed(MsgSoftwareUpgrade, {
    authority: authority(),
    plan: {
      name,
      height: needed(input, 'upgradeHeight', 'upgrade-height', '120000'),
      info: input.text('upgradeInfo') ?? '',
    },
  })
}

/** The account of governance. */
export function authority(): string {
  return govAuthority({ hasher: nativeHasher })
}

/** All params of a module as they are now, those named by `--set` changed: the message replaces every one of them. */
async function paramsMessage(input: ComposedInput): Promise<JsonValue> {
  const name = needed(input, 'module', 'module', 'staking')
  const module = wireModules().modules.find((one) => one.name === name)
  const url = module?.messages
    .map(({ codec }) => codec.typeUrl)
    .find((one) => one.endsWith('.MsgUpdateParams'))
  const codec = url === undefined ? undefined : codecFor(url)
  const query = module?.queries.find(
    ({ service, method }) => method === 'Params' && !isOlder(name, service.split('.').at(-2) ?? ''),
  )
  const spec = services
    .find((one) => one.name === query?.service)
    ?.methods.find((one) => one.name === 'Params')
  if (codec === undefined || spec === undefined)
    throw usageError(`--module "${name}" has no params to change`, `one of ${changeable()}`)
  const sets = input.options['set']
  if (!Array.isArray(sets)) throw usageError('--set is needed', 'such as --set max_validators=50')
  const answer = await input
    .client()
    .query(spec.path, spec.request, spec.response, spec.request.fromJson({}))
  const { params } = spec.response.toJson(answer) as { params: { [name: string]: JsonValue } }
  for (const set of sets) change(params, String(set))
  const fields = codec.fields.map((field) => field.name)
  // consensus names its parts in the message itself, all others hold them in `params`.
  const parts = fields.includes('params')
    ? { params }
    : Object.fromEntries(Object.entries(params).filter(([part]) => fields.includes(part)))
  return { '@type': codec.typeUrl, authority: authority(), ...parts }
}

function changeable(): string {
  return wireModules()
    .modules.filter(({ messages }) =>
      messages.some(({ codec }) => codec.typeUrl.endsWith('.MsgUpdateParams')),
    )
    .map(({ name }) => name)
    .join(', ')
}

/** `block.max_gas=1000`: the value replaces what is there, in the kind it has there. */
function change(params: { [name: string]: JsonValue }, set: string): void {
  const at = set.indexOf('=')
  if (at < 1) throw usageError(`--set "${set}" names no value`, 'write --set max_validators=50')
  const path = set.slice(0, at).split('.')
  const last = path.pop() as string
  let holder = params
  for (const name of path) {
    const inner = holder[name]
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner))
      throw unknownParam(set.slice(0, at), holder)
    holder = inner as { [name: string]: JsonValue }
  }
  const before = holder[last]
  if (before === undefined) throw unknownParam(set.slice(0, at), holder)
  holder[last] = valueLike(before, set.slice(at + 1), set)
}

function valueLike(before: JsonValue, text: string, set: string): JsonValue {
  if (typeof before === 'string') return text
  if (typeof before === 'boolean' && !['true', 'false'].includes(text))
    throw usageError(`--set "${set}": true or false`)
  try {
    return JSON.parse(text.startsWith('@') ? inputText(text.slice(1)) : text) as JsonValue
  } catch (error) {
    if (error instanceof SyntaxError)
      throw usageError(
        `--set "${set}": the value is no JSON`,
        `it is ${JSON.stringify(before)} now`,
      )
    throw error
  }
}

function unknownParam(name: string, holder: { readonly [name: string]: JsonValue }) {
  return usageError(`there is no param ${name}`, `one of ${Object.keys(holder).join(', ')}`)
}
