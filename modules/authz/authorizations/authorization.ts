import type { AnyValue } from '../../../proto/codec.ts'
import type { GasMeter } from '../../kit/gas.ts'

/** What becomes of an authorization that let a message pass: it stays, is narrowed, or is used up. */
export type Accepted =
  | { readonly kind: 'kept' }
  | { readonly kind: 'narrowed'; readonly to: AnyValue }
  | { readonly kind: 'spent' }

/** An opened authorization. */
export interface Authorization {
  /** Type URL of the only messages it is for. */
  readonly typeUrl: string
  /** Stateless checks. Throws ChainError. */
  check(): void
  /** Whether one message of that type may pass, which is already known to decode. Throws the reason why not. */
  accept(gas: GasMeter, message: AnyValue): Accepted
  /** The permission in a few words. */
  describe(): string
}

/** Gas of each list entry compared, as in the SDK. */
export const GAS_PER_ENTRY = 10n
