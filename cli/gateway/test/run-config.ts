/** Runs the gateway of the gateway.toml of its argument until it is killed. */
import { readGatewayConfig } from '../config.ts'
import { runGateway } from '../run.ts'

const say = (text: string): boolean => process.stderr.write(`${text}\n`)
await runGateway(readGatewayConfig(process.argv[2] ?? ''), {
  log: { info: say, warn: say },
  signal: new AbortController().signal,
})
