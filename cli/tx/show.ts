import { sdkErrors } from '../../modules/kit/errors.ts'
import type { IncludedTx } from '../client.ts'
import { CliError, EXIT } from '../errors.ts'
import { emit } from '../output.ts'
import { renderText } from '../table.ts'

/** Prints a transaction that is in a block: the node's answer as JSON, the outcome as text. */
export function showIncluded(tx: IncludedTx): void {
  emit(tx.raw, renderText(outcome(tx)))
}

/** The outcome of a transaction as `strom tx …` prints it. */
export function outcome(tx: IncludedTx): { [name: string]: unknown } {
  return {
    txhash: tx.hash,
    height: tx.height.toString(),
    code: tx.code,
    ...(tx.code === 0 ? {} : { codespace: tx.codespace, raw_log: tx.log }),
    gas_wanted: tx.gasWanted.toString(),
    gas_used: tx.gasUsed.toString(),
  }
}

/** The error of a transaction a node refused (exit 3) or a block holds as failed (exit 4). */
export function txError(
  exit: 3 | 4,
  code: number,
  codespace: string,
  log: string,
  extra: { txhash: string; height?: string },
): CliError {
  const where = exit === EXIT.rejected ? 'refused by the node' : `failed in block ${extra.height}`
  return new CliError(exit, nameOf(code, codespace), `${where}: ${log}`, {
    code,
    codespace,
    hint: hintOf(code, codespace, log),
    extra,
  })
}

/**
 * The error of a simulation that failed: the node wraps it, so its kind is read from the text (exit 3). Where that says
 * nothing, the module of the first message tells where to look.
 */
export function simulationError(error: CliError, module = ''): CliError {
  const log = error.message.replace(
    / With gas wanted: '\d+' and gas used: '\d+': unknown request$/,
    '',
  )
  const known = Object.values(sdkErrors)
    .map((make) => make())
    .find((one) => log === one.message || log.endsWith(`: ${one.message}`))
  const code = known?.code ?? error.details.code ?? 1
  const codespace = known?.codespace ?? error.details.codespace ?? 'undefined'
  const name = known === undefined ? 'would_fail' : nameOf(code, codespace)
  const hint = hintOf(code, codespace, log) ?? BY_MODULE[module]
  // One message is the rule here: that it is number 0 tells people nothing.
  const why = log.replace(/^failed to execute message; message index: 0: /, '')
  return new CliError(EXIT.rejected, name, `it would fail: ${why}`, { code, codespace, hint })
}

/** `insufficient_funds` for sdk 5; `bank_5` for codes of modules. */
function nameOf(code: number, codespace: string): string {
  if (codespace !== 'sdk') return `${codespace}_${code}`
  const known = Object.entries(sdkErrors).find(([, make]) => make().code === code)?.[0]
  return known === undefined
    ? `sdk_${code}`
    : known.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Where to look when a module of the energy side refuses. */
const BY_MODULE: Readonly<Record<string, string>> = {
  staking:
    'see validators and delegations: strom query staking validators, strom query staking delegations ADDRESS',
  slashing: 'see how the validator stands, and until when it is jailed: strom validator status',
  distribution: 'see what waits: strom query distribution rewards ADDRESS',
  gov: 'see where proposals stand: strom query gov proposals; the rules: strom query gov params',
  operator:
    'see how the validator stands, and what is missing: strom validator status, strom validator create',
  authz: 'see what was granted: strom query authz grants GRANTER GRANTEE',
  feegrant: 'see what was granted: strom query feegrant grants-by-grantee ADDRESS',
  upgrade: 'see what is planned: strom query upgrade plan',
  device:
    'see what holds of it: strom device show ID (devices), strom query device gateway ADDRESS',
  metering: 'see where the device stands: strom device account ID, strom device refusals ID',
  certificate: 'see what there is and who holds it: strom cert show DEVICE INTERVAL-START',
  fleet: 'see where the batch stands: strom query fleet batch ID',
}

/** What to do about the codes people meet. */
function hintOf(code: number, codespace: string, log: string): string | undefined {
  if (codespace !== 'sdk') return BY_MODULE[codespace]
  switch (code) {
    case 5:
      return 'see what the account has: strom query bank balances ADDRESS'
    case 11:
      return 'give more gas: --gas auto --gas-adjustment 1.5'
    case 13: {
      const required = /required: ([^:\s]+)/.exec(log)?.[1]
      return `pay a fee: --fees ${required ?? '5000ustrom'}`
    }
    case 19:
      return 'it waits already: strom query wait-tx HASH'
    case 20:
      return 'the mempool is full: try again after the next block'
    case 32:
      return 'another transaction of the account came in between: try again'
    default:
      return undefined
  }
}
