import { hash } from 'node:crypto'
import { TxResponse } from '../../../proto/gen/cosmos/base/abci/v1beta1/abci.ts'
import { AuthInfo, Tx, TxBody, TxRaw } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import type { CheckTxResponse, ExecTxResult } from '../../abci/application.ts'
import { formatTime } from '../../chain/time.ts'
import type { Time } from '../../chain/types.ts'
import type { TxPlace } from '../../index/rows.ts'
import type { RpcBackend } from '../backend.ts'
import { hex } from '../shapes.ts'
import { ServiceError } from './errors.ts'

/** Hash of a transaction as clients write it. */
export function txHash(tx: Uint8Array): string {
  return hex(hash('sha256', tx, 'buffer'))
}

/** A transaction from its wire bytes. Throws CodecError. */
export function decodeTx(bytes: Uint8Array): Tx {
  const raw = TxRaw.decode(bytes)
  return {
    body: TxBody.decode(raw.bodyBytes),
    authInfo: AuthInfo.decode(raw.authInfoBytes),
    signatures: raw.signatures,
  }
}

/** The transaction, or undefined when a proposer put bytes into the block that are none. */
export function decodeTxOrNone(bytes: Uint8Array): Tx | undefined {
  try {
    return decodeTx(bytes)
  } catch {
    return undefined
  }
}

/** A transaction with its result and the block it stands in. */
export interface FoundTx {
  readonly bytes: Uint8Array
  readonly tx: Tx | undefined
  readonly result: ExecTxResult
  readonly height: bigint
  readonly time: Time
}

/** Reads the transaction at a place of the index. Throws NotFound when its block is pruned. */
export function txAt(backend: RpcBackend, place: TxPlace): FoundTx {
  const block = backend.chain.block(place.height)
  const bytes = block?.txs[place.index]
  const result = backend.chain.results(place.height)?.txResults[place.index]
  if (block === undefined || bytes === undefined || result === undefined) {
    throw new ServiceError('NotFound', `the block of height ${place.height} is no longer stored`)
  }
  const { time } = block.header
  return { bytes, tx: decodeTxOrNone(bytes), result, height: place.height, time }
}

/** `tx_response` of an included transaction. */
export function includedResponse(found: FoundTx): TxResponse {
  const { result, tx } = found
  return TxResponse.create({
    height: found.height,
    txhash: txHash(found.bytes),
    codespace: result.codespace,
    code: result.code,
    data: hex(result.data),
    rawLog: result.log,
    info: result.info,
    gasWanted: result.gasWanted,
    gasUsed: result.gasUsed,
    tx: tx === undefined ? undefined : { typeUrl: Tx.typeUrl, value: Tx.encode(tx) },
    timestamp: formatTime({ seconds: found.time.seconds, nanos: 0 }),
    events: result.events.map(({ type, attributes }) => ({
      type,
      attributes: attributes.map((attribute) => ({ ...attribute })),
    })),
  })
}

/** `tx_response` right after broadcasting: nothing but the check's result. */
export function checkedResponse(bytes: Uint8Array, check: CheckTxResponse): TxResponse {
  return TxResponse.create({
    txhash: txHash(bytes),
    codespace: check.codespace,
    code: check.code,
    data: hex(check.data),
    rawLog: check.log,
  })
}

// Texts of the mempool's own refusals, and the SDK codes REST gives them.
const REFUSALS: readonly (readonly [text: string, code: number])[] = [
  ['tx already exists in cache', 19],
  ['mempool is full', 20],
  ['tx too large', 21],
]

/** `tx_response` of a transaction the mempool refused by itself; undefined for any other error. */
export function refusedResponse(bytes: Uint8Array, error: unknown): TxResponse | undefined {
  const text = error instanceof Error ? error.message : ''
  const found = REFUSALS.find(([known]) => text.startsWith(known))
  if (found === undefined) return undefined
  return TxResponse.create({
    txhash: txHash(bytes),
    codespace: 'sdk',
    code: found[1],
    rawLog: text,
  })
}
