import * as q from '../../../proto/gen/cosmos/base/node/v1beta1/query.ts'
import { handler, type ServiceHandler } from './handler.ts'

const SERVICE = '/cosmos.base.node.v1beta1.Service'

/** `cosmos.base.node.v1beta1.Service`: what this node charges at least and how far it is. */
export const nodeService: readonly ServiceHandler[] = [
  handler(`${SERVICE}/Config`, q.ConfigRequest, q.ConfigResponse, (backend) =>
    q.ConfigResponse.create({ minimumGasPrice: backend.identity.minimumGasPrice }),
  ),
  handler(`${SERVICE}/Status`, q.StatusRequest, q.StatusResponse, ({ chain }) => {
    const meta = chain.meta(chain.latest())
    return {
      earliestStoreHeight: chain.earliest(),
      height: chain.latest(),
      timestamp: meta?.header.time,
      appHash: meta?.header.appHash ?? new Uint8Array(),
      validatorHash: meta?.header.nextValidatorsHash ?? new Uint8Array(),
    }
  }),
]
