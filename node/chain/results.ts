import { merkleRoot } from './hash.ts'
import { Writer } from './wire.ts'

/** The deterministic part of a transaction result: what the next header's results hash covers. */
export interface DeterministicResult {
  readonly code: number
  readonly data: Uint8Array
  readonly gasWanted: bigint
  readonly gasUsed: bigint
}

/** `ExecTxResult` reduced to code, data, gas wanted and gas used; log, info, events and codespace are left out. */
export function encodeDeterministicResult(result: DeterministicResult): Uint8Array {
  return new Writer()
    .varint(1, result.code)
    .bytes(2, result.data)
    .varint(5, result.gasWanted)
    .varint(6, result.gasUsed)
    .finish()
}

/** `last_results_hash` of the next header: Merkle root over the results in transaction order. */
export function resultsHash(results: readonly DeterministicResult[]): Uint8Array {
  return merkleRoot(results.map(encodeDeterministicResult))
}
