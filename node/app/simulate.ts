import { ChainError, sdkErrors } from '../../modules/kit/errors.ts'
import { TxMsgData } from '../../proto/gen/cosmos/base/abci/v1beta1/abci.ts'
import { SimulateRequest, SimulateResponse } from '../../proto/gen/cosmos/tx/v1beta1/service.ts'
import { AuthInfo, TxBody, TxRaw } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import type { AbciEvent } from '../abci/application.ts'
import { type HeightInfo, Layer } from './context.ts'
import { type Runner, runTx } from './deliver.ts'
import type { Tx } from './tx.ts'

/** Runs a transaction without signatures on a throwaway layer. Throws what the transaction's error is. */
export function simulate(
  runner: Runner,
  info: HeightInfo,
  base: Layer,
  tx: Tx,
): { readonly json: string; readonly proto: Uint8Array } {
  const result = runTx(runner, info, new Layer((name) => base.store(name)), tx, 'simulate')
  if (result.code !== 0) {
    const used = `With gas wanted: '${result.gasWanted}' and gas used: '${result.gasUsed}'`
    throw new ChainError(
      'sdk',
      6,
      `rpc error: code = Unknown desc = ${result.log} ${used}: unknown request`,
    )
  }
  const response = SimulateResponse.create({
    gasInfo: { gasWanted: result.gasWanted, gasUsed: result.gasUsed },
    result: {
      data: result.data,
      log: result.log,
      events: result.events.map(toProto),
      msgResponses: [...TxMsgData.decode(result.data).msgResponses],
    },
  })
  return {
    json: JSON.stringify(SimulateResponse.toJson(response)),
    proto: SimulateResponse.encode(response),
  }
}

/** The transaction bytes of a Simulate request: `tx_bytes`, or the older `tx` field, which CosmJS sends. */
export function simulatedTx(data: Uint8Array): Uint8Array {
  const { tx, txBytes } = SimulateRequest.decode(data)
  if (txBytes.length > 0) return txBytes
  if (tx === undefined) throw sdkErrors.invalidRequest('empty txBytes is not allowed')
  // Re-encoding is harmless here only because simulation checks no signature.
  return TxRaw.encode({
    bodyBytes: TxBody.encode(tx.body ?? TxBody.create()),
    authInfoBytes: AuthInfo.encode(tx.authInfo ?? AuthInfo.create()),
    signatures: tx.signatures,
  })
}

function toProto(event: AbciEvent): {
  type: string
  attributes: { key: string; value: string; index: boolean }[]
} {
  return { type: event.type, attributes: event.attributes.map((attribute) => ({ ...attribute })) }
}
