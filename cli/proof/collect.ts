import type { LightBlock } from '../../node/chain/light.ts'
import type { Codec } from '../../proto/codec.ts'
import {
  QueryCertificateRequest,
  QueryCertificateResponse,
  QuerySlicesRequest,
  QuerySlicesResponse,
} from '../../proto/gen/strom/certificate/v1/query.ts'
import {
  type Certificate,
  CertificateRange,
  Params,
  RangeStatus,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import { Device } from '../../proto/gen/strom/device/v1/state.ts'
import {
  QueryReadingByIdentityRequest,
  QueryReadingByIdentityResponse,
} from '../../proto/gen/strom/metering/v1/query.ts'
import type { NodeClient } from '../client.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { field } from '../gateway/rpc-client.ts'
import type { Bundle } from './bundle.ts'
import { commitOf, Fields, headerOf, validatorsOf } from './comet-json.ts'
import { type EnergyTagDocument, energyTag } from './energy-tag.ts'
import { decodeEntries, type EntryKind, storeOf } from './entries.ts'
import { factsOf, type Numbers } from './facts.ts'
import { storeKeys } from './keys.ts'
import type { Proven } from './proven.ts'
import { sentences } from './words.ts'

/** A certificate, and which of its watt-hours; all of them when `numbers` is undefined. */
export interface Wanted {
  readonly device: string
  readonly start: bigint
  readonly part: number
  readonly numbers: Numbers | undefined
}

interface Found {
  readonly certificate: Certificate
  readonly ranges: readonly CertificateRange[]
  readonly numbers: Numbers
}

const QUERY = '/strom.certificate.v1.Query'

/** The EnergyTag document of a certificate as a node tells it, without proof. Throws exit 9 when there is none. */
export async function collectTag(client: NodeClient, wanted: Wanted): Promise<EnergyTagDocument> {
  const { chainId, height } = await client.status()
  const found = await find(client, wanted, height)
  const rules = await stored(client, 'rules', storeKeys.params(), height)
  const device = await stored(client, 'device', storeKeys.device(wanted.device), height)
  return energyTag({
    ...found,
    chainId,
    rules: rules === undefined ? Params.create() : Params.decode(rules.value),
    device: device === undefined ? Device.create() : Device.decode(device.value),
  })
}

/** Everything that proves a certificate, from one node; every value is of one height, the header of the next one. */
export async function collectBundle(client: NodeClient, wanted: Wanted): Promise<Bundle> {
  // The header of a block names the state before it: the newest block proves the state of the one before.
  const { height: newest } = await client.status()
  const height = newest - 1n
  if (height < 1n)
    throw new CliError(EXIT.notSynced, 'not_synced', 'the chain has no second block yet', {
      hint: 'a proof needs the header of the block after the state: try again in a moment',
    })
  const found = await find(client, wanted, height)
  const entries: Proven[] = []
  const add = async (what: EntryKind, key: Uint8Array): Promise<boolean> => {
    const entry = await stored(client, what, key, height)
    if (entry !== undefined) entries.push(entry)
    return entry !== undefined
  }
  const { certificate: c, numbers } = found
  await add('certificate', storeKeys.certificate(c.device, c.intervalStart, c.part))
  const inFile: CertificateRange[] = []
  for (const range of found.ranges) {
    if (range.last < numbers.first || range.first > numbers.last) continue
    await add('range', storeKeys.range(c.device, c.intervalStart, c.part, range.first))
    inFile.push(CertificateRange.decode((entries.at(-1) as Proven).value))
  }
  for (const { status, ref } of inFile) {
    if (
      status === RangeStatus.RANGE_STATUS_CLAIMED ||
      status === RangeStatus.RANGE_STATUS_CANCELLED
    )
      await add('claim', storeKeys.claim(ref))
    if (status === RangeStatus.RANGE_STATUS_STORED) await add('lot', storeKeys.lot(ref))
    if (status === RangeStatus.RANGE_STATUS_CARBON) await add('carbon', storeKeys.carbon(ref))
  }
  if (c.lot !== 0n) await add('lot', storeKeys.lot(c.lot))
  await add('rules', storeKeys.params())
  await add('device', storeKeys.device(c.device))
  const opening = await readingKey(client, c.device, c.opening, height)
  const closing = await readingKey(client, c.device, c.closing, height)
  // Readings are kept for a time only; the certificate goes on naming their identities.
  if (opening !== undefined && closing !== undefined) {
    await add('opening reading', opening)
    await add('closing reading', closing)
  }
  const block = await lightBlock(client, newest)
  const facts = factsOf(decodeEntries(entries), numbers)
  return {
    summary: sentences(facts, block.header),
    certificate: energyTag({ ...facts.entries, chainId: block.header.chainId, numbers }),
    numbers,
    block,
    entries,
  }
}

async function find(client: NodeClient, wanted: Wanted, height: bigint): Promise<Found> {
  const { device, start, part } = wanted
  const id = { device, intervalStart: start, part }
  const { certificate } = await ask(client, height, 'Certificate', id)
  const whole = {
    first: certificate.firstId,
    last: certificate.firstId + certificate.quantityWh - 1n,
  }
  const numbers = wanted.numbers ?? whole
  if (numbers.first < whole.first || numbers.last > whole.last || numbers.first > numbers.last)
    throw usageError(
      `--range ${numbers.first}-${numbers.last}: the certificate has the watt-hours ${whole.first} to ${whole.last}`,
    )
  const ranges: CertificateRange[] = []
  for (let key = new Uint8Array(0); ; ) {
    const pagination = { key, offset: 0n, limit: 100n, countTotal: false, reverse: false }
    const request = QuerySlicesRequest.create({ ...id, pagination })
    const path = `${QUERY}/Slices`
    const page = await client.query(path, QuerySlicesRequest, QuerySlicesResponse, request, height)
    ranges.push(...page.ranges)
    const next = page.pagination?.nextKey ?? new Uint8Array(0)
    if (next.length === 0) return { certificate, ranges, numbers }
    key = Uint8Array.from(next)
  }
}

async function ask(
  client: NodeClient,
  height: bigint,
  method: string,
  id: Partial<QueryCertificateRequest>,
): Promise<QueryCertificateResponse> {
  const request: Codec<QueryCertificateRequest> = QueryCertificateRequest
  const message = request.create(id)
  return await client.query(
    `${QUERY}/${method}`,
    request,
    QueryCertificateResponse,
    message,
    height,
  )
}

/** A stored value with its proof; undefined when nothing lies under the key. */
async function stored(
  client: NodeClient,
  what: EntryKind,
  key: Uint8Array,
  height: bigint,
): Promise<Proven | undefined> {
  const store = storeOf(what)
  const result = await client.call('abci_query', {
    path: `/store/${store}/key`,
    data: Buffer.from(key).toString('hex'),
    height: height.toString(),
    prove: true,
  })
  const response = new Fields(field(result, 'response'), 'response')
  if (response.int('code') !== 0)
    throw new CliError(EXIT.other, 'query_failed', `${what}: ${response.text('log')}`)
  if (!response.has('value')) return undefined
  const ops = response.object('proofOps').list('ops')
  return {
    what,
    store,
    key,
    value: response.base64('value'),
    ops: ops.map((op) => ({
      type: op.text('type'),
      key: op.base64('key'),
      data: op.base64('data'),
    })),
  }
}

/** The key of a stored reading by its identity; undefined when the chain no longer keeps it. */
async function readingKey(
  client: NodeClient,
  device: string,
  identity: Uint8Array,
  height: bigint,
): Promise<Uint8Array | undefined> {
  const request = { device, identity: Buffer.from(identity).toString('hex') }
  try {
    const { reading } = await client.query(
      '/strom.metering.v1.Query/ReadingByIdentity',
      QueryReadingByIdentityRequest,
      QueryReadingByIdentityResponse,
      request,
      height,
    )
    return storeKeys.reading(reading.device, reading.context, reading.seq)
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.notFound) return undefined
    throw error
  }
}

/** Header, commit and validators of a block. */
export async function lightBlock(client: NodeClient, height: bigint): Promise<LightBlock> {
  const signed = new Fields(
    await client.call('commit', { height: height.toString() }),
    'commit',
  ).object('signed_header')
  const list: Fields[] = []
  for (let page = 1; ; page += 1) {
    const answer = new Fields(
      await client.call('validators', {
        height: height.toString(),
        page: page.toString(),
        per_page: '100',
      }),
      'validators',
    )
    list.push(...answer.list('validators'))
    if (list.length >= Number(answer.text('total'))) break
  }
  return {
    header: headerOf(signed.object('header')),
    commit: commitOf(signed.object('commit')),
    validators: validatorsOf(list),
  }
}
