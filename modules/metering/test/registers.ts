import { sha256 } from '@noble/hashes/sha2.js'
import { Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  DeviceState,
  type Params,
  StoredReading,
  Verdict,
} from '../../../proto/gen/strom/metering/v1/state.ts'
import type { TickEnergy } from '../../../proto/gen/strom/metering/v1/tick.ts'
import type { CertificateApi } from '../../certificate/api.ts'
import { utf8Encode } from '../../kit/bytes.ts'
import type { ReadContext } from '../../kit/context.ts'
import { state, stateOf } from '../state.ts'
import { store } from '../store-reading.ts'
import { closeTally, openTally } from '../tally.ts'
import { ticksOf } from '../ticks.ts'
import { beginWork, type EnergyNeeds, endWork } from '../work.ts'
import { plant, T0, type Town, town } from './fixture.ts'

/** A reading in minutes after T0 and watt-hours; numbers count on unless given. */
export interface Line {
  readonly at: number
  readonly import?: number
  readonly export?: number
  readonly soc?: number
  readonly status?: number
  readonly seq?: bigint
  readonly opens?: boolean
  readonly receipt?: boolean
}

/** Seconds since 1970 of a minute after T0. */
export function minute(at: number): bigint {
  return T0 + BigInt(at) * 60n
}

/** The three modules that energy questions are asked of. */
export function needsOf(t: Town): EnergyNeeds {
  const certificate = t.modules.find((m) => m.name === 'certificate')
  return { device: t.devices, certificate: certificate?.api as CertificateApi }
}

/** What a query reads. */
export function reader(t: Town): ReadContext {
  return t.chain.query()
}

/** Identity of a made-up message. */
export function identity(device: string, seq: bigint): Uint8Array {
  return sha256(utf8Encode(`${device}/${seq}`))
}

/**
 * Puts authentic readings where arrival leaves them: stored and waiting. From there on the real modules judge, settle and
 * record them. Signatures and arrival have tests of their own.
 */
export function arrive(t: Town, device: string, lines: readonly Line[]): void {
  const ctx = t.chain.write()
  const needs = needsOf(t)
  const found =
    stateOf(ctx, device) ??
    DeviceState.create({ device, context: 'm', lastHash: identity(device, 0n) })
  const tally = openTally(ctx)
  const params: Params = state.params.must(ctx)
  const plate = needs.device.get(ctx, device)
  if (plate === undefined) throw new Error(`${device} is not registered`)
  const work = beginWork({ ctx, params, tally, needs }, plate, found)
  for (const line of lines) {
    const seq = line.seq ?? found.newestSeq + 1n
    store(
      work,
      StoredReading.create({
        device,
        context: 'm',
        seq,
        time: minute(line.at),
        importMwh: BigInt(Math.round((line.import ?? 0) * 1000)),
        exportMwh: BigInt(Math.round((line.export ?? 0) * 1000)),
        socMwh: line.soc === undefined ? undefined : BigInt(line.soc) * 1000n,
        status: line.status ?? 1,
        identity: identity(device, seq),
        prevHash: identity(device, seq - 1n),
        verdict: Verdict.VERDICT_PENDING,
        opens: line.opens ?? false,
        receipt: line.receipt ?? false,
      }),
    )
  }
  endWork(work)
  closeTally(ctx, tally)
}

const LOAD = { kind: Kind.KIND_LOAD, nameplateW: 1_000_000n } as const

/** A town of one load of 1 MW. */
export function home(intervalS = 900): Town {
  return town([plant('load', { ...LOAD, intervalS })])
}

/** Energy of that load by tick, minutes after T0. */
export function ticks(t: Town, from: number, to: number): readonly TickEnergy[] {
  const ctx = reader(t)
  const device = t.devices.get(ctx, 'load')
  if (device === undefined) throw new Error('no load')
  return ticksOf(ctx, device, minute(from), minute(to))
}

/** Its import, Wh. */
export function energies(list: readonly TickEnergy[]): number[] {
  return list.map((tick) => Number(tick.importWh))
}

/** How it came about. */
export function sources(list: readonly TickEnergy[]): number[] {
  return list.map((tick) => tick.source)
}
