import { describeCoins } from '../../modules/kit/coin.ts'
import { parseGasPrices } from '../../node/config.ts'
import { SimulateRequest, SimulateResponse } from '../../proto/gen/cosmos/tx/v1beta1/service.ts'
import { Fee, TxBody, TxRaw } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { parseAmounts } from '../amount.ts'
import type { NodeClient } from '../client.ts'
import { positiveNumber, wholeNumber } from '../common.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import type { TxOptions } from './options.ts'
import { simulationError } from './show.ts'
import { type Draft, signerInfo, txBytes } from './sign.ts'

/** Gas where nothing can be simulated, as the SDK's default. */
const DEFAULT_GAS = 200_000n
/** Bytes of a secp256k1 signature: a transaction pays for its size. */
const SIGNATURE_BYTES = 64
const PRICE_UNIT = 10n ** 18n
const PPM = 1_000_000n

/** Whether the gas limit is to be simulated. */
export function wantsSimulation(options: TxOptions): boolean {
  if (options.offline === true) {
    if (options.gas === 'auto')
      throw usageError('--gas auto needs a node', 'give --gas a number with --offline')
    return false
  }
  return options.gas === 'auto' || (options.gas === undefined && options.generateOnly !== true)
}

/** Who a simulation is for. */
export interface Simulated {
  readonly pubkey: Uint8Array
  readonly sequence: bigint
}

/** Gas the node says the transaction uses, without a signature being checked. */
export async function simulateGas(
  client: NodeClient,
  draft: Draft,
  options: TxOptions,
  who: Simulated,
): Promise<bigint> {
  const unsigned = {
    ...draft,
    // Moving a fee costs gas as well, so one of the right denomination is part of what is simulated.
    fee: feeFor(options, gasLimit(options.gas === 'auto' ? {} : options, undefined)),
    signerInfos: [signerInfo(who.pubkey, 'direct', who.sequence)],
    signatures: [new Uint8Array(SIGNATURE_BYTES)],
  }
  return await simulateBytes(client, txBytes(unsigned))
}

/** Gas of transaction bytes. A transaction that would fail throws exit 3. */
export async function simulateBytes(client: NodeClient, bytes: Uint8Array): Promise<bigint> {
  const path = '/cosmos.tx.v1beta1.Service/Simulate'
  const request = SimulateRequest.create({ txBytes: bytes })
  try {
    const answer = await client.query(path, SimulateRequest, SimulateResponse, request)
    return answer.gasInfo?.gasUsed ?? 0n
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode === EXIT.unreachable) throw error
    throw simulationError(error, moduleOf(bytes))
  }
}

/** The module of the first message: `staking` of `/cosmos.staking.v1beta1.MsgDelegate`. */
function moduleOf(bytes: Uint8Array): string {
  const [first] = TxBody.decode(TxRaw.decode(bytes).bodyBytes).messages
  return first?.typeUrl.split('.').at(-3) ?? ''
}

/** The gas limit: given, or simulated with its margin, rounded up. */
export function gasLimit(options: TxOptions, simulated: bigint | undefined): bigint {
  if (simulated === undefined) {
    return options.gas === undefined ? DEFAULT_GAS : wholeNumber(options.gas, '--gas')
  }
  const factor = positiveNumber(options.gasAdjustment ?? '1.25', '--gas-adjustment')
  const ppm = BigInt(Math.round(factor * Number(PPM)))
  return (simulated * ppm + PPM - 1n) / PPM
}

/** The fee of a gas limit by `--fees` or `--gas-prices`, rounded up; none when neither is given. */
export function feeFor(options: TxOptions, gas: bigint): Fee {
  if (options.fees !== undefined && options.gasPrices !== undefined) {
    throw usageError('--fees and --gas-prices are two ways to say one thing: give one')
  }
  const coins =
    options.gasPrices === undefined
      ? parseAmounts(options.fees ?? '')
      : parseGasPrices(options.gasPrices)
          .map(({ denom, price }) => ({
            denom,
            amount: (price * gas + PRICE_UNIT - 1n) / PRICE_UNIT,
          }))
          .sort((a, b) => (a.denom < b.denom ? -1 : 1))
  const amount = coins.map((coin) => ({ denom: coin.denom, amount: coin.amount.toString() }))
  return Fee.create({ amount, gasLimit: gas, granter: options.feeGranter ?? '' })
}

/** `fee 0.005 STROM, gas limit 92,000`. */
export function describeFee(fee: Fee): string {
  const grouped = fee.gasLimit.toString().replace(/\B(?=(\d{3})+$)/g, ',')
  const payer = fee.granter === '' ? '' : ` paid by ${fee.granter}`
  return `fee ${describeCoins(fee.amount)}${payer}, gas limit ${grouped}`
}
