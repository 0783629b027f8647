import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accountOf } from '../account.ts'
import { ChainClient } from '../chain-client.ts'
import { Gateway } from '../gateway.ts'
import type { OperatorConfig } from '../operator/config.ts'
import { type DutiesOptions, OperatorDuties } from '../operator/duties.ts'
import type { Instruments } from '../operator/instruments.ts'
import { OperatorChain } from '../operator/operator-chain.ts'
import type { Registers } from '../register-watch.ts'
import { RpcClient } from '../rpc-client.ts'
import { until } from './collector.ts'
import { FakeChain } from './fake-chain.ts'
import { FakeOperator, VALIDATOR } from './fake-operator.ts'

const PRIVKEY = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
/** First tick of a period. */
export const TICK = 1_981_000n

/** Instruments a test sets by hand. */
export class FakeInstruments implements Instruments {
  readonly samples = new Map<string, Registers>()
  readonly readings = new Map<string, Registers>()
  readonly setpoints: (bigint | null)[] = []
  newest(device: string): Registers | undefined {
    return this.samples.get(device)
  }
  signed(device: string): Registers | undefined {
    return this.readings.get(device)
  }
  async setpoint(_device: string, watts: bigint | null): Promise<void> {
    this.setpoints.push(watts)
  }
}

/** A chain, a gateway's account and an operator's duties on it, made anew for every test of a `describe`. */
export class OperatorBench {
  dir = ''
  url = ''
  chain = new FakeChain()
  operator = new FakeOperator(() => this.chain.time)
  instruments = new FakeInstruments()
  messages: string[] = []
  gateway: Gateway | undefined
  duties: OperatorDuties | undefined
  readonly address = accountOf(PRIVKEY).address

  constructor() {
    beforeEach(async () => {
      this.dir = mkdtempSync(join(tmpdir(), 'strom-operator-'))
      this.chain = new FakeChain()
      this.chain.time = TICK * 900n
      this.operator = new FakeOperator(() => this.chain.time)
      this.operator.grants.push(this.address)
      this.chain.operator = this.operator
      this.url = await this.chain.listen()
      this.instruments = new FakeInstruments()
      this.messages = []
    })
    afterEach(async () => {
      await this.stop()
      await this.chain.closeAll()
      rmSync(this.dir, { recursive: true, force: true })
    })
  }

  get config(): OperatorConfig {
    return {
      validator: VALIDATOR,
      battery: 'bess',
      meter: 'bess-meter',
      secretFile: join(this.dir, 'operator.seed'),
      insecureSeed: undefined,
      dispatch: 'follow',
      reserveWh: 0n,
      maxW: undefined,
      stateFile: join(this.dir, 'operator.json'),
    }
  }

  /** Starts duties with everything real but chain and plant. */
  open(more: Partial<DutiesOptions> = {}): OperatorDuties {
    const say = (message: string): void => void this.messages.push(message)
    const gateway = new Gateway({
      queueFile: join(this.dir, 'queue.bin'),
      chainId: this.chain.chainId,
      rpcUrls: [this.url],
      account: { privkey: PRIVKEY },
      log: { info: say, warn: say },
      pollMs: 10,
    })
    const chain = new ChainClient(new RpcClient([this.url]))
    this.gateway = gateway
    this.duties = new OperatorDuties({
      config: this.config,
      chainId: this.chain.chainId,
      chain: new OperatorChain(chain, VALIDATOR),
      address: gateway.address,
      send: (message) => gateway.send(message),
      seed: { bytes: Buffer.alloc(32, 9), insecure: false, fresh: false },
      instruments: this.instruments,
      log: { info: say, warn: say },
      now: () => this.chain.time,
      pollMs: 5,
      stepMs: 5,
      stepS: 5n,
      resendMs: 60,
      ...more,
    })
    this.duties.start()
    return this.duties
  }

  /** Waits for the next look of the duties, which sends what is due. */
  async looked(): Promise<void> {
    const path = '/strom.operator.v1.Query/Challenges'
    const before = this.chain.queries.get(path) ?? 0
    await until(() => (this.chain.queries.get(path) ?? 0) > before)
  }

  /** Waits for the first look of the duties just opened, then makes a block. */
  async settle(): Promise<void> {
    await this.looked()
    this.chain.block(1n)
  }

  async stop(): Promise<void> {
    await this.duties?.stop()
    await this.gateway?.stop()
    this.duties = undefined
    this.gateway = undefined
  }

  said(text: string): boolean {
    return this.messages.some((one) => one.includes(text))
  }
}
