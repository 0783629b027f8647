import type { ChainClient } from '../../cli/gateway/chain-client.ts'
import { field, type RpcClient } from '../../cli/gateway/rpc-client.ts'
import { compareBytes, equalBytes, toHex } from '../../node/chain/bytes.ts'
import { ChainError } from '../../node/chain/errors.ts'
import type { Commit, Header, Validator, ValidatorSet } from '../../node/chain/types.ts'
import {
  addressOf,
  copyIncrementPriority,
  nextValidators,
  type PowerChange,
  setOf,
  validatorsHash,
} from '../../node/chain/validators.ts'
import { list, RpcLightSource } from './light-source.ts'

/** What a node tells of one height. */
export interface HeightFacts {
  readonly height: bigint
  readonly header: Header
  readonly commit: Commit
  /** `/validators` of the height. */
  readonly validators: readonly Validator[]
  /** `/block_results` of the height: what its block changes, in force two heights later. */
  readonly updates: readonly PowerChange[]
}

/** Every height from 1 to `top`, ascending, by `commit`, `validators` and `block_results`. */
export async function historyOf(client: ChainClient, top: bigint): Promise<HeightFacts[]> {
  const source = new RpcLightSource(client.rpc)
  const facts: HeightFacts[] = []
  for (let height = 1n; height <= top; height++) {
    const [{ header, commit, validators }, updates] = await Promise.all([
      source.block(height),
      updatesOf(client.rpc, height),
    ])
    facts.push({ height, header, commit, validators, updates })
  }
  return facts
}

async function updatesOf(rpc: RpcClient, height: bigint): Promise<PowerChange[]> {
  const answer = await rpc.call('block_results', { height: height.toString() })
  return list(answer, 'validator_updates').map((update) => {
    const key = field(field(field(field(update, 'pub_key'), 'Sum'), 'value'), 'ed25519')
    return {
      pubKey: new Uint8Array(Buffer.from(String(key), 'base64')),
      // Zero is left out, as Go's JSON does.
      power: BigInt(String(field(update, 'power') ?? '0')),
    }
  })
}

/** Powers by address in hex. */
type Powers = ReadonlyMap<string, bigint>

/**
 * What is wrong with a chain: its sets against a model that knows genesis and the updates only, the hashes in headers, that
 * each height has a block with more than 2/3 of the votes, and priorities and proposers from one height to the next.
 */
export function historyFaults(
  facts: readonly HeightFacts[],
  genesis: readonly PowerChange[],
): string[] {
  const faults: string[] = []
  let powers: Powers = new Map(genesis.map(({ pubKey, power }) => [nameOf(pubKey), power]))
  for (const [i, one] of facts.entries()) {
    const before = facts[i - 1]
    const two = facts[i - 2]
    const say = (text: string): unknown => faults.push(`height ${one.height}: ${text}`)
    if (two !== undefined) powers = changed(powers, two.updates, say)
    checkPlace(one, before, i, say)
    checkSet(one, powers, say)
    checkVotes(one, powers, say)
    if (before === undefined) continue
    const expected = following(before.validators, two?.updates ?? [], say)
    if (expected !== undefined) checkProposer(one, expected, say)
  }
  return faults
}

type Say = (text: string) => unknown

function changed(powers: Powers, updates: readonly PowerChange[], say: Say): Powers {
  const next = new Map(powers)
  const named = new Set<string>()
  for (const { pubKey, power } of updates) {
    const name = nameOf(pubKey)
    if (named.has(name)) say(`${name} is changed twice`)
    named.add(name)
    if (power === 0n && !next.has(name)) say(`${name} is removed and was not there`)
    if (power === next.get(name)) say(`${name} is given the power it has`)
    if (power === 0n) next.delete(name)
    else next.set(name, power)
  }
  return next
}

/** The next height's set with its priorities; undefined, and a fault, where the updates cannot be. */
function following(
  validators: readonly Validator[],
  updates: readonly PowerChange[],
  say: Say,
): ValidatorSet | undefined {
  try {
    return nextValidators(setOf(validators), updates)
  } catch (error) {
    if (!(error instanceof ChainError)) throw error
    say(error.message)
    return undefined
  }
}

function checkPlace(one: HeightFacts, before: HeightFacts | undefined, i: number, say: Say): void {
  const { header, commit } = one
  if (one.height !== BigInt(i + 1) || header.height !== one.height || commit.height !== one.height)
    say(`holds the block of ${header.height} and the commit of ${commit.height}`)
  if (before === undefined) return
  if (!equalBytes(header.lastBlockId.hash, before.commit.blockId.hash))
    say('does not follow the block before')
  if (!equalBytes(header.validatorsHash, before.header.nextValidatorsHash))
    say('has other validators than the header before names')
}

function checkSet({ header, validators }: HeightFacts, powers: Powers, say: Say): void {
  const expected = [...powers].map(([name, power]) => `${name} ${power}`).sort()
  const told = validators.map(({ pubKey, power }) => `${nameOf(pubKey)} ${power}`)
  if ([...told].sort().join() !== expected.join())
    say(`/validators has ${told.join(', ')}, not ${expected.join(', ')}`)
  const ordered = validators.every((one, i) => {
    const above = validators[i - 1]
    if (above === undefined || above.power > one.power) return true
    return above.power === one.power && compareBytes(above.address, one.address) < 0
  })
  if (!ordered) say('/validators is out of order')
  if (!equalBytes(validatorsHash({ validators }), header.validatorsHash))
    say('the header has another validators_hash')
}

function checkVotes({ commit, validators }: HeightFacts, powers: Powers, say: Say): void {
  if (commit.signatures.length !== validators.length)
    say(`${commit.signatures.length} votes of ${validators.length}`)
  let total = 0n
  for (const power of powers.values()) total += power
  let signed = 0n
  for (const [i, { flag }] of commit.signatures.entries())
    if (flag === 2) signed += validators[i]?.power ?? 0n
  if (signed * 3n <= total * 2n) say(`only ${signed} of ${total} power signed`)
}

function checkProposer(one: HeightFacts, expected: ValidatorSet, say: Say): void {
  const line = (set: readonly Validator[]): string =>
    set.map(({ address, priority }) => `${toHex(address)} ${priority}`).join(', ')
  if (line(one.validators) !== line(expected.validators))
    say(`priorities are ${line(one.validators)}, not ${line(expected.validators)}`)
  // A block of an earlier round may be decided in a later one.
  const may = Array.from({ length: one.commit.round + 1 }, (_, round) =>
    toHex(copyIncrementPriority(expected, round).proposer.address),
  )
  const proposer = toHex(one.header.proposerAddress)
  if (!may.includes(proposer)) say(`${proposer} proposed in place of ${may.join(' or ')}`)
}

function nameOf(pubKey: Uint8Array): string {
  return toHex(addressOf(pubKey))
}

/** How many commits from `from` to `to` have a vote of a validator, and in how many of its own it is absent. */
export function votesOf(
  facts: readonly HeightFacts[],
  address: Uint8Array,
  from: bigint,
  to: bigint,
): { readonly signed: number; readonly absent: number } {
  let signed = 0
  let absent = 0
  for (const { height, commit, validators } of facts) {
    if (height < from || height > to) continue
    const at = validators.findIndex((one) => equalBytes(one.address, address))
    if (at < 0) continue
    if (commit.signatures[at]?.flag === 2) signed += 1
    else absent += 1
  }
  return { signed, absent }
}
