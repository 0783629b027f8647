import { loadAccountKey } from './account.ts'
import { ChainClient } from './chain-client.ts'
import type { GatewayConfig } from './config.ts'
import type { GatewayLog, GatewayStats } from './gateway.ts'
import { Gateway } from './gateway.ts'
import { Intake } from './intake.ts'
import type { OperatorDuties } from './operator/duties.ts'
import { openDuties } from './operator/open.ts'
import { RpcClient } from './rpc-client.ts'
import { keepCalendar } from './sources/clock.ts'

/** Whatever brings readings: it submits to the gateway until it is through or `signal` aborts. */
export type ReadingSource = (gateway: Gateway, signal: AbortSignal) => Promise<void>

/**
 * Runs a gateway by its configuration until the source is through and everything it brought is on chain or refused, or
 * until `signal` aborts (what waits then stays in the queue for the next run). The `[[source]]` tables speak as long as
 * it runs; nothing is sent before the devices' numbers are compared with the chain's. Returns the final counts.
 */
export async function runGateway(
  config: GatewayConfig,
  options: { log: GatewayLog; source?: ReadingSource; signal: AbortSignal },
): Promise<GatewayStats> {
  keepCalendar(config.calendar)
  const { privkey } = loadAccountKey(config.accountKey)
  const gateway = new Gateway({
    queueFile: config.queue,
    chainId: config.chainId,
    rpcUrls: config.nodes,
    account: { privkey },
    log: options.log,
  })
  const aborted = new Promise<void>((resolve) => {
    if (options.signal.aborted) resolve()
    else options.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  let intake: Intake | undefined
  let duties: OperatorDuties | undefined
  try {
    if (config.sources.length > 0) {
      const chain = new ChainClient(new RpcClient(config.nodes))
      intake = await Intake.open(config, gateway, chain, options.log)
      await intake.start()
      options.log.info(describe(intake))
      if (!(await intake.verify(chain, options.signal))) return gateway.stats()
    }
    await gateway.start()
    if (intake !== undefined) {
      duties = openDuties(config, gateway, intake.instruments(), options.log)
      duties?.start()
    }
    options.log.info(`gateway ${gateway.address} carries readings to ${config.nodes.join(', ')}`)
    if (options.source === undefined) await aborted
    else {
      await options.source(gateway, options.signal)
      const drained = gateway.drained()
      drained.catch(() => undefined)
      await Promise.race([drained, aborted])
    }
    return gateway.stats()
  } finally {
    // Before the sources: it lets the battery go through them.
    await duties?.stop()
    await intake?.stop()
    await gateway.stop()
    await intake?.receipts.close()
  }
}

function describe(intake: Intake): string {
  const parts = intake.sources.map(
    (one) => `${one.name} (${one.kind}, class ${one.trustClass}, ${one.devices.length} devices)`,
  )
  return `sources: ${parts.join(', ')}`
}
