import type { ModuleEvent, MsgContext } from '../../modules/kit/context.ts'
import { ChainError, InvariantError } from '../../modules/kit/errors.ts'
import { gasMeter } from '../../modules/kit/gas.ts'
import type { AnyValue } from '../../proto/codec.ts'
import { TxMsgData } from '../../proto/gen/cosmos/base/abci/v1beta1/abci.ts'
import type { AbciEvent, ExecTxResult } from '../abci/application.ts'
import { type AnteDeps, type RunMode, runAnte } from './ante.ts'
import { type HeightInfo, Layer, txContext } from './context.ts'
import { abciEvents, failure, success } from './results.ts'
import type { Router } from './router.ts'
import { decodeMessage, type Tx, type TxMessage } from './tx.ts'

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
  const dispatch = (): Uint8Array => {
    throw new InvariantError('the ante chain dispatches no messages')
  }
  try {
    runAnte(runner.ante, txContext(info, anteLayer, anteEvents, gas, tx.hash, dispatch), tx, mode)
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
    const ctx = messageContext(runner, info, layer, collected, gas, tx)
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

function messageContext(
  runner: Runner,
  info: HeightInfo,
  layer: Layer,
  events: ModuleEvent[],
  gas: ReturnType<typeof gasMeter>,
  tx: Tx,
): MsgContext {
  const dispatch = (any: AnyValue): Uint8Array => {
    const inner = decodeMessage(any, runner.router)
    inner.definition.validate(inner.value)
    return inner.definition.response.encode(inner.definition.handle(ctx, inner.value))
  }
  const ctx = txContext(info, layer, events, gas, tx.hash, dispatch)
  return ctx
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

/**
 * A user's error passes as it is and an invariant stops the node. Anything else is a bug in a handler: as in the SDK it
 * becomes code 111222, so that one bad message cannot halt every validator; the text is not part of any hash.
 */
function recovered(error: unknown): ChainError {
  if (error instanceof ChainError) return error
  if (error instanceof Error && error.name === 'InvariantError') throw error
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new ChainError('undefined', 111222, `recovered: ${text}`)
}
