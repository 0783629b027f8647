import { ChainClient } from '../chain-client.ts'
import type { GatewayConfig } from '../config.ts'
import type { Gateway, GatewayLog } from '../gateway.ts'
import { RpcClient } from '../rpc-client.ts'
import { OperatorDuties } from './duties.ts'
import type { Instruments } from './instruments.ts'
import { OperatorChain } from './operator-chain.ts'
import { loadSeed } from './seed.ts'

/** The duties of the `[operator]` table, sent by the gateway's account; undefined when there is none. */
export function openDuties(
  config: GatewayConfig,
  gateway: Gateway,
  instruments: Instruments,
  log: GatewayLog,
): OperatorDuties | undefined {
  const { operator, nodes, chainId } = config
  if (operator === undefined) return undefined
  const chain = new ChainClient(new RpcClient(nodes))
  return new OperatorDuties({
    config: operator,
    chainId,
    chain: new OperatorChain(chain, operator.validator),
    address: gateway.address,
    send: (message) => gateway.send(message),
    seed: loadSeed(operator),
    instruments,
    log,
  })
}
