import type { JsonValue } from '../../../proto/codec.ts'
import type { RpcBackend } from '../backend.ts'
import { internal } from '../errors.ts'
import type { Params } from '../params.ts'

/** One RPC method: parameter names in positional order, and the call. */
export interface Method {
  readonly params: readonly string[]
  call(backend: RpcBackend, params: Params): JsonValue | Promise<JsonValue>
}

/** The asked height or the latest. Throws the texts light clients match on. */
export function pickHeight(backend: RpcBackend, asked: bigint | undefined, ahead = 0n): bigint {
  const latest = backend.chain.latest()
  if (asked === undefined) return latest
  if (asked <= 0n) throw internal(`height must be greater than 0, but got ${asked}`)
  if (asked > latest + ahead) {
    throw internal(
      `height ${asked} must be less than or equal to the current blockchain height ${latest}`,
    )
  }
  const lowest = backend.chain.earliest()
  if (asked < lowest) throw internal(`height ${asked} is not available, lowest height is ${lowest}`)
  return asked
}

/** Page bounds: `page` from 1, `per_page` 30 by default and at most 100. Throws when the page does not exist. */
export function pageOf(
  page: bigint | undefined,
  perPage: bigint | undefined,
  total: number,
): { readonly from: number; readonly to: number } {
  const size = perPage === undefined || perPage < 1n ? 30 : Number(perPage > 100n ? 100n : perPage)
  const pages = Math.max(1, Math.ceil(total / size))
  const asked = page === undefined ? 1 : Number(page)
  if (asked <= 0 || asked > pages)
    throw internal(`page should be within [1, ${pages}] range, given ${asked}`)
  return { from: (asked - 1) * size, to: Math.min(total, asked * size) }
}
