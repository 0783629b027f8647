import { EMPTY } from '../../node/chain/bytes.ts'
import { parseTime } from '../../node/chain/time.ts'
import type { BlockId, BlockIdFlag, Commit, Header, ValidatorSet } from '../../node/chain/types.ts'
import { addressOf, setOf } from '../../node/chain/validators.ts'
import { ProofFileError } from './errors.ts'

/** A JSON object whose fields are read one by one; a missing or wrong one throws ProofFileError naming its path. */
export class Fields {
  readonly path: string
  readonly #values: { readonly [name: string]: unknown }

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new ProofFileError(`${path} is not an object`)
    this.path = path
    this.#values = value as { readonly [name: string]: unknown }
  }

  /** Throws unless the object has these fields and no others. */
  only(...names: readonly string[]): this {
    for (const name of Object.keys(this.#values)) {
      if (!names.includes(name))
        throw new ProofFileError(`${this.path} has a field ${name} too many`)
    }
    for (const name of names) {
      if (!Object.hasOwn(this.#values, name))
        throw new ProofFileError(`${this.path} has no field ${name}`)
    }
    return this
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#values, name) && this.#values[name] !== null
  }

  object(name: string): Fields {
    return new Fields(this.#values[name], `${this.path}.${name}`)
  }

  list(name: string): readonly Fields[] {
    const value = this.#values[name]
    if (!Array.isArray(value)) throw this.#bad(name, 'a list')
    return value.map((one: unknown, i) => new Fields(one, `${this.path}.${name}[${i}]`))
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name]
    if (!Array.isArray(value) || !value.every((one) => typeof one === 'string'))
      throw this.#bad(name, 'a list of texts')
    return value as string[]
  }

  raw(name: string): unknown {
    return this.#values[name]
  }

  text(name: string): string {
    const value = this.#values[name]
    if (typeof value !== 'string') throw this.#bad(name, 'a text')
    return value
  }

  int(name: string): number {
    const value = this.#values[name]
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      throw this.#bad(name, 'a whole number')
    return value
  }

  bigint(name: string): bigint {
    const value = this.text(name)
    if (!/^-?(0|[1-9]\d{0,18})$/.test(value)) throw this.#bad(name, 'a whole number as text')
    return BigInt(value)
  }

  hex(name: string): Uint8Array {
    const value = this.text(name)
    if (!/^([0-9a-fA-F]{2})*$/.test(value)) throw this.#bad(name, 'hex')
    return Uint8Array.from(Buffer.from(value, 'hex'))
  }

  /** Base64 in its one canonical spelling: stray bits at the end are no way to change a byte unseen. */
  base64(name: string): Uint8Array {
    const value = this.text(name)
    const bytes = Buffer.from(value, 'base64')
    if (bytes.toString('base64') !== value) throw this.#bad(name, 'base64')
    return Uint8Array.from(bytes)
  }

  #bad(name: string, wanted: string): ProofFileError {
    return new ProofFileError(`${this.path}.${name} is not ${wanted}`)
  }
}

function blockIdOf(json: Fields): BlockId {
  const parts = json.object('parts')
  return { hash: json.hex('hash'), parts: { total: parts.int('total'), hash: parts.hex('hash') } }
}

/** A header from CometBFT's JSON. */
export function headerOf(json: Fields): Header {
  const version = json.object('version')
  return {
    version: {
      block: version.bigint('block'),
      // CometBFT leaves a zero application version out.
      app: version.has('app') ? version.bigint('app') : 0n,
    },
    chainId: json.text('chain_id'),
    height: json.bigint('height'),
    time: parseTime(json.text('time')),
    lastBlockId: blockIdOf(json.object('last_block_id')),
    lastCommitHash: json.hex('last_commit_hash'),
    dataHash: json.hex('data_hash'),
    validatorsHash: json.hex('validators_hash'),
    nextValidatorsHash: json.hex('next_validators_hash'),
    consensusHash: json.hex('consensus_hash'),
    appHash: json.hex('app_hash'),
    lastResultsHash: json.hex('last_results_hash'),
    evidenceHash: json.hex('evidence_hash'),
    proposerAddress: json.hex('proposer_address'),
  }
}

/** A commit from CometBFT's JSON. */
export function commitOf(json: Fields): Commit {
  return {
    height: json.bigint('height'),
    round: json.int('round'),
    blockId: blockIdOf(json.object('block_id')),
    signatures: json.list('signatures').map((sig) => {
      const flag = sig.int('block_id_flag')
      if (flag !== 1 && flag !== 2 && flag !== 3)
        throw new ProofFileError(`${sig.path}.block_id_flag is not 1, 2 or 3`)
      return {
        flag: flag as BlockIdFlag,
        validatorAddress: sig.hex('validator_address'),
        timestamp: parseTime(sig.text('timestamp')),
        signature: sig.has('signature') ? sig.base64('signature') : EMPTY,
      }
    }),
  }
}

/**
 * The validators of CometBFT's JSON. Their priorities say nothing here and no header covers them: they are taken as 0.
 * The order must be the canonical one, by power and address.
 */
export function validatorsOf(list: readonly Fields[]): ValidatorSet {
  const validators = list.map((json) => {
    const pubKey = json.object('pub_key').base64('value')
    const address = json.hex('address')
    if (Buffer.compare(addressOf(pubKey), address) !== 0)
      throw new ProofFileError(`${json.path}.address is not that of its key`)
    const power = json.bigint('voting_power')
    if (power <= 0n) throw new ProofFileError(`${json.path}.voting_power is not positive`)
    return { address, pubKey, power, priority: 0n }
  })
  if (validators.length === 0) throw new ProofFileError('the validator set is empty')
  const set = setOf(validators)
  if (!set.validators.every((one, i) => one === validators[i]))
    throw new ProofFileError('the validators are not in their order')
  return set
}
