/** What one run of the fleet bench measures; every figure depends on these. */
export interface FleetSettings {
  /** Registered devices that report directly. */
  readonly devices: number
  /** Registered devices, beside those, whose readings come as leaves of root batches. */
  readonly roots: number
  /** Devices registered by transactions. */
  readonly registrations: number
  /** Direct devices that report a second time in the part without network. */
  readonly again: number
  /** Of those, devices that report for a whole day before anything of it is judged. */
  readonly deep: number
  /** Look-ups of each kind. */
  readonly lookups: number
  /** Readings of one MsgSubmitReadings. */
  readonly batch: number
  /** Leaves of one transaction: what fits the mempool's `max_tx_bytes`. */
  readonly leaves: number
  /** Transactions of a block in the part without network. */
  readonly blockTxs: number
  readonly sweepDevices: number
  readonly sweepReadings: number
  /** `settle_close_s` of the network. */
  readonly settleS: number
  /** Parsed device keys that a validator keeps (`verify-keys`). */
  readonly verifyKeys: number
  /** Validators of the network; 0 leaves it out. */
  readonly nodes: number
  /** Readings a second and minutes of the steady load. */
  readonly rate: number
  readonly minutes: number
  /** Share of the devices that report within `burstSeconds` of the quarter hour; 0 leaves the burst out. */
  readonly burst: number
  readonly burstSeconds: number
  /** Pause of consensus between heights (`timeout_commit`), milliseconds. */
  readonly pauseMs: number
  /** Execution that a proposer puts into a block (`block-budget`), milliseconds. */
  readonly blockBudgetMs: number
}

/** The chain of the bench, its quarter hours and who carries readings. */
export const FLEET = {
  chainId: 'strom-fleet-1',
  seed: 'fleet',
  gateways: 16,
  /** Devices of one owner: the page that is looked up. */
  perOwner: 100,
  intervalS: 900n,
  /** 250 Wh an interval: well inside a nameplate of 5 kW. */
  stepMwh: 250_000n,
  nameplateW: 5000n,
} as const

/** Two readings are enough to close an interval. */
export const ROUNDS = 2

/** Everything of a run over `devices` devices that is not asked for otherwise. */
export function fleetSettings(devices: number): FleetSettings {
  return {
    devices,
    roots: Math.min(devices, 20_000),
    registrations: Math.min(devices, 5000),
    again: Math.min(devices, 100_000),
    deep: Math.min(devices, 2000),
    lookups: Math.min(devices, 1000),
    batch: 250,
    leaves: 300,
    blockTxs: 8,
    sweepDevices: 20_000,
    sweepReadings: 2000,
    settleS: 900,
    verifyKeys: 65_536,
    nodes: 4,
    rate: 1111,
    minutes: 10,
    burst: 0.1,
    burstSeconds: 60,
    pauseMs: 0,
    blockBudgetMs: 400,
  }
}
