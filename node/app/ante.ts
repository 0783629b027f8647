import type { AuthApi } from '../../modules/auth/api.ts'
import type { BankApi } from '../../modules/bank/api.ts'
import type { FeegrantApi } from '../../modules/feegrant/api.ts'
import { fieldAddress, fromBech32, toBech32 } from '../../modules/kit/address.ts'
import { equalBytes, utf8Encode } from '../../modules/kit/bytes.ts'
import { type Coin, formatCoins, parseCoin, parseCoins } from '../../modules/kit/coin.ts'
import { ChainError, sdkErrors } from '../../modules/kit/errors.ts'
import type { Params } from '../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import { checkSignatures } from './ante-signatures.ts'
import { toBase64 } from './base64.ts'
import type { PaidContext } from './context.ts'
import { type Tx, validateMessages } from './tx.ts'

/** How a transaction is being run; fees below the node's own minimum are refused in `check` only. */
export type RunMode = 'check' | 'recheck' | 'simulate' | 'deliver'

/** What the ante chain needs of the app. */
export interface AnteDeps {
  readonly auth: AuthApi
  readonly bank: BankApi
  readonly feegrant: FeegrantApi
  /** The node's minimum gas prices as (denom, price x 10^18 per gas); empty accepts any fee. */
  readonly minGasPrices: readonly { readonly denom: string; readonly price: bigint }[]
}

const DEC = 10n ** 18n
const FEE_COLLECTOR = 'fee_collector'
/** What wallets add after they simulated: gas of taking a fee; bytes of a fee, of a signature with its mode, of a key. */
const ADDED_LATER = { feeGas: 16_700n, feeBytes: 40n, signatureBytes: 68n, keyBytes: 48n } as const

/** Every check before the messages, in the SDK's order; what it writes stays even when a message fails. Throws ChainError. */
export function runAnte(deps: AnteDeps, ctx: PaidContext, tx: Tx, mode: RunMode): void {
  if (tx.body.extensionOptions.length > 0) {
    throw sdkErrors.unknownExtensionOptions(
      `extension options are not supported: ${tx.body.extensionOptions[0]?.typeUrl}`,
    )
  }
  const params = deps.auth.params(ctx)
  validateTx(tx, mode)
  if (mode !== 'recheck') validateMessages(tx)
  const timeout = tx.body.timeoutHeight
  if (timeout > 0n && ctx.height > timeout) {
    throw sdkErrors.txTimeoutHeight(`block height: ${ctx.height}, timeout height: ${timeout}`)
  }
  // The SDK says characters and counts bytes.
  const memo = BigInt(utf8Encode(tx.body.memo).length)
  if (memo > params.maxMemoCharacters) {
    throw sdkErrors.memoTooLarge(
      `maximum number of characters is ${params.maxMemoCharacters} but received ${memo} characters`,
    )
  }
  ctx.gas.consume(params.txSizeCostPerByte * BigInt(tx.bytes.length), 'txSize')
  if (mode === 'simulate') ctx.gas.consume(addedLater(tx, params), 'fee and signatures to come')
  deductFee(deps, ctx, tx, mode)
  checkSignatures({ auth: deps.auth, params }, ctx, tx, mode)
  tx.signers.forEach((signer, i) => {
    ctx.emit({
      type: 'tx',
      attributes: [['acc_seq', `${signer}/${tx.authInfo.signerInfos[i]?.sequence ?? 0n}`]],
    })
  })
  for (const signature of tx.raw.signatures) {
    ctx.emit({ type: 'tx', attributes: [['signature', toBase64(signature)]] })
  }
}

/** Gas of what a simulated transaction has not got yet. Without it wallets would ask for too little and run out of gas. */
function addedLater(tx: Tx, { txSizeCostPerByte }: Params): bigint {
  let bytes = 0n
  tx.signers.forEach((_, i) => {
    if ((tx.raw.signatures[i]?.length ?? 0) === 0) bytes += ADDED_LATER.signatureBytes
    if (tx.authInfo.signerInfos[i]?.publicKey === undefined) bytes += ADDED_LATER.keyBytes
  })
  if ((tx.authInfo.fee?.amount.length ?? 0) > 0) return bytes * txSizeCostPerByte
  return (bytes + ADDED_LATER.feeBytes) * txSizeCostPerByte + ADDED_LATER.feeGas
}

function validateTx(tx: Tx, mode: RunMode): void {
  if (tx.authInfo.fee === undefined) throw sdkErrors.insufficientFee('the transaction has no fee')
  if (tx.authInfo.fee.gasLimit >= 1n << 63n)
    throw sdkErrors.invalidRequest('invalid gas supplied; more than 2^63-1')
  if (tx.raw.signatures.length === 0 && mode !== 'simulate') throw sdkErrors.noSignatures()
  if (tx.raw.signatures.length !== tx.signers.length && mode !== 'simulate') {
    throw sdkErrors.unauthorized(
      `wrong number of signers; expected ${tx.signers.length}, got ${tx.raw.signatures.length}`,
    )
  }
}

function deductFee(deps: AnteDeps, ctx: PaidContext, tx: Tx, mode: RunMode): void {
  const fee = tx.authInfo.fee
  const offered = (fee?.amount ?? []).map(parseCoin)
  // Wallets write `0ustrom` at a gas price of 0. As in the SDK a fee of zeros pays nothing, and is no malformed list.
  const coins = offered.every(({ amount }) => amount === 0n) ? [] : parseCoins(fee?.amount ?? [])
  if (mode === 'check' || mode === 'recheck') requireMinimum(deps, coins, fee?.gasLimit ?? 0n)
  const payer = feeSource(deps, ctx, tx, coins)
  const paidBy = fee?.granter === '' ? tx.feePayer : toBech32(payer)
  if (deps.auth.account(ctx, payer) === undefined) {
    throw sdkErrors.unknownAddress(`fee payer address: ${paidBy} does not exist`)
  }
  if (coins.length > 0) deps.bank.sendToModule(ctx, payer, FEE_COLLECTOR, coins)
  ctx.emit({
    type: 'tx',
    attributes: [
      ['fee', formatCoins(offered)],
      ['fee_payer', paidBy],
    ],
  })
}

/** The account the fee is taken from: the payer's, or that of a granter who allows it. */
function feeSource(
  { feegrant }: AnteDeps,
  ctx: PaidContext,
  tx: Tx,
  fee: readonly Coin[],
): Uint8Array {
  const payer = fromBech32(tx.feePayer)
  const named = tx.authInfo.fee?.granter ?? ''
  if (named === '') return payer
  const granter = fieldAddress(named, 'fee granter')
  if (equalBytes(granter, payer)) return payer
  try {
    feegrant.use(
      ctx,
      granter,
      payer,
      fee,
      tx.messages.map(({ any }) => any.typeUrl),
    )
  } catch (error) {
    if (!(error instanceof ChainError)) throw error
    const what = `${named} does not allow to pay fees for ${tx.feePayer}`
    throw new ChainError(error.codespace, error.code, `${what}: ${error.message}`)
  }
  return granter
}

function requireMinimum(deps: AnteDeps, coins: readonly Coin[], gas: bigint): void {
  if (deps.minGasPrices.length === 0) return
  // Rounded up: a fee never buys gas below the price asked.
  const required = deps.minGasPrices.map(({ denom, price }) => ({
    denom,
    amount: (price * gas + DEC - 1n) / DEC,
  }))
  const enough = required.some(({ denom, amount }) => {
    const offered = coins.find((coin) => coin.denom === denom)?.amount ?? 0n
    return offered >= amount
  })
  if (!enough) {
    throw sdkErrors.insufficientFee(
      `insufficient fees; got: ${formatCoins(coins)} required: ${formatCoins(required)}`,
    )
  }
}
