/** Files of settings, by short name. */
export type SettingsFile = 'config' | 'app' | 'client'

/** What is to be known of one setting. */
export interface SettingDoc {
  readonly file: SettingsFile
  readonly key: string
  /** `duration` is text such as "3s"; `number` has no fraction. */
  readonly type: 'text' | 'number' | 'flag' | 'duration' | 'list'
  readonly explains: string
}

type Row = readonly [key: string, type: SettingDoc['type'], explains: string]

const CONFIG: readonly Row[] = [
  ['moniker', 'text', 'Name of this node, shown to peers and in status.'],
  [
    'log_level',
    'text',
    'Least level that is logged: trace, debug, info, warn, error; or by part, "info,p2p:debug".',
  ],
  ['log_format', 'text', 'plain for people, json for collectors.'],
  [
    'rpc.laddr',
    'text',
    'Address of JSON-RPC and WebSocket. Loopback unless others may ask this node.',
  ],
  [
    'rpc.cors_allowed_origins',
    'list',
    'Origins browsers may call from, such as "https://example.org", or "*".',
  ],
  ['rpc.max_open_connections', 'number', 'Connections served at once.'],
  ['rpc.max_subscription_clients', 'number', 'WebSocket clients that may subscribe.'],
  ['rpc.max_subscriptions_per_client', 'number', 'Subscriptions of one WebSocket client.'],
  ['rpc.max_body_bytes', 'number', 'Largest request, in bytes.'],
  ['p2p.laddr', 'text', 'Address peers connect to.'],
  [
    'p2p.persistent_peers',
    'text',
    'Peers to stay connected to, separated by commas: ID@HOST:PORT or a multiaddr.',
  ],
  ['p2p.max_num_inbound_peers', 'number', 'Peers that may connect to this node.'],
  ['p2p.max_num_outbound_peers', 'number', 'Peers this node connects to.'],
  ['mempool.size', 'number', 'Transactions that may wait.'],
  ['mempool.max_tx_bytes', 'number', 'Largest transaction, in bytes.'],
  ['mempool.max_txs_bytes', 'number', 'Bytes of all waiting transactions.'],
  [
    'mempool.cache_size',
    'number',
    'Transactions remembered as seen, so that repeats cost nothing.',
  ],
  ['consensus.timeout_propose', 'duration', 'How long a proposal is waited for in round 0.'],
  ['consensus.timeout_propose_delta', 'duration', 'Added to timeout_propose every further round.'],
  [
    'consensus.timeout_prevote',
    'duration',
    'How long more prevotes are waited for after two thirds disagree.',
  ],
  ['consensus.timeout_prevote_delta', 'duration', 'Added to timeout_prevote every further round.'],
  [
    'consensus.timeout_precommit',
    'duration',
    'How long more precommits are waited for after two thirds disagree.',
  ],
  [
    'consensus.timeout_precommit_delta',
    'duration',
    'Added to timeout_precommit every further round.',
  ],
  [
    'consensus.timeout_commit',
    'duration',
    'Pause after a block, so that late votes count: the block interval, nearly.',
  ],
  ['consensus.skip_timeout_commit', 'flag', 'Go on at once when every validator has signed.'],
  ['consensus.create_empty_blocks', 'flag', 'Make blocks without transactions.'],
  [
    'consensus.create_empty_blocks_interval',
    'duration',
    'Pause before an empty block; 0s for none.',
  ],
  [
    'tx_index.indexer',
    'text',
    'kv to find transactions by hash and event, null to save the space.',
  ],
  ['instrumentation.prometheus', 'flag', 'Serve metrics.'],
  ['instrumentation.prometheus_listen_addr', 'text', 'Address of the metrics.'],
]

const APP: readonly Row[] = [
  [
    'minimum-gas-prices',
    'text',
    'Least fee a unit of gas this node takes in, such as "0.025ustrom".',
  ],
  ['pruning-keep-recent', 'number', 'Heights whose state stays readable and provable.'],
  [
    'block-budget',
    'duration',
    'Time the transactions of a proposed block may take to execute on this machine.',
  ],
  [
    'invariants-every',
    'number',
    'Blocks between two checks of all conservation laws, each a walk over the state; 0 for never.',
  ],
  [
    'verify-workers',
    'number',
    'Threads that verify signatures ahead; 0 verifies in the main thread.',
  ],
  [
    'verify-keys',
    'number',
    'Parsed device keys kept in memory, 4.6 kB each; as many as devices report verify fastest.',
  ],
  ['api.enable', 'flag', 'Serve REST.'],
  ['api.address', 'text', 'Address of REST.'],
]

const CLIENT: readonly Row[] = [
  ['chain-id', 'text', 'The chain commands expect to meet; empty takes what the node serves.'],
  ['keyring-backend', 'text', 'Where keys lie: file (encrypted) or test (in the clear).'],
  ['output', 'text', 'Form of results: text or json.'],
  ['node', 'text', 'JSON-RPC commands talk to.'],
  ['broadcast-mode', 'text', 'sync waits for the node to check a transaction, async does not.'],
]

/** Every setting of a home, in the order of its files. */
export const settings: readonly SettingDoc[] = [
  ...rows('config', CONFIG),
  ...rows('app', APP),
  ...rows('client', CLIENT),
]

function rows(file: SettingsFile, list: readonly Row[]): SettingDoc[] {
  return list.map(([key, type, explains]) => ({ file, key, type, explains }))
}
