import { list, type Shape } from '../support/shape.ts'
import { type Names, PUBKEY } from './rest-shapes.ts'

const COIN: Shape = { denom: /^\w+$/, amount: 'int' }
const PAGE: Shape = { next_key: null, total: 'int' }
const ACCOUNT = /^strom1/
const BASE_ACCOUNT = {
  address: ACCOUNT,
  pub_key: null,
  account_number: 'int',
  sequence: 'int',
} satisfies Shape
const TX: Shape = {
  '@type': /^\/cosmos\.tx\.v1beta1\.Tx$/,
  body: {
    messages: list('any'),
    memo: 'text',
    timeout_height: 'int',
    extension_options: list('any', 0),
    non_critical_extension_options: list('any', 0),
  },
  auth_info: 'any',
  signatures: list('base64'),
}
const EVENT: Shape = {
  type: 'text',
  attributes: list({ key: 'text', value: 'any', index: 'bool' }, 0),
}
const TX_RESPONSE: Shape = {
  height: 'int',
  txhash: /^[0-9A-F]{64}$/,
  codespace: 'text',
  code: 'number',
  data: /^([0-9A-F]{2})*$/,
  raw_log: 'text',
  logs: list('any', 0),
  info: 'text',
  gas_wanted: 'int',
  gas_used: 'int',
  tx: TX,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  events: list(EVENT),
}

/** What explorers ask besides: the node, its set, accounts, coins and transactions. */
export function basics({ user, fresh }: Names & { readonly fresh: string }): {
  readonly [path: string]: Shape
} {
  const sets = '/cosmos/base/tendermint/v1beta1/validatorsets'
  const validators = list(
    {
      address: /^stromvalcons1/,
      pub_key: PUBKEY,
      voting_power: 'int',
      proposer_priority: 'int',
    },
    2,
  )
  const own = `message.sender='${user}'`
  return {
    [`${sets}/latest?pagination.limit=100`]: { block_height: 'int', validators, pagination: PAGE },
    [`${sets}/3`]: { block_height: /^3$/, validators, pagination: PAGE },
    [`/cosmos/auth/v1beta1/accounts/${fresh}`]: {
      account: { '@type': /BaseAccount$/, ...BASE_ACCOUNT },
    },
    '/cosmos/auth/v1beta1/module_accounts/bonded_tokens_pool': {
      account: {
        '@type': /ModuleAccount$/,
        base_account: BASE_ACCOUNT,
        name: 'text',
        permissions: list('text'),
      },
    },
    '/cosmos/auth/v1beta1/params': {
      params: {
        max_memo_characters: 'int',
        tx_sig_limit: 'int',
        tx_size_cost_per_byte: 'int',
        sig_verify_cost_ed25519: 'int',
        sig_verify_cost_secp256k1: 'int',
      },
    },
    [`/cosmos/bank/v1beta1/balances/${user}?pagination.limit=1000`]: {
      balances: list(COIN),
      pagination: PAGE,
    },
    [`/cosmos/bank/v1beta1/spendable_balances/${user}`]: { balances: list(COIN), pagination: PAGE },
    '/cosmos/bank/v1beta1/supply': { supply: list(COIN), pagination: PAGE },
    '/cosmos/bank/v1beta1/supply/by_denom?denom=ustrom': { amount: COIN },
    '/cosmos/bank/v1beta1/params': {
      params: { send_enabled: list('any', 0), default_send_enabled: 'bool' },
    },
    [`/cosmos/tx/v1beta1/txs?query=${encodeURIComponent(own)}&order_by=ORDER_BY_DESC&limit=2`]: {
      txs: list({ body: 'any', auth_info: 'any', signatures: list('base64') }),
      tx_responses: list(TX_RESPONSE),
      pagination: null,
      total: 'int',
    },
  }
}
