import { GatewayError } from '../errors.ts'
import type { SourceKind } from './contract.ts'

/** Chargers that connect over OCPP 1.6J or 2.0.1 and hand over signed meter values. */
export const ocppSource: SourceKind = {
  kind: 'ocpp',
  create(_table, where) {
    throw new GatewayError('bad_config', `${where}: sources of kind ocpp are not available`)
  },
}
