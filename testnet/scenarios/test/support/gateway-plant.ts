import { u32, u64 } from '../../../../cli/gateway/test/sunspec-bench.ts'
import { ModbusDevice } from '../../../../cli/gateway/test/sunspec-device.ts'

/** Wh the battery holds, and W it can move. */
export const PLATE = { storageWh: 20_000, powerW: 30_000, etaPpm: 950_000 } as const

const STEP_MS = 20
const BASE = 40_000
/** Models and their lengths: common, DER measurements, ratings, controls, storage, and the meter. */
const MODELS = [
  [1, 66],
  [701, 153],
  [702, 50],
  [704, 65],
  [713, 7],
  [201, 105],
] as const
const ETA = PLATE.etaPpm / 1_000_000

/**
 * A battery and a meter of its own behind one Modbus TCP server, in the time of a calendar: what the meter's registers show
 * is the sum of what the battery was commanded to, of 3 % that it falls short, and of 100 W of something else that comes and
 * goes behind the meter. A setpoint ends by itself where the command said so.
 */
export class Plant {
  readonly device = new ModbusDevice()
  /** Takes commands and does not follow them, as a battery does whose inverter has tripped. */
  deaf = false
  importMwh = 12_000_000
  exportMwh = 10_000_000
  storedMwh = (PLATE.storageWh * 1_000) / 2
  /** Power at the terminals now, W, positive charges; `held` while a setpoint is in force. */
  watts = 0
  held = false
  readonly #now: () => number
  #at: Record<'der' | 'control' | 'store' | 'meter', number> = {
    ...{ der: 0, control: 0, store: 0, meter: 0 },
  }
  #moved = 0
  #writes = 0
  #renewed = 0
  #timer: NodeJS.Timeout | undefined

  /** `now` tells unix seconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  get port(): number {
    return this.device.port
  }

  async start(): Promise<void> {
    await this.device.listen()
    const { device } = this
    const [, der = 0, rating = 0, control = 0, store = 0, meter = 0] = device.models(BASE, MODELS)
    this.#at = { der, control, store, meter }
    device.set(der + 4, [3, 1])
    device.set(der + 6, [0, 0])
    device.set(der + 120, [0])
    const plate = PLATE.powerW / 10
    device.set(rating + 2, [plate])
    device.set(rating + 10, [plate, plate])
    device.set(rating + 45, [1])
    device.set(control + 22, [0, 0, 0, 0])
    device.set(control + 30, [0, 0, 0])
    device.set(control + 55, [0, 0])
    device.set(store + 2, [PLATE.storageWh / 10])
    device.set(store + 7, [1])
    device.set(meter + 18, [0])
    device.set(meter + 22, [0])
    device.set(meter + 54, [0xffff]) // 10^-1 Wh
    device.set(meter + 105, [0, 0])
    this.#moved = this.#now()
    this.#tell()
    this.#timer = setInterval(() => this.#move(), STEP_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.device.close()
  }

  #move(): void {
    const now = this.#now()
    const seconds = now - this.#moved
    this.#moved = now
    this.#obey(now)
    // What is full takes nothing, what is empty gives nothing.
    const room = PLATE.storageWh * 1_000 - this.storedMwh
    if (this.watts > 0 && room <= 0) this.watts = 0
    if (this.watts < 0 && this.storedMwh <= 0) this.watts = 0
    const own = (this.watts * seconds) / 3.6
    this.storedMwh += own > 0 ? own * ETA : own / ETA
    const total = own + (100 * Math.sin(now / 200) * seconds) / 3.6
    if (total > 0) this.importMwh += total
    else this.exportMwh -= total
    this.#tell()
  }

  /** The command in force, which every write renews. */
  #obey(now: number): void {
    const { device } = this
    const { control } = this.#at
    const at = (offset: number): number => device.registers.get(control + offset) ?? 0
    if (device.writes.length > this.#writes) {
      this.#writes = device.writes.length
      this.#renewed = now
    }
    const revertS = at(31) * 65_536 + at(32)
    if (revertS > 0 && now - this.#renewed > revertS) device.set(control + 22, [0])
    this.held = at(22) === 1
    const asked = -Number(BigInt.asIntN(32, BigInt(at(24) * 65_536 + at(25))))
    this.watts = this.held && !this.deaf ? asked * 0.97 : 0
  }

  #tell(): void {
    const { device } = this
    const { der, store, meter } = this.#at
    const [exported, imported] = [Math.floor(this.exportMwh), Math.floor(this.importMwh)]
    device.set(der + 10, [Math.round(-this.watts / 10)])
    device.set(der + 116, [1])
    device.set(der + 19, [
      ...u64(BigInt(Math.floor(exported / 1_000))),
      ...u64(BigInt(Math.floor(imported / 1_000))),
    ])
    device.set(store + 3, [Math.floor(this.storedMwh / 10_000)])
    device.set(meter + 38, u32(Math.floor(exported / 100)))
    device.set(meter + 46, u32(Math.floor(imported / 100)))
  }
}
