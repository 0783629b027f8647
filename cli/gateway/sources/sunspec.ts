import { GatewayError } from '../errors.ts'
import type { SourceKind } from './contract.ts'

/** Inverters, meters and batteries that speak SunSpec over Modbus TCP (sunspec.org model definitions). */
export const sunspecSource: SourceKind = {
  kind: 'sunspec',
  create(_table, where) {
    throw new GatewayError('bad_config', `${where}: sources of kind sunspec are not available`)
  },
}
