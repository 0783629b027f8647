import type { Application, FinalizeBlockResponse } from '../abci/application.ts'
import type { Block, BlockId, Commit } from '../chain/types.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { CalendarClock, MonotonicClock } from './clock.ts'
import type { Step } from './core/types.ts'
import type { FailPoint } from './fail-points.ts'
import type { TxSource } from './mempool.ts'
import type { Signer } from './signer.ts'
import type { EngineGenesis } from './state.ts'
import type { Range } from './storage.ts'
import type { Timeouts } from './timers.ts'
import type { Transport } from './transport.ts'

/** A committed height, told once its state is durable and queryable. */
export interface NewBlock {
  readonly block: Block
  readonly blockId: BlockId
  /** Bytes of the encoded block. */
  readonly size: number
  readonly results: FinalizeBlockResponse
  readonly seenCommit: Commit
}

/** The round or step of the present height changed. */
export interface RoundStep {
  readonly height: bigint
  readonly round: number
  readonly step: Step
}

/** Everything an engine works with; the node makes and owns these. */
export interface EngineOptions {
  readonly genesis: EngineGenesis
  readonly app: Application
  /** Blocks, their index and evidence. */
  readonly blockRange: Range
  /** Where the application puts the pairs the engine gives to `commit`. */
  readonly stateRange: Range
  readonly walDirectory: string
  /** Opens the sign guard, given the height of the stored chain; undefined on a node that only follows. */
  readonly openSigner: (chainHeight: bigint) => Signer | undefined
  readonly transport: Transport
  readonly txs: TxSource
  readonly timeouts: Timeouts
  readonly calendar: CalendarClock
  readonly monotonic: MonotonicClock
  readonly log: Logger
  readonly metrics: Metrics
  /** The engine stopped because going on would be unsafe; the process must end. */
  readonly onFatal: (error: unknown) => void
  readonly failPoint?: FailPoint
}
