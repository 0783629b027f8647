import {
  QuerySiteRequest,
  QuerySiteResponse,
  QueryZoneCapacityRequest,
  QueryZoneCapacityResponse,
} from '../../../proto/gen/strom/device/v1/query.ts'
import { stringKey } from '../../kit/keys.ts'
import { defineQuery } from '../../kit/module.ts'
import { paginate } from '../../kit/page.ts'
import { state } from '../state.ts'
import { SERVICE } from './service.ts'

/** Sums of the active devices of a zone, one row a kind. No rows for a zone without any. */
export const zoneCapacity = defineQuery({
  service: SERVICE,
  method: 'ZoneCapacity',
  request: QueryZoneCapacityRequest,
  response: QueryZoneCapacityResponse,
  handle(ctx, { zone }) {
    const rows = state.capacities.entries(ctx, { prefix: stringKey.encodePart(zone) })
    return { capacities: Array.from(rows, ([, row]) => row) }
  },
})

/** A site and a page of its devices in order of id. Throws sdk 38 when there is none. */
export const site = defineQuery({
  service: SERVICE,
  method: 'Site',
  request: QuerySiteRequest,
  response: QuerySiteResponse,
  handle(ctx, { id, pagination: asked }) {
    const found = state.sites.must(ctx, id)
    const prefix = stringKey.encodePart(id)
    const { items, pagination } = paginate(ctx, state.bySite, asked, { prefix }, ([, device]) =>
      state.devices.must(ctx, device),
    )
    return { site: found, devices: items, pagination }
  },
})
