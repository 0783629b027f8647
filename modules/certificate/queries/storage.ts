import {
  QueryStorageRecordsRequest,
  QueryStorageRecordsResponse,
  QueryStorageSheetRequest,
  QueryStorageSheetResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import { StorageDirection } from '../../../proto/gen/strom/certificate/v1/state.ts'
import { stringKey } from '../../kit/keys.ts'
import { listQuery } from '../../kit/list-query.ts'
import { defineQuery } from '../../kit/module.ts'
import { efficiencyOf, sumOf } from '../sheet.ts'
import { state } from '../state.ts'
import { standingWh } from '../storage-records.ts'

const SERVICE = 'strom.certificate.v1.Query'

/** Charges and discharges of a battery in order of time, charge before discharge. */
export const storageRecords = listQuery({
  service: SERVICE,
  method: 'StorageRecords',
  request: QueryStorageRecordsRequest,
  response: QueryStorageRecordsResponse,
  table: state.storage,
  prefix: ({ device }) => stringKey.encodePart(device),
  answer: (records, pagination) => ({ records, pagination }),
})

/** The balance sheet of a battery. Throws sdk 38 when it never charged or discharged. */
export const storageSheet = defineQuery({
  service: SERVICE,
  method: 'StorageSheet',
  request: QueryStorageSheetRequest,
  response: QueryStorageSheetResponse,
  handle(ctx, { device }) {
    const sheet = state.sheets.must(ctx, device)
    let [pendingChargeWh, pendingDischargeWh] = [0n, 0n]
    for (const [, record] of state.storage.entries(ctx, { prefix: stringKey.encodePart(device) })) {
      if (record.booked) continue
      if (record.direction === StorageDirection.STORAGE_DIRECTION_CHARGE) {
        pendingChargeWh += standingWh(record)
      } else pendingDischargeWh += standingWh(record)
    }
    return {
      sheet,
      total: sumOf(sheet),
      efficiencyPpm: efficiencyOf(sheet),
      pendingChargeWh,
      pendingDischargeWh,
    }
  },
})
