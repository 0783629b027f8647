import type { ModuleEvent } from '../../modules/kit/context.ts'
import { gasMeter } from '../../modules/kit/gas.ts'
import type { AnyValue } from '../../proto/codec.ts'
import { TxMsgData } from '../../proto/gen/cosmos/base/abci/v1beta1/abci.ts'
import type { AbciEvent, ExecTxResult } from '../abci/application.ts'
import { type AnteDeps, type RunMode, runAnte } from './ante.ts'
import { type HeightInfo, Layer, txContext } from './context.ts'
import { messageContext } from './inner.ts'
import { recovered } from './recover.ts'
import { abciEvents, failure, success } from './results.ts'
import type { Router } from './router.ts'
import type { Tx, TxMessage } from './tx.ts'

/** What running a transaction needs of the app. */
export interface Runner {
  readonly router: Router
  readonly ante: AnteDeps
}

/**
 * Runs a decoded transaction over `base`: the ante chain's writes stay when it passes, the messages' only when all
 * succeed. User errors become the result; InvariantError passes through and stops the node.
 */
export function runTx(
  runner: Runner,
  info: HeightInfo,
  base: Layer,
  tx: Tx,
  mode: RunMode,
): ExecTxResult {
  const wanted = tx.authInfo.fee?.gasLimit ?? 0n
  const gas = gasMeter(mode === 'simulate' ? 'infinite' : wanted)
  const anteLayer = new Layer((name) => base.store(name))
  const anteEvents: ModuleEvent[] = []
  try {
    runAnte(runner.ante, txContext(info, anteLayer, anteEvents, gas, tx.hash), tx, mode)
  } catch (error) {
    return failure(recovered(error), wanted, gas.consumed(), [])
  }
  anteLayer.write()
  // The mempool asks a recheck for its code only.
  const done = mode === 'recheck' ? [] : abciEvents(anteEvents)
  if (mode === 'check' || mode === 'recheck')
    return success(new Uint8Array(), wanted, gas.consumed(), done)

  const layer = new Layer((name) => base.store(name))
  const responses: AnyValue[] = []
  const events: AbciEvent[] = []
  for (const [index, message] of tx.messages.entries()) {
    const collected: ModuleEvent[] = []
    const ctx = messageContext(runner.router, info, layer, collected, {
      gas,
      txHash: tx.hash,
    })
    try {
      const response = message.definition.handle(ctx, message.value)
      const codec = message.definition.response
      responses.push({ typeUrl: codec.typeUrl, value: codec.encode(response) })
    } catch (error) {
      const prefix = `failed to execute message; message index: ${index}: `
      return failure(recovered(error), wanted, gas.consumed(), done, prefix)
    }
    events.push(
      ...abciEvents([actionEvent(message), ...collected], ['msg_index', index.toString()]),
    )
  }
  layer.write()
  const data = TxMsgData.encode(TxMsgData.create({ msgResponses: responses }))
  return success(data, wanted, gas.consumed(), [...done, ...events])
}

function actionEvent(message: TxMessage): ModuleEvent {
  const sender = message.definition.signers(message.value)[0] ?? ''
  // `cosmos.bank.v1beta1.MsgSend` belongs to `bank`, `strom.metering.v1.…` to `metering`.
  const module = message.definition.codec.typeName.split('.')[1] ?? ''
  return {
    type: 'message',
    attributes: [
      ['action', message.any.typeUrl],
      ['sender', sender],
      ['module', module],
    ],
  }
}
