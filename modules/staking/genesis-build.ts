import type { JsonValue } from '../../proto/codec.ts'
import { PubKey } from '../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import { GenesisState } from '../../proto/gen/cosmos/staking/v1beta1/genesis.ts'
import {
  BondStatus,
  Delegation,
  type Params,
  Validator,
} from '../../proto/gen/cosmos/staking/v1beta1/staking.ts'
import { moduleAddress, PREFIX, toBech32 } from '../kit/address.ts'
import { utf8Encode } from '../kit/bytes.ts'
import type { Hasher } from '../kit/crypto.ts'
import { defaultParams } from './params.ts'
import { BONDED_POOL } from './pools.ts'
import { firstShares } from './rules.ts'

/** One validator of a new chain: its operator delegates all the tokens to itself. */
export interface FirstValidator {
  /** Account address bytes of the operator. */
  readonly operator: Uint8Array
  /** Ed25519 consensus key, 32 bytes. */
  readonly consensusKey: Uint8Array
  readonly moniker: string
  /** Bonded tokens in the bond denomination's base units; power is a millionth. */
  readonly tokens: bigint
}

/**
 * The staking genesis of a new chain without gentxs, and the bank balance that must stand beside it: the bonded pool
 * holds all the tokens.
 */
export function buildStakingGenesis(
  hasher: Hasher,
  validators: readonly FirstValidator[],
  changes: Partial<Params> = {},
): {
  readonly staking: JsonValue
  readonly pool: { address: string; coins: { denom: string; amount: string }[] }
} {
  const params: Params = { ...defaultParams(), ...changes }
  const total = validators.reduce((sum, { tokens }) => sum + tokens, 0n)
  const staking = GenesisState.toJson(
    GenesisState.create({
      params,
      lastTotalPower: utf8Encode('0'),
      validators: validators.map(firstValidator),
      delegations: validators.map(({ operator, tokens }) =>
        Delegation.create({
          delegatorAddress: toBech32(operator),
          validatorAddress: toBech32(operator, PREFIX.validator),
          shares: firstShares(tokens).toString(),
        }),
      ),
    }),
  )
  const address = toBech32(moduleAddress(hasher, BONDED_POOL))
  return {
    staking,
    pool: { address, coins: [{ denom: params.bondDenom, amount: total.toString() }] },
  }
}

function firstValidator({ operator, consensusKey, moniker, tokens }: FirstValidator): Validator {
  const tenth = '100000000000000000'
  return Validator.create({
    operatorAddress: toBech32(operator, PREFIX.validator),
    consensusPubkey: { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: consensusKey }) },
    status: BondStatus.BOND_STATUS_BONDED,
    tokens: tokens.toString(),
    delegatorShares: firstShares(tokens).toString(),
    description: { moniker, identity: '', website: '', securityContact: '', details: '' },
    unbondingTime: { seconds: 0n, nanos: 0 },
    commission: {
      commissionRates: {
        rate: tenth,
        maxRate: `${tenth.replace('1', '2')}`,
        maxChangeRate: tenth.slice(0, -1),
      },
      updateTime: { seconds: 0n, nanos: 0 },
    },
    minSelfDelegation: '1',
  })
}
