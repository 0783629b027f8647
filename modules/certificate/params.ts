import { Params, ZoneParams } from '../../proto/gen/strom/certificate/v1/state.ts'
import { fromBech32 } from '../kit/address.ts'
import { governs } from '../kit/authority.ts'
import type { ReadContext } from '../kit/context.ts'
import { certificateErrors } from './errors.ts'
import { state } from './state.ts'

/** The only energy carrier of this chain. */
export const CARRIER = 'electricity'

const YEAR_S = 31_536_000n

/** Transfers are allowed; everything else follows the values in `limitsOf`. */
export function defaultParams(): Params {
  return Params.create({ transfersEnabled: true, carrier: CARRIER })
}

/** Params with the values that 0 stands for filled in. */
export interface Limits {
  readonly expiryS: bigint
  readonly expirePerBlock: number
  readonly storageStepsPerBlock: number
  readonly bookingDelayS: bigint
  readonly efficiencyWindowS: bigint
  readonly maxLots: number
}

/** The limits in force. */
export function limitsOf(params: Params): Limits {
  return {
    expiryS: params.expiryS || 2n * YEAR_S,
    expirePerBlock: params.expirePerBlock || 200,
    storageStepsPerBlock: params.storageStepsPerBlock || 1_000,
    bookingDelayS: params.bookingDelayS || 900n,
    efficiencyWindowS: params.efficiencyWindowS || 2_592_000n,
    maxLots: params.maxLots || 64,
  }
}

/** The rules of a zone; all 0 and empty where it has none of its own. */
export function zoneOf(params: Params, zone: string): ZoneParams {
  return params.zones.find((rules) => rules.zone === zone) ?? ZoneParams.create({ zone })
}

/** Throws certificate 28 unless the address governs: governance, or the account the params name. */
export function mustBeAuthority(ctx: ReadContext, address: string): void {
  const { authority } = state.params.must(ctx)
  if (!governs(ctx, address, authority)) throw certificateErrors.notAuthority(address)
}

/** Throws certificate 8 naming what is wrong. */
export function checkParams(params: Params): void {
  if (params.carrier !== CARRIER) {
    throw certificateErrors.invalidParams(`carrier "${params.carrier}", only ${CARRIER} is known`)
  }
  if (params.authority !== '') fromBech32(params.authority)
  if (params.expiryS > 10n * YEAR_S) throw certificateErrors.invalidParams('expiry_s over 10 years')
  if (params.bookingDelayS > YEAR_S)
    throw certificateErrors.invalidParams('booking_delay_s over a year')
  if (params.efficiencyWindowS > 10n * YEAR_S) {
    throw certificateErrors.invalidParams('efficiency_window_s over 10 years')
  }
  if (params.maxLots > 1_000) throw certificateErrors.invalidParams('max_lots over 1,000')
  params.zones.forEach((zone, i) => {
    const before = params.zones[i - 1]
    if (zone.zone === '' || (before !== undefined && before.zone >= zone.zone)) {
      throw certificateErrors.invalidParams(
        `zones "${before?.zone}", "${zone.zone}" are not in order or repeat`,
      )
    }
    checkZone(zone)
  })
}

function checkZone(rules: ZoneParams): void {
  const wrong = (what: string): never => {
    throw certificateErrors.invalidParams(`zone ${rules.zone}: ${what}`)
  }
  if (rules.expiryS > 10n * YEAR_S) wrong('expiry_s over 10 years')
  if (rules.matchPolicy > 2) wrong(`match_policy ${rules.matchPolicy} is unknown`)
  if (rules.omGPerKwh > 5_000n || rules.bmGPerKwh > 5_000n) wrong('over 5,000 g a kWh')
  if (rules.omWeights.some(({ omPpm }) => omPpm > 1_000_000n)) wrong('a weight over one')
  const hours = rules.gridCfePermille.length
  if (hours !== 0 && hours !== 1 && hours !== 24) wrong(`${hours} grid_cfe_permille, not 1 or 24`)
  if (rules.gridCfePermille.some((share) => share > 1_000)) wrong('a grid_cfe_permille over one')
}
