import { existsSync } from 'node:fs'
import { readKeyFile } from '../../node/consensus/key-file.ts'
import {
  QueryBalanceRequest,
  QueryBalanceResponse,
} from '../../proto/gen/cosmos/bank/v1beta1/query.ts'
import type { Validator } from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import { MsgRegisterOperator } from '../../proto/gen/strom/operator/v1/tx.ts'
import type { NodeClient } from '../client.ts'
import { field } from '../gateway/rpc-client.ts'
import {
  allValidators,
  consensusAddress,
  consensusAddressOf,
  validatorOfAccount,
} from '../query/validators.ts'
import { createValidatorMessage } from '../tx/composed/create-validator.ts'
import { coinJson } from '../tx/composed/values.ts'
import { messageFrom } from '../tx/composed.ts'
import type { Signing } from '../tx/flow.ts'
import { type StorageChoice, storageChoice } from './devices.ts'
import { factsOf, rulesOf, type ValidatorFacts } from './facts.ts'
import { proofSteps } from './proof-steps.ts'
import { done, later, missing, type Step, waits } from './step.ts'
import { strom } from './words.ts'

/** What a person wants of the validator. */
export interface Wishes {
  /** Such as `100STROM`. */
  readonly amount: string
  readonly moniker: string
  readonly commissionRate: string | undefined
  readonly battery: string | undefined
  readonly meter: string | undefined
}

/** Everything that is known before the steps are told. */
interface Ground {
  readonly client: NodeClient
  readonly signing: Signing
  readonly wishes: Wishes
  /** Name of the key, as commands name it. */
  readonly from: string
  readonly address: string
  readonly validators: readonly Validator[]
  readonly facts: ValidatorFacts | undefined
  readonly choice: StorageChoice
}

/** Every step from a key to a bonded validator, as it stands now. Nothing is signed or changed. */
export async function stepsOf(
  client: NodeClient,
  signing: Signing,
  wishes: Wishes,
): Promise<readonly Step[]> {
  const ground = await groundOf(client, signing, wishes)
  const node = await nodeStep(ground)
  const money = await moneyStep(ground)
  const [battery, meter] = deviceSteps(ground)
  const validator = validatorStep(ground, node, money)
  const storage = storageStep(ground, validator)
  return [keyStep(ground), money, node, battery, meter, validator, storage, ...proofSteps(ground)]
}

async function groundOf(client: NodeClient, signing: Signing, wishes: Wishes): Promise<Ground> {
  const address = validatorOfAccount(signing.address)
  const validators = await allValidators(client)
  const exists = validators.some((one) => one.operatorAddress === address)
  const facts = exists ? await factsOf(client, address) : undefined
  const { params } = facts?.rules ?? (await rulesOf(client, 0n))
  const operator = facts?.storage?.operator
  const named = {
    battery: operator?.battery ?? wishes.battery,
    meter: operator?.meter ?? wishes.meter,
  }
  const choice = await storageChoice(client, signing.address, named, params.allowSimulated)
  const from = signing.key?.name ?? signing.address
  return { client, signing, wishes, from, address, validators, facts, choice }
}

function keyStep({ from, signing }: Ground): Step {
  return done('key', `${from}, ${signing.address}`)
}

async function moneyStep({ client, signing, wishes, facts }: Ground): Promise<Step> {
  const path = '/cosmos.bank.v1beta1.Query/Balance'
  const request = { address: signing.address, denom: 'ustrom' }
  const { balance } = await client.query(path, QueryBalanceRequest, QueryBalanceResponse, request)
  const has = balance?.amount ?? '0'
  const text = strom([{ denom: 'ustrom', amount: has }])
  if (facts !== undefined) return done('money', `${text} besides the stake`)
  const wanted = coinJson(wishes.amount, '--amount')
  const needs = strom([wanted])
  if (BigInt(has) >= BigInt(wanted.amount))
    return done('money', `${text}; the stake takes ${needs}`)
  const lacking = BigInt(wanted.amount) - BigInt(has)
  return missing(
    'money',
    `${text}, the stake takes ${needs}`,
    `strom tx bank send SOMEBODY ${signing.address} ${lacking}ustrom   (or choose less with --amount)`,
  )
}

async function nodeStep({ client, signing, facts }: Ground): Promise<Step> {
  const { home } = signing
  if (!existsSync(home.validatorKey)) {
    if (facts !== undefined)
      return done(
        'node',
        `signs with ${consensusAddressOf(facts.validator)}; its key is not in ${home.root}`,
      )
    return missing(
      'node',
      `${home.root} holds no consensus key`,
      'strom init NAME --no-validator, then the genesis of the chain, then strom start',
    )
  }
  const own = readKeyFile(home.validatorKey).pubKey
  const address = consensusAddress(own)
  if (facts !== undefined && consensusAddressOf(facts.validator) !== address)
    return missing(
      'node',
      `the validator signs with ${consensusAddressOf(facts.validator)}, this home holds ${address}`,
      'choose the home of its node with --home',
    )
  const status = await client.call('status')
  const key = field(field(field(status, 'validator_info'), 'pub_key'), 'value')
  const here = key === Buffer.from(own).toString('base64')
  if (!here)
    return done(
      'node',
      `consensus key ${address}; the node at ${client.url} is another one, so see that yours runs`,
    )
  return field(field(status, 'sync_info'), 'catching_up') === true
    ? waits('node', `consensus key ${address}; the node is still catching up`, 'strom status')
    : done('node', `consensus key ${address}, in step with the chain`)
}

function deviceSteps({ choice, from, facts }: Ground): readonly [Step, Step] {
  const { battery, meter } = choice
  const registered = facts?.storage?.operator
  const none =
    choice.makers.length < 2
      ? '; the chain has fewer than two makers, its authority admits them'
      : ''
  return [
    battery === undefined
      ? missing(
          'battery',
          `${choice.batteryWhy}${none}`,
          register('battery', from, choice, undefined),
        )
      : done('battery', deviceText(battery)),
    meter === undefined
      ? missing('meter', choice.meterWhy, register('meter', from, choice, battery))
      : done(
          'meter',
          `${deviceText(meter)}${registered === undefined ? ', independent of the battery' : ''}`,
        ),
  ]
}

function deviceText({ id, site, maker, storageWh, nameplateW }: Device): string {
  const size = storageWh > 0n ? `${storageWh} Wh, ` : ''
  return `${id}: ${size}${nameplateW} W, site ${site}, made by ${maker}`
}

/** The command that registers what is missing, filled with what is known. */
function register(
  what: 'battery' | 'meter',
  from: string,
  { makers }: StorageChoice,
  battery: Device | undefined,
): string {
  const maker = makers.find((one) => one !== battery?.maker) ?? 'MAKER'
  const plant =
    what === 'battery'
      ? '--kind bess --nameplate-w 5000 --storage-wh 10000 --eta-c-ppm 950000 --eta-d-ppm 950000'
      : `--kind meter --nameplate-w ${battery?.nameplateW ?? 5000n}`
  const place = `--zone ${battery?.zone ?? 'DE'} --site ${battery?.site ?? 'SITE'}`
  return `strom tx device register --device-key ${what}.pem --maker ${maker} --maker-key ${maker}.pem --serial SERIAL ${plant} ${place} --interval-s 900 --trust-class a --class-ppm 10000 --bond 1STROM --from ${from}`
}

function validatorStep(ground: Ground, node: Step, money: Step): Step {
  const { facts, wishes, signing, from, address, validators } = ground
  if (facts !== undefined) {
    const { moniker } = facts.validator.description
    const tokens = strom([{ denom: 'ustrom', amount: facts.validator.tokens }])
    return done('validator', `"${moniker}", ${address}, ${tokens} bonded`)
  }
  if (node.state === 'missing' || money.state === 'missing')
    return later('validator', 'after key, money and node')
  const key = readKeyFile(signing.home.validatorKey)
  const taken = validators.find((one) => consensusAddressOf(one) === consensusAddress(key.pubKey))
  if (taken !== undefined)
    return missing(
      'validator',
      `this node signs for ${taken.operatorAddress} already: a node is one validator`,
      'choose the key of that account with --from, or another node with --home',
    )
  const pubkey = Buffer.from(key.pubKey).toString('base64')
  const made = { ...wishes, pubkey, rate: wishes.commissionRate }
  return {
    name: 'validator',
    state: 'ready',
    detail: `make "${wishes.moniker}" a validator with ${strom([coinJson(wishes.amount, '--amount')])}`,
    command: `strom tx staking create-validator --amount ${wishes.amount} --moniker ${wishes.moniker} --from ${from}`,
    messages: [createValidatorMessage(signing.address, made)],
  }
}

function storageStep({ facts, choice, from, address }: Ground, validator: Step): Step {
  const registered = facts?.storage
  if (registered !== undefined) {
    const { battery, meter, site } = registered.operator
    const { fault } = registered.capacity
    if (fault === '') return done('storage', `${battery} with meter ${meter} at ${site}`)
    return missing(
      'storage',
      `it does not count: ${fault}`,
      `strom tx operator update BATTERY METER --from ${from}`,
    )
  }
  const { battery, meter } = choice
  if (battery === undefined || meter === undefined)
    return later('storage', 'after battery and meter')
  if (validator.state !== 'done') return later('storage', 'after the validator')
  const json = { validator_address: address, battery: battery.id, meter: meter.id }
  return {
    name: 'storage',
    state: 'ready',
    detail: `put ${battery.id} with meter ${meter.id} behind the validator`,
    command: `strom tx operator register ${battery.id} ${meter.id} --from ${from}`,
    messages: [messageFrom(MsgRegisterOperator, json)],
  }
}
