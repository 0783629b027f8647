import type { Device } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  QueryBalanceSheetRequest,
  QueryBalanceSheetResponse,
  QueryConsumptionHashRequest,
  QueryConsumptionHashResponse,
  QuerySiteBalanceRequest,
  QuerySiteBalanceResponse,
} from '../../../proto/gen/strom/metering/v1/query.ts'
import { TickPhase } from '../../../proto/gen/strom/metering/v1/tick.ts'
import type { ReadContext } from '../../kit/context.ts'
import { sdkErrors } from '../../kit/errors.ts'
import { divFloor } from '../../kit/math.ts'
import { defineQuery, type QueryDef } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { TICK_SECONDS } from '../../kit/units.ts'
import { type FirmLink, linkHash, linkOfDevice, siteLinks } from '../links.ts'
import { sheetKinds, sheetRow } from '../sheet.ts'
import { siteBalance } from '../site.ts'
import { state } from '../state.ts'
import type { EnergyNeeds } from '../work.ts'
import { checkTick, checkTicks, registered } from './ticks.ts'

const SERVICE = 'strom.metering.v1.Query'
/** Devices of a site that one call looks at, and ticks of devices. */
const MAX_DEVICES = 500
const MAX_DEVICE_TICKS = 20_000n

/** Balance of a site. Throws sdk 18 on bad bounds, sdk 38 when no device belongs to the site. */
export function siteBalanceQuery(
  needs: EnergyNeeds,
): QueryDef<QuerySiteBalanceRequest, QuerySiteBalanceResponse> {
  return defineQuery({
    service: SERVICE,
    method: 'SiteBalance',
    request: QuerySiteBalanceRequest,
    response: QuerySiteBalanceResponse,
    handle(ctx, { site, from, to }) {
      checkTicks(from, to)
      const devices = devicesOf(needs, ctx, site)
      const each = divFloor(MAX_DEVICE_TICKS, BigInt(devices.length))
      if (divFloor(to - from, TICK_SECONDS) > each) {
        throw sdkErrors.invalidRequest(
          `site ${site} has ${devices.length} devices: ask for at most ${each} ticks at once`,
        )
      }
      return siteBalance(ctx, needs.device, devices, from, to)
    },
  })
}

/** Balance sheet of a zone and tick by pages of devices that report. Throws sdk 18 when tick is none. */
export function balanceSheet(
  needs: EnergyNeeds,
): QueryDef<QueryBalanceSheetRequest, QueryBalanceSheetResponse> {
  return defineQuery({
    service: SERVICE,
    method: 'BalanceSheet',
    request: QueryBalanceSheetRequest,
    response: QueryBalanceSheetResponse,
    handle(ctx, request) {
      checkTick('tick', request.tick)
      const { items, pagination } = paginate(
        ctx,
        state.states,
        request.pagination,
        {},
        (_, found) => {
          const device = needs.device.get(ctx, found.device)
          return device?.zone === request.zone ? device : undefined
        },
      )
      const devices = items.map((device) => sheetRow(ctx, device, request.tick))
      return { devices, kinds: sheetKinds(devices), pagination }
    },
  })
}

/**
 * Consumption hash with what it is computed from. Throws sdk 18 unless one of device and site is named, sdk 38 when there is
 * no such device or site, or the device has no two readings around the tick.
 */
export function consumptionHash(
  needs: EnergyNeeds,
): QueryDef<QueryConsumptionHashRequest, QueryConsumptionHashResponse> {
  return defineQuery({
    service: SERVICE,
    method: 'ConsumptionHash',
    request: QueryConsumptionHashRequest,
    response: QueryConsumptionHashResponse,
    handle(ctx, { device, site, tick }) {
      checkTick('tick', tick)
      if ((device === '') === (site === '')) {
        throw sdkErrors.invalidRequest('either a device or a site is needed')
      }
      if (site !== '') {
        const { root, links, missing } = siteLinks(ctx, devicesOf(needs, ctx, site), tick)
        return { ...answer(root, links), missing }
      }
      const found = linkOfDevice(ctx, registered(needs, ctx, device), tick)
      if (found === undefined) {
        throw sdkErrors.notFound(`${device} has no two readings around tick ${tick} yet`)
      }
      return { ...answer(linkHash(ctx.hasher, found.link), [found]), missing: [] }
    },
  })
}

function answer(hash: Uint8Array, found: readonly FirmLink[]) {
  const phases = found.map(({ phase }) => phase)
  const phase = phases.sort((a, b) => a - b)[0] ?? TickPhase.TICK_PHASE_UNSPECIFIED
  return { hash, links: found.map(({ link }) => link), phase }
}

function devicesOf(needs: EnergyNeeds, ctx: ReadContext, site: string): readonly Device[] {
  const devices = site === '' ? [] : needs.device.ofSite(ctx, site, MAX_DEVICES + 1)
  if (devices.length === 0) throw sdkErrors.notFound(`no device belongs to site "${site}"`)
  if (devices.length <= MAX_DEVICES) return devices
  throw sdkErrors.invalidRequest(`site ${site} has more than ${MAX_DEVICES} devices`)
}
