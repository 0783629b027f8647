import type { AbciEvent, ExecTxResult, FinalizeBlockResponse } from '../abci/application.ts'
import { decodeConsensusParams, encodeConsensusParams } from '../chain/params.ts'
import { ByteReader, ByteWriter } from './bytes.ts'

/** Stored form of what FinalizeBlock answered, for `/block_results`, the index and restarts. */
export function encodeResults(response: FinalizeBlockResponse): Uint8Array {
  const w = new ByteWriter()
  writeEvents(w, response.events)
  w.list(response.txResults, (result) => writeTxResult(w, result))
  w.list(response.validatorUpdates, (update) => w.bytes(update.pubKey).i64(update.power))
  const params = response.consensusParamUpdates
  w.list(params === undefined ? [] : [params], (value) => w.bytes(encodeConsensusParams(value)))
  return w.bytes(response.appHash).finish()
}

/** Reads `encodeResults`; throws BytesError. */
export function decodeResults(bytes: Uint8Array): FinalizeBlockResponse {
  const r = new ByteReader(bytes)
  const events = readEvents(r)
  const txResults = r.list(() => readTxResult(r))
  const validatorUpdates = r.list(() => ({ pubKey: r.bytes(), power: r.i64() }))
  const [params] = r.list(() => decodeConsensusParams(r.bytes()))
  const appHash = r.bytes()
  r.end()
  const base = { events, txResults, validatorUpdates, appHash }
  return params === undefined ? base : { ...base, consensusParamUpdates: params }
}

function writeTxResult(w: ByteWriter, result: ExecTxResult): void {
  w.u32(result.code).bytes(result.data).text(result.log).text(result.info)
  w.i64(result.gasWanted).i64(result.gasUsed)
  writeEvents(w, result.events)
  w.text(result.codespace)
}

function readTxResult(r: ByteReader): ExecTxResult {
  return {
    code: r.u32(),
    data: r.bytes(),
    log: r.text(),
    info: r.text(),
    gasWanted: r.i64(),
    gasUsed: r.i64(),
    events: readEvents(r),
    codespace: r.text(),
  }
}

function writeEvents(w: ByteWriter, events: readonly AbciEvent[]): void {
  w.list(events, (event) => {
    w.text(event.type)
    w.list(event.attributes, (a) =>
      w
        .text(a.key)
        .text(a.value)
        .u8(a.index ? 1 : 0),
    )
  })
}

function readEvents(r: ByteReader): AbciEvent[] {
  return r.list(() => ({
    type: r.text(),
    attributes: r.list(() => ({ key: r.text(), value: r.text(), index: r.u8() === 1 })),
  }))
}
