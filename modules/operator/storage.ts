import {
  type Device,
  type Epoch,
  Kind,
  Status,
  TrustClass,
  Way,
} from '../../proto/gen/strom/device/v1/state.ts'
import type { Operator } from '../../proto/gen/strom/operator/v1/state.ts'
import { fromBech32, PREFIX, toBech32 } from '../kit/address.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { ReadContext } from '../kit/context.ts'
import { mulDivFloor } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import type { OperatorNeeds } from './needs.ts'
import type { Pack } from './rules.ts'
import { state } from './state.ts'

/** Account of a validator's operator, the only one whose devices may stand behind it. */
export function accountOf(validator: string): string {
  return toBech32(fromBech32(validator, PREFIX.validator))
}

/** A battery and its meter as the registry has them now. */
export interface Storage {
  readonly battery: Device
  readonly meter: Device
}

/**
 * The devices behind a validator, or why they cannot stand behind it now: registered, active, owned by the validator's
 * account, a battery and a meter of one site, each attested by a maker of its own and signing with a key of its own.
 */
export function storageOf(
  needs: OperatorNeeds,
  ctx: ReadContext,
  { validatorAddress, battery, meter }: Pick<Operator, 'validatorAddress' | 'battery' | 'meter'>,
): Storage | string {
  const [pack, gauge] = [needs.device.get(ctx, battery), needs.device.get(ctx, meter)]
  if (pack === undefined) return `no device "${battery}" is registered`
  if (gauge === undefined) return `no device "${meter}" is registered`
  const owner = accountOf(validatorAddress)
  const epochs = [pack, gauge].map((device) => needs.device.at(ctx, device, ctx.time))
  const [packEpoch, gaugeEpoch] = epochs as [Epoch, Epoch]
  return (
    unfit(ctx, pack, packEpoch, Kind.KIND_BESS, owner) ??
    unfit(ctx, gauge, gaugeEpoch, Kind.KIND_METER, owner) ??
    dependent({ battery: pack, meter: gauge }, packEpoch, gaugeEpoch) ?? {
      battery: pack,
      meter: gauge,
    }
  )
}

function unfit(
  ctx: ReadContext,
  device: Device,
  epoch: Epoch,
  kind: Kind,
  owner: string,
): string | undefined {
  if (device.kind !== kind) {
    return `device ${device.id} is no ${kind === Kind.KIND_BESS ? 'battery' : 'meter'}`
  }
  if (epoch.owner !== owner) return `device ${device.id} belongs to ${epoch.owner}, not to ${owner}`
  if (epoch.status !== Status.STATUS_ACTIVE) return `device ${device.id} is not active`
  if (epoch.way === Way.WAY_ROOT) return `device ${device.id} reports by root batches, not directly`
  const own =
    device.trustClass === TrustClass.TRUST_CLASS_A || device.trustClass === TrustClass.TRUST_CLASS_B
  if (!own) return `device ${device.id} does not sign with a key of its own (trust class A or B)`
  if (device.maker === '') return `no maker attested device ${device.id}`
  if (device.derived) return `device ${device.id} is computed from other registers`
  if (device.simulated && !state.params.must(ctx).allowSimulated) {
    return `device ${device.id} is simulated`
  }
  return undefined
}

function dependent(
  { battery, meter }: Storage,
  packEpoch: Epoch,
  gaugeEpoch: Epoch,
): string | undefined {
  if (battery.site === '' || battery.site !== meter.site) {
    return `battery ${battery.id} is at site "${battery.site}", meter ${meter.id} at "${meter.site}": name one site for both when registering them (MsgUpdateDevice)`
  }
  if (equalBytes(packEpoch.pubkey, gaugeEpoch.pubkey)) return 'battery and meter sign with one key'
  if (battery.maker === meter.maker) return `battery and meter are both made by ${battery.maker}`
  return battery.storageWh === 0n ? `battery ${battery.id} states no capacity` : undefined
}

/** A battery as challenges know it: its capacity is the nameplate's times the attested state of health. */
export function packOf(battery: Device): Pack {
  const { storageWh, sohPpm, nameplateW, etaCPpm, etaDPpm } = battery
  return { capacityWh: mulDivFloor(storageWh, sohPpm, PPM), nameplateW, etaCPpm, etaDPpm }
}
