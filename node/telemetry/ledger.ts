/** One line of the ledger: what kind of series it is, which labels it carries, what it means. */
export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels?: readonly string[]
  /** Upper bounds of a histogram's buckets, ascending, without +Inf. */
  readonly buckets?: readonly number[]
}

const SECONDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]
const BYTES: readonly number[] = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576]

function counter(help: string, ...labels: string[]): MetricDefinition {
  return { kind: 'counter', help, labels }
}
function gauge(help: string, ...labels: string[]): MetricDefinition {
  return { kind: 'gauge', help, labels }
}
function histogram(
  help: string,
  buckets: readonly number[],
  ...labels: string[]
): MetricDefinition {
  return { kind: 'histogram', help, buckets, labels }
}

/**
 * Every series this node can emit. Names that begin with `strom_` are written as they are; all others get the
 * configured namespace (`cometbft`) so that existing Cosmos dashboards read them.
 */
export const METRICS = {
  consensus_height: gauge('Height being decided'),
  consensus_latest_block_height: gauge('Height of the last committed block'),
  consensus_validators: gauge('Validators in the current set'),
  consensus_validators_power: gauge('Total voting power'),
  consensus_validator_power: gauge('Voting power of this node'),
  consensus_validator_last_signed_height: gauge('Last height this validator signed'),
  consensus_validator_missed_blocks: gauge('Blocks this validator missed'),
  consensus_missing_validators: gauge('Validators that did not sign the last commit'),
  consensus_missing_validators_power: gauge('Power that did not sign the last commit'),
  consensus_byzantine_validators: gauge('Validators with evidence in the last block'),
  consensus_byzantine_validators_power: gauge('Power with evidence in the last block'),
  consensus_rounds: gauge('Round being run'),
  consensus_num_txs: gauge('Transactions in the last block'),
  consensus_total_txs: counter('Transactions committed since start'),
  consensus_block_size_bytes: gauge('Size of the last block'),
  consensus_block_interval_seconds: histogram('Time between this and the last block', SECONDS),
  consensus_step_duration_seconds: histogram('Time spent in a step', SECONDS, 'step'),
  consensus_block_parts: counter('Block parts received by peer', 'peer_id'),
  p2p_peers: gauge('Connected peers'),
  p2p_peer_receive_bytes_total: counter('Bytes received from peers', 'chID'),
  p2p_peer_send_bytes_total: counter('Bytes sent to peers', 'chID'),
  p2p_message_send_bytes_total: counter('Bytes of messages sent', 'message_type'),
  p2p_message_receive_bytes_total: counter('Bytes of messages received', 'message_type'),
  mempool_size: gauge('Transactions in the mempool'),
  mempool_size_bytes: gauge('Bytes of transactions in the mempool'),
  mempool_tx_size_bytes: histogram('Size of accepted transactions', BYTES),
  mempool_failed_txs: counter('Transactions refused by checkTx'),
  mempool_recheck_times: counter('Transactions checked again after a block'),
  mempool_evicted_txs: counter('Transactions removed without being committed'),
  state_block_processing_time: histogram('Time to execute a block in seconds', SECONDS),
  blocksync_syncing: gauge('1 while blocks are being fetched'),
  statesync_syncing: gauge('1 while a snapshot is being fetched'),
  abci_connection_method_timing_seconds: histogram(
    'Time of application calls',
    SECONDS,
    'method',
    'type',
  ),
  strom_queue_dropped_total: counter('Entries dropped because a queue was full', 'queue'),
  strom_p2p_reports_total: counter('Misbehaviour reported by peers reason', 'reason'),
  strom_p2p_bans_total: counter('Peers banned'),
  strom_event_loop_lag_seconds: gauge('p99 event loop lag over the last sample'),
  strom_event_loop_lag_max_seconds: gauge('Largest event loop lag over the last sample'),
  strom_process_resident_bytes: gauge('Resident memory of the process'),
  strom_process_heap_bytes: gauge('Used JavaScript heap'),
  strom_db_bytes: gauge('Bytes on disk by store', 'store'),
  strom_meter_accepted_total: counter('Meter readings accepted'),
  strom_meter_rejected_total: counter('Meter readings refused', 'reason'),
  strom_device_last_seen_seconds: gauge('Unix time of the last reading of a device', 'device'),
  strom_energy_mwh_total: counter('Energy by zone and direction in mWh', 'zone', 'dir'),
  strom_cert_issued_total: counter('Certified energy in Wh'),
} as const satisfies Record<string, MetricDefinition>

/** The names of the ledger; a name that is not in it does not compile. */
export type MetricName = keyof typeof METRICS
