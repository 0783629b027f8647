import { moduleAddress, PREFIX, toBech32 } from '../modules/kit/address.ts'
import { wireModules } from '../node/app/modules.ts'
import { nativeHasher } from '../node/app/native-crypto.ts'
import { DEFAULT_PARAMS } from '../node/chain/params.ts'
import type { Time } from '../node/chain/types.ts'
import type { JsonValue } from '../proto/codec.ts'
import type { DevClock, GenesisDocument } from './document.ts'

/** Money of the chain: 10^6 ustrom are one STROM. */
export const BASE_DENOM = 'ustrom'

/** An account that exists from the start. */
export interface GenesisAccount {
  readonly address: string
  readonly ustrom: bigint
}

/** A validator bonded from the start: its operator account and consensus key. */
export interface GenesisOperator {
  readonly moniker: string
  readonly pubKey: Uint8Array
  /** 20 bytes; the operator's account and `stromvaloper` address. */
  readonly operator: Uint8Array
  /** Bonded ustrom; power is this divided by 10^6. */
  readonly tokens: bigint
}

/** What a genesis document is built from. */
export interface GenesisPlan {
  readonly chainId: string
  readonly genesisTime: Time
  readonly operators: readonly GenesisOperator[]
  readonly accounts: readonly GenesisAccount[]
  /** `strom.device.v1.Device` as proto JSON. */
  readonly devices: readonly JsonValue[]
  readonly devClock?: DevClock
  /** The account that governs the energy modules; that of governance when left out. */
  readonly authority?: string
  /** Seconds a reading may be ahead of block time. */
  readonly maxAheadSeconds?: bigint
}

const POOL = 'bonded_tokens_pool'
const UNIT = 1_000_000n

/** A complete genesis document of all modules. */
export function buildGenesis(plan: GenesisPlan): GenesisDocument {
  const bonded = plan.operators.reduce((sum, operator) => sum + operator.tokens, 0n)
  const pool = toBech32(moduleAddress(nativeHasher, POOL))
  const accounts = [...plan.accounts]
  return {
    genesisTime: plan.genesisTime,
    chainId: plan.chainId,
    initialHeight: 1n,
    consensusParams: DEFAULT_PARAMS,
    validators: plan.operators.map((operator) => ({
      pubKey: operator.pubKey,
      power: operator.tokens / UNIT,
      name: operator.moniker,
    })),
    appHash: new Uint8Array(),
    appState: {
      auth: authState(accounts),
      bank: bankState([...accounts, { address: pool, ustrom: bonded }]),
      staking: stakingState(plan),
      ...energyState(plan),
    },
    devClock: plan.devClock,
  }
}

function authState(accounts: readonly GenesisAccount[]): JsonValue {
  return {
    params: {
      max_memo_characters: '256',
      tx_sig_limit: '7',
      tx_size_cost_per_byte: '10',
      sig_verify_cost_ed25519: '590',
      sig_verify_cost_secp256k1: '1000',
    },
    accounts: accounts.map((account, number) => ({
      '@type': '/cosmos.auth.v1beta1.BaseAccount',
      address: account.address,
      pub_key: null,
      account_number: number.toString(),
      sequence: '0',
    })),
  }
}

function bankState(holders: readonly GenesisAccount[]): JsonValue {
  return {
    params: { send_enabled: [], default_send_enabled: true },
    balances: holders.map(({ address, ustrom }) => ({
      address,
      coins: ustrom === 0n ? [] : [{ denom: BASE_DENOM, amount: ustrom.toString() }],
    })),
    supply: [],
    denom_metadata: [
      {
        description: 'The staking and fee token of strom',
        denom_units: [
          { denom: BASE_DENOM, exponent: 0, aliases: [] },
          { denom: 'strom', exponent: 6, aliases: [] },
        ],
        base: BASE_DENOM,
        display: 'strom',
        name: 'Strom',
        symbol: 'STROM',
        uri: '',
        uri_hash: '',
      },
    ],
    send_enabled: [],
  }
}

function stakingState(plan: GenesisPlan): JsonValue {
  const whole = (tokens: bigint): string => `${tokens}.000000000000000000`
  return {
    params: {
      unbonding_time: '1814400s',
      max_validators: 100,
      max_entries: 7,
      historical_entries: 100,
      bond_denom: BASE_DENOM,
      min_commission_rate: '0.000000000000000000',
    },
    last_total_power: '0',
    last_validator_powers: [],
    validators: plan.operators.map((operator) => ({
      operator_address: toBech32(operator.operator, PREFIX.validator),
      consensus_pubkey: {
        '@type': '/cosmos.crypto.ed25519.PubKey',
        key: Buffer.from(operator.pubKey).toString('base64'),
      },
      jailed: false,
      status: 'BOND_STATUS_BONDED',
      tokens: operator.tokens.toString(),
      delegator_shares: whole(operator.tokens),
      description: {
        moniker: operator.moniker,
        identity: '',
        website: '',
        security_contact: '',
        details: '',
      },
      unbonding_height: '0',
      unbonding_time: '1970-01-01T00:00:00Z',
      commission: {
        commission_rates: {
          rate: '0.100000000000000000',
          max_rate: '0.200000000000000000',
          max_change_rate: '0.010000000000000000',
        },
        update_time: '1970-01-01T00:00:00Z',
      },
      min_self_delegation: '1',
      unbonding_on_hold_ref_count: '0',
      unbonding_ids: [],
    })),
    delegations: plan.operators.map((operator) => ({
      delegator_address: toBech32(operator.operator),
      validator_address: toBech32(operator.operator, PREFIX.validator),
      shares: whole(operator.tokens),
    })),
    unbonding_delegations: [],
    redelegations: [],
    exported: false,
  }
}

/** The energy modules start from their own defaults, so that a new param needs no line here. */
function energyState(plan: GenesisPlan): Record<string, JsonValue> {
  const defaults = new Map(
    wireModules().modules.map(({ name, genesis }) => [name, genesis.defaults()]),
  )
  const withParams = (name: string, changes: Record<string, JsonValue>): JsonObject => {
    const state = defaults.get(name) as JsonObject
    return { ...state, params: { ...(state['params'] as JsonObject), ...changes } }
  }
  const authority = plan.authority === undefined ? {} : { authority: plan.authority }
  return {
    device: { ...withParams('device', authority), devices: [...plan.devices] },
    certificate: withParams('certificate', authority),
    metering: withParams('metering', {
      max_ahead_s: (plan.maxAheadSeconds ?? 60n).toString(),
      max_batch: 256,
    }),
    fleet: withParams('fleet', {}),
  }
}

type JsonObject = { [key: string]: JsonValue }
