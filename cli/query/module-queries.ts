import type { Command } from 'commander'
import { PREFIX } from '../../modules/kit/address.ts'
import { wireModules } from '../../node/app/modules.ts'
import { parseTime } from '../../node/chain/time.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { services } from '../../proto/gen/services.ts'
import { QueryPeriodRequest, QueryPeriodResponse } from '../../proto/gen/strom/operator/v1/query.ts'
import type { FieldSpec } from '../../proto/runtime/field.ts'
import type { MethodSpec } from '../../proto/runtime/service.ts'
import { type NodeClient, openClient } from '../client.ts'
import { group, homeOf, leaf, wholeNumber } from '../common.ts'
import { CliError, EXIT } from '../errors.ts'
import { findKey, isAddress, openKeyring } from '../keys/find.ts'
import { addFieldFlag, fieldJson, isTypeable, optionKey } from '../message-json.ts'
import { emit, outputFormat } from '../output.ts'
import { exampleText, sampleFlag, sampleOf } from '../sample.ts'
import { GROUP_ALIASES } from '../tx/tree.ts'
import { extraQueries } from './extra.ts'
import { aboutQuery, argumentsOf, isOlder, queryName } from './names.ts'
import { addNodeFlags } from './node-flags.ts'
import {
  allValidators,
  consensusAddressOf,
  hasPrefix,
  resolveValidator,
  validatorNames,
} from './validators.ts'
import { answerText, showsValidators } from './views.ts'

/** A query by full name of its service and name of its method. */
type QueryName = { readonly service: string; readonly method: string }

/** Fields without which a query makes no sense, so that its example shows them. */
const NEEDED: ReadonlySet<string> = new Set(['device', 'identity', 'from', 'to'])

/** Queries about a period, with the seconds of which it is a multiple: without --from and --to it is the last day. */
const PERIODS: Readonly<Record<string, bigint>> = {
  '/strom.metering.v1.Query/Ticks': 900n,
  '/strom.metering.v1.Query/Gaps': 900n,
  '/strom.metering.v1.Query/SiteBalance': 900n,
  '/strom.certificate.v1.Query/Score': 3600n,
}
const DAY_S = 86_400n
const SECRETS = '/strom.operator.v1.Query/Secrets'

type Options = { readonly [name: string]: string | boolean | undefined }

/** One group a module, one command a query it answers, and those that put several answers together. */
export function moduleQueryGroups(): Command[] {
  const asked = wireModules().modules.filter(({ queries }) => queries.length > 0)
  return asked.map((module) => {
    const versionOf = (query: QueryName): string => query.service.split('.').at(-2) ?? ''
    const newest = module.queries.filter((query) => !isOlder(module.name, versionOf(query)))
    const older = module.queries.filter((query) => !newest.includes(query))
    const versions = [...new Set(older.map(versionOf))]
    const made = group(module.name, `queries of module ${module.name}`, [
      ...newest.map((query) => queryLeaf(query, `query ${module.name}`)),
      ...extraQueries(module.name),
      ...versions.map((version) =>
        group(
          version,
          `the same in the shapes of ${version}`,
          older
            .filter((query) => versionOf(query) === version)
            .map((query) => queryLeaf(query, `query ${module.name} ${version}`)),
        ),
      ),
    ])
    const alias = GROUP_ALIASES[module.name]
    return alias === undefined ? made : made.alias(alias)
  })
}

/** The command of one query of the schema, wherever it stands; `at` are the words before its name. */
export function queryCommandOf(service: string, method: string, at: string): Command {
  return queryLeaf({ service, method }, at)
}

function queryLeaf(query: QueryName, at: string): Command {
  const spec = methodOf(query)
  const { name, alias } = queryName(query.service, query.method)
  const command = leaf(name, aboutQuery(spec))
  if (alias !== undefined) command.alias(alias)
  const params = pathParams(spec)
  for (const param of params) command.argument(`<${param.name.replaceAll('_', '-')}>`)
  const flags = spec.request.fields.filter(
    (field) => !params.includes(field) && field.name !== 'pagination' && isTypeable(field),
  )
  for (const field of flags) addFieldFlag(command, field)
  if (hasPages(spec)) addPageFlags(command)
  addNodeFlags(command)
  command.addHelpText('after', () => {
    const required = flags.filter((field) => NEEDED.has(field.name)).map(sampleFlag)
    return exampleText([['strom', at, name, ...params.map(sampleOf), ...required].join(' ')])
  })
  command.action(async (...args: unknown[]) => {
    const options = command.opts<Options>()
    const json: { [field: string]: JsonValue } = {}
    for (const [i, field] of params.entries())
      json[field.name] = fieldJson(field, await word(options, field, String(args[i])))
    for (const field of flags) {
      const given = options[optionKey(field)]
      if (given !== undefined)
        json[field.name] = fieldJson(
          field,
          typeof given === 'string' ? await word(options, field, given) : given,
        )
    }
    if (hasPages(spec)) json['pagination'] = pagination(options)
    await ask(spec, json, options)
  })
  return command
}

async function ask(
  spec: MethodSpec,
  json: { [field: string]: JsonValue },
  options: Options,
): Promise<void> {
  const client = openClient(homeOf(common(options)), text(options['node']))
  const step = PERIODS[spec.path]
  if (step !== undefined && json['from'] === undefined && json['to'] === undefined)
    Object.assign(json, await lastDay(client, step))
  if (spec.path === SECRETS && json['period'] === undefined) json['period'] = await coming(client)
  const request = spec.request.fromJson(json)
  const height = wholeNumber(text(options['height']) ?? '0', '--height')
  const answer = await client.query(spec.path, spec.request, spec.response, request, height)
  const shown = spec.response.toJson(answer)
  const named = outputFormat() === 'text' && showsValidators(spec.path)
  const names = named ? await validatorNames(client) : undefined
  emit(shown, answerText(spec.path, spec.response, shown, names))
}

/** The period that secrets are committed for and revealed to now. */
async function coming(client: NodeClient): Promise<string> {
  const path = '/strom.operator.v1.Query/Period'
  const answer = await client.query(path, QueryPeriodRequest, QueryPeriodResponse, {})
  return answer.nextPeriod.toString()
}

/** The 24 hours up to the last multiple of `step` in the time of the chain. */
async function lastDay(client: NodeClient, step: bigint): Promise<{ from: string; to: string }> {
  const { seconds } = parseTime((await client.status()).time)
  const to = seconds - (seconds % step)
  return { from: (to - DAY_S).toString(), to: to.toString() }
}

function addPageFlags(command: Command): void {
  command
    .option('--limit <number>', 'entries of a page')
    .option('--page-key <base64>', 'next_key of the page before')
    .option('--offset <number>', 'entries to leave out')
    .option('--reverse', 'last entries first')
    .option('--count-total', 'count all entries')
}

function pagination(options: Options): JsonValue {
  const page: { [field: string]: JsonValue } = {}
  const { limit, offset, pageKey, reverse, countTotal } = options
  if (typeof limit === 'string') page['limit'] = wholeNumber(limit, '--limit').toString()
  if (typeof offset === 'string') page['offset'] = wholeNumber(offset, '--offset').toString()
  if (typeof pageKey === 'string') page['key'] = pageKey
  if (reverse === true) page['reverse'] = true
  if (countTotal === true) page['count_total'] = true
  return page
}

/** The schema's method behind a module's query. */
function methodOf(query: QueryName): MethodSpec {
  const service = services.find((one) => one.name === query.service)
  const method = service?.methods.find((one) => one.name === query.method)
  if (method === undefined) throw new Error(`${query.service}/${query.method} is in no schema`)
  return method
}

/** The fields that become arguments: as a table says, else those in the path of the first HTTP binding, in that order. */
function pathParams(spec: MethodSpec): FieldSpec[] {
  const named = argumentsOf(spec.path)
  if (named !== undefined)
    return named.flatMap((name) => spec.request.fields.filter((field) => field.name === name))
  const path = spec.http[0]?.path ?? ''
  return [...path.matchAll(/\{([^}=]+)(?:=[^}]*)?\}/g)].flatMap(([, name]) =>
    spec.request.fields.filter((field) => field.name === name),
  )
}

function hasPages(spec: MethodSpec): boolean {
  return spec.request.fields.some((field) => field.name === 'pagination')
}

const ACCOUNTS: ReadonlySet<string> = new Set([
  'owner',
  'address',
  'voter',
  'depositor',
  'granter',
  'grantee',
])
const VALIDATORS = /^((src_|dst_)?validator_addr|validator_address)$/

/** Names of keys stand for addresses wherever an account is wanted, names of validators wherever one of those is. */
async function word(options: Options, field: FieldSpec, typed: string): Promise<string> {
  const home = homeOf(common(options))
  const isValidator = VALIDATORS.test(field.name)
  if (isValidator || field.name === 'cons_address') {
    if (hasPrefix(typed, PREFIX.consensus)) return typed
    const client = openClient(home, text(options['node']))
    const names = { keyring: openKeyring(home, common(options)), client }
    const validator = await resolveValidator(names, typed)
    return isValidator ? validator : await consensusOf(client, validator)
  }
  const wanted = field.scalar === 'cosmos.AddressString' || ACCOUNTS.has(field.name)
  const looksForeign = typed.includes('1') && typed.length > 30
  if (!wanted || isAddress(typed) || looksForeign) return typed
  return findKey(home, openKeyring(home, common(options)), typed).address
}

/** The consensus address of a validator. Throws exit 9 when the chain does not know it. */
async function consensusOf(client: NodeClient, validator: string): Promise<string> {
  const found = (await allValidators(client)).find((one) => one.operatorAddress === validator)
  const address = found === undefined ? undefined : consensusAddressOf(found)
  if (address !== undefined) return address
  throw new CliError(EXIT.notFound, 'no_validator', `${validator} is no validator`, {
    hint: 'see `strom query staking validators`',
  })
}

function common(options: Options): { home?: string } {
  const home = text(options['home'])
  return home === undefined ? {} : { home }
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
