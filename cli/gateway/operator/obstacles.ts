import { fromBech32, PREFIX, toBech32 } from '../../../modules/kit/address.ts'
import { type Device, Kind, TrustClass } from '../../../proto/gen/strom/device/v1/state.ts'
import type { OperatorConfig } from './config.ts'
import type { OperatorChain } from './operator-chain.ts'
import { TICK_S } from './plan.ts'

/** What the chain says of the storage, and what keeps its duties from being done, in words. */
export interface Standing {
  readonly battery: Device | undefined
  readonly meter: Device | undefined
  readonly obstacles: readonly string[]
}

/** Asks the chain whether validator, devices and account fit together. */
export async function standingOf(
  chain: OperatorChain,
  config: OperatorConfig,
  account: string,
): Promise<Standing> {
  const [operator, battery, meter] = await Promise.all([
    chain.operator(),
    chain.device(config.battery),
    chain.device(config.meter),
  ])
  const obstacles: string[] = []
  if (operator === undefined) {
    obstacles.push(
      `the chain knows no storage behind ${config.validator}; its account registers it first: strom tx operator register ${config.battery} ${config.meter} --from KEY`,
    )
  } else {
    for (const key of ['battery', 'meter'] as const)
      if (operator[key] !== config[key])
        obstacles.push(
          `the chain has ${key} ${operator[key]} behind ${config.validator}, gateway.toml says ${config[key]}`,
        )
    if (operator.fault !== '')
      obstacles.push(`the storage does not count at present: ${operator.fault}`)
  }
  obstacles.push(...faultsOf('battery', config.battery, battery, Kind.KIND_BESS))
  obstacles.push(...faultsOf('meter', config.meter, meter, Kind.KIND_METER))
  if (meter !== undefined && BigInt(meter.intervalS) !== TICK_S)
    obstacles.push(`the meter ${meter.id} is registered with ${meter.intervalS} s, not ${TICK_S} s`)
  if (battery !== undefined && !(await mayAct(chain, config, battery, account))) {
    obstacles.push(
      `the gateway's account ${account} may not act for ${battery.id}: its owner ${battery.owner} grants it: strom tx device grant-operator ${battery.id} ${account} --from KEY`,
    )
  }
  return { battery, meter, obstacles }
}

function faultsOf(role: string, id: string, device: Device | undefined, kind: Kind): string[] {
  if (device === undefined)
    return [
      `the chain knows no device ${id}, the ${role}; its owner registers it first: strom tx device register`,
    ]
  const faults: string[] = []
  if (device.kind !== kind) faults.push(`${id} is not registered as a ${role}`)
  if (
    device.trustClass !== TrustClass.TRUST_CLASS_A &&
    device.trustClass !== TrustClass.TRUST_CLASS_B
  )
    faults.push(
      `${id} is not attested by a maker (class A or B), so it cannot stand behind a validator`,
    )
  return faults
}

async function mayAct(
  chain: OperatorChain,
  config: OperatorConfig,
  battery: Device,
  account: string,
): Promise<boolean> {
  const validator = toBech32(fromBech32(config.validator, PREFIX.validator))
  if (account === validator || account === battery.owner) return true
  return (await chain.grants(battery.id)).some((one) => one.operator === account)
}
