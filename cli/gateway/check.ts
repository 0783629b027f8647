import { dirname } from 'node:path'
import { ChainClient } from './chain-client.ts'
import { defaultPlan, type GatewayConfig } from './config.ts'
import { RpcClient } from './rpc-client.ts'
import { CLOCK_ERROR_S, type DevicePlan } from './sampler.ts'
import { keepCalendar, nowSeconds } from './sources/clock.ts'
import type { Sample, Source } from './sources/contract.ts'
import { createSources } from './sources/kinds.ts'

/** What `strom gateway test` says of a device. */
export interface DeviceCheck {
  readonly device: string
  readonly source: string
  readonly trustClass: string
  readonly samples: number
  /** Energy between first and last sample by the registers, import positive, mWh. */
  readonly energyMwh: bigint | undefined
  /** The same by the power, mWh. */
  readonly expectedMwh: bigint | undefined
  readonly problems: readonly string[]
}

/** Energy by power below which registers of whole Wh say nothing, mWh. */
const ENOUGH_MWH = 1_000n
/** Above this a register that stands still is a problem. */
const MOVES_MWH = 5_000n

/**
 * Compares what the registers gained between the first and the last sample with what the power makes of the time: a
 * ratio near 1000, 1/1000, a million or a millionth is a unit taken wrongly, a negative one a sign.
 */
export function checkDevice(
  samples: readonly Sample[],
  plan: DevicePlan,
): Pick<DeviceCheck, 'energyMwh' | 'expectedMwh' | 'problems'> {
  const problems: string[] = []
  const first = samples[0]
  const last = samples.at(-1)
  if (first === undefined || last === undefined)
    return { energyMwh: undefined, expectedMwh: undefined, problems: ['no sample came'] }
  const error = last.time - last.receivedAt
  if (error > CLOCK_ERROR_S || error < -CLOCK_ERROR_S)
    problems.push(`its clock is ${error} s off ours`)
  if (last.time === first.time) {
    problems.push(samples.length === 1 ? 'only one sample came' : 'its time stands still')
    return { energyMwh: undefined, expectedMwh: undefined, problems }
  }
  const pause = samples.reduce((most, sample, i) => {
    const gap = i === 0 ? 0n : sample.time - (samples[i - 1]?.time ?? sample.time)
    return gap > most ? gap : most
  }, 0n)
  if (pause > plan.toleranceS + 1n)
    problems.push(
      `samples come up to ${pause} s apart, but count for a boundary only ${plan.toleranceS} s before it: boundaries will be missed`,
    )
  const net = (one: Sample): bigint => (one.importMwh ?? 0n) - (one.exportMwh ?? 0n)
  const energyMwh = net(last) - net(first)
  const expectedMwh = byPower(samples)
  if (expectedMwh === undefined) problems.push('it tells no power, so units cannot be checked')
  else problems.push(...compare(energyMwh, expectedMwh))
  return { energyMwh, expectedMwh, problems }
}

function compare(energy: bigint, expected: bigint): string[] {
  const size = expected < 0n ? -expected : expected
  if (size < ENOUGH_MWH) return ['too little energy flowed to check the unit; test longer']
  const ratio = Number(energy) / Number(expected)
  const near = (target: number): boolean => ratio > target / 3.5 && ratio < target * 3.5
  if (near(1)) return []
  if (near(1_000) || near(1_000_000))
    return [`the register counts ${near(1_000) ? 'a thousand' : 'a million'} times too fast: unit?`]
  if (near(0.001) || near(0.000_001))
    return [`the register counts ${near(0.001) ? 'a thousand' : 'a million'} times too slow: unit?`]
  const inverse = -ratio
  if (inverse > 1 / 3.5 && inverse < 3.5)
    return ['the sign is inverted: power and registers say opposite directions']
  if (energy === 0n)
    return size < MOVES_MWH ? [] : ['the register stands still although power flows']
  return [`registers and power disagree by a factor of ${ratio.toPrecision(3)}`]
}

/** Trapezoids of power over time, mWh, rounded toward zero once at the end; undefined when a sample has no power. */
function byPower(samples: readonly Sample[]): bigint | undefined {
  let doubled = 0n
  for (const [i, sample] of samples.entries()) {
    if (sample.powerW === undefined) return undefined
    const before = samples[i - 1]
    if (before?.powerW !== undefined)
      doubled += (before.powerW + sample.powerW) * (sample.time - before.time)
  }
  return (doubled * 1_000n) / 7_200n
}

/** Runs every source for some seconds without signing anything, and looks at what it says and at the clocks. */
export async function checkSources(
  config: GatewayConfig,
  seconds: number,
): Promise<{ devices: DeviceCheck[]; warnings: string[] }> {
  keepCalendar(config.calendar)
  const sources = await createSources(config.sources, config.file, dirname(config.file))
  const samples = new Map<string, Sample[]>()
  const warnings = new Set<string>()
  const sink = {
    sample: async (sample: Sample) => {
      const list = samples.get(sample.device) ?? []
      if (list.at(-1)?.time !== sample.time) list.push(sample)
      samples.set(sample.device, list)
    },
    receipt: async () => undefined,
    warn: (message: string) => void warnings.add(message),
  }
  const started: Source[] = []
  try {
    for (const source of sources) {
      await source.start(sink)
      started.push(source)
    }
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
  } finally {
    for (const source of started) await source.stop()
  }
  const clock = await chainClock(config)
  if (clock !== undefined) warnings.add(clock)
  const devices = sources.flatMap((source) =>
    source.devices.map((device) => {
      const own = samples.get(device) ?? []
      const plan = config.devices.find((one) => one.id === device) ?? defaultPlan(device)
      const { name, trustClass } = source
      const found = checkDevice(own, plan)
      return { device, source: name, trustClass, samples: own.length, ...found }
    }),
  )
  return { devices, warnings: [...warnings] }
}

/** Our own clock against the latest block; a chain that cannot be asked is said too. */
async function chainClock(config: GatewayConfig): Promise<string | undefined> {
  try {
    const head = await new ChainClient(new RpcClient(config.nodes)).head()
    const ahead = nowSeconds() - head.time
    if (ahead < -CLOCK_ERROR_S) return `our clock is ${-ahead} s behind the chain's`
    if (ahead > 60n) return `our clock is ${ahead} s ahead of the latest block, or the chain stands`
    return undefined
  } catch (error) {
    return `the chain's clock could not be compared: ${error instanceof Error ? error.message : String(error)}`
  }
}
