import type { AuthApi } from '../../modules/auth/api.ts'
import type { ReadContext } from '../../modules/kit/context.ts'
import type { DeclaredSignature } from '../../modules/kit/crypto.ts'
import { ChainError } from '../../modules/kit/errors.ts'
import { declaredSignatures } from './ante-signatures.ts'
import type { Tx } from './tx.ts'
import type { Verdicts } from './verdicts.ts'

/** Computes verdicts before they are asked for. What it misses is computed when asked: only speed depends on it. */
export interface AheadVerifier {
  /** Account signatures of transactions about to be checked. */
  account(txs: readonly Tx[], auth: AuthApi, ctx: ReadContext): Promise<void>
  /** Device signatures of a transaction that passed its check; not awaited. */
  devices(tx: Tx, ctx: ReadContext): void
  /** All signatures of a block about to be executed. */
  block(txs: readonly (Tx | undefined)[], auth: AuthApi, ctx: ReadContext): Promise<void>
  close(): Promise<void>
}

/** Verifies on the main thread, when asked: right where every core already runs a node. */
export function inlineAhead(_verdicts: Verdicts): AheadVerifier {
  return {
    account: async () => undefined,
    devices: () => undefined,
    block: async () => undefined,
    close: async () => undefined,
  }
}

/** Signatures of a transaction as far as the committed state can tell them. */
export function signaturesOf(tx: Tx, auth: AuthApi, ctx: ReadContext): DeclaredSignature[] {
  try {
    return [...declaredSignatures(auth, ctx, tx), ...deviceSignatures(tx, ctx)]
  } catch (error) {
    // A malformed key or address gets its error when the transaction runs.
    if (error instanceof ChainError) return []
    throw error
  }
}

/** Device signatures inside the messages of a transaction. */
export function deviceSignatures(tx: Tx, ctx: ReadContext): DeclaredSignature[] {
  return tx.messages.flatMap(({ definition, value }) => [
    ...(definition.signatures?.(ctx, value) ?? []),
  ])
}
