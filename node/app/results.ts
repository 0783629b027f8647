import type { ModuleEvent } from '../../modules/kit/context.ts'
import { ChainError } from '../../modules/kit/errors.ts'
import type { AbciEvent, ExecTxResult } from '../abci/application.ts'

const NO_BYTES = new Uint8Array()

/** Events in their wire form; every attribute is indexed, as explorers and relayers search by any of them. */
export function abciEvents(
  events: readonly ModuleEvent[],
  extra?: readonly [string, string],
): AbciEvent[] {
  return events.map((event) => ({
    type: event.type,
    attributes: (extra === undefined ? event.attributes : [...event.attributes, extra]).map(
      ([key, value]) => ({
        key,
        value,
        index: true,
      }),
    ),
  }))
}

/** The result of a transaction that failed: code and text of the error, events of the ante chain only. */
export function failure(
  error: unknown,
  gasWanted: bigint,
  gasUsed: bigint,
  events: readonly AbciEvent[],
  prefix = '',
): ExecTxResult {
  if (!(error instanceof ChainError)) throw error
  return {
    code: error.code,
    codespace: error.codespace,
    log: `${prefix}${error.message}`,
    data: NO_BYTES,
    info: '',
    gasWanted,
    gasUsed,
    events,
  }
}

/** The result of a transaction whose every message succeeded. */
export function success(
  data: Uint8Array,
  gasWanted: bigint,
  gasUsed: bigint,
  events: readonly AbciEvent[],
): ExecTxResult {
  return { code: 0, codespace: '', log: '', data, info: '', gasWanted, gasUsed, events }
}
