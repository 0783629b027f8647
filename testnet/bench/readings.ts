import { deriveDeviceKey } from '../../cli/gateway/device-keys.ts'
import { DeviceSigner } from '../../cli/gateway/device-signer.ts'
import { buildTx, DEFAULT_FEE } from '../../cli/gateway/tx-builder.ts'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { STATUS_MEASURED, type Town, type TownDevice } from '../town/town.ts'
import type { Sender } from './transfers.ts'

/** Readings of one MsgSubmitReadings. */
export const BATCH = 250

const INTERVAL_S = 900n
/** 250 Wh an interval: well inside a nameplate of 5 kW. */
const STEP_MWH = 250_000n

/** A town of meters: every other one is a PV plant, whose intervals become certificates. It has no recordings. */
export function benchTown(count: number): Town {
  return {
    name: 'bench',
    start: 0n,
    end: 0n,
    devices: Array.from({ length: count }, (_, i) => benchDevice(i)),
    sites: [{ id: 'bench', complete: false, note: 'load for measurements' }],
    readings: () => [],
  }
}

function benchDevice(i: number): TownDevice {
  return {
    id: `bench-${i.toString().padStart(5, '0')}`,
    kind: i % 2 === 0 ? 'PV' : 'LOAD',
    site: 'bench',
    zone: 'DE',
    nameplateW: 5000n,
    storageWh: 0n,
    etaCPpm: 0n,
    etaDPpm: 0n,
    intervalS: INTERVAL_S,
    simulated: 'simulated',
    source: 'made for measurements',
  }
}

/** Meters that go on where their last reading ended. */
export class Meters {
  readonly #signers: readonly DeviceSigner[]
  readonly #chainId: string
  readonly #start: bigint
  #round = 0n

  /** `now` (unix seconds) bounds the times of the readings: the first lies `rounds` intervals before it. */
  constructor(options: {
    chainId: string
    seed: string
    devices: number
    now: bigint
    rounds: number
  }) {
    const { chainId, seed, now, rounds } = options
    this.#chainId = chainId
    this.#start = (now / INTERVAL_S - BigInt(rounds)) * INTERVAL_S
    this.#signers = Array.from({ length: options.devices }, (_, i) => {
      const device = benchDevice(i).id
      return new DeviceSigner({ chainId, device, key: deriveDeviceKey(seed, device) })
    })
  }

  /** `rounds` readings of every device in batches, by gateway; a device always sends through the same gateway. */
  batches(gateways: readonly Sender[], rounds: number): Uint8Array[][] {
    const out: Uint8Array[][] = gateways.map(() => [])
    const share = Math.ceil(this.#signers.length / gateways.length)
    for (let round = 0; round < rounds; round++) {
      const time = this.#start + this.#round * INTERVAL_S
      gateways.forEach((gateway, g) => {
        const readings = this.#signers
          .slice(g * share, (g + 1) * share)
          .map((signer, i) => this.#sign(signer, (g * share + i) % 2 === 0, time))
        for (let at = 0; at < readings.length; at += BATCH)
          out[g]?.push(this.#transaction(gateway, readings.slice(at, at + BATCH)))
      })
      this.#round++
    }
    return out
  }

  #sign(signer: DeviceSigner, exports: boolean, time: bigint): SignedReading {
    const register = this.#round * STEP_MWH
    return signer.sign({
      time,
      importMwh: exports ? 0n : register,
      exportMwh: exports ? register : 0n,
      status: STATUS_MEASURED,
    })
  }

  #transaction(gateway: Sender, readings: readonly SignedReading[]): Uint8Array {
    const { account, accountNumber } = gateway
    return buildTx({
      account,
      accountNumber,
      sequence: gateway.sequence++,
      chainId: this.#chainId,
      readings,
      fee: DEFAULT_FEE,
    }).bytes
  }
}
