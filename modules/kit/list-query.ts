import type { Codec } from '../../proto/codec.ts'
import type { Table } from './collections.ts'
import type { QueryDef } from './module.ts'
import { type PageRequest, type PageResponse, paginate } from './page.ts'

/** What a query that lists a table has to say: `Q` and `R` are its messages, `K` and `V` the keys and rows of the table. */
export interface ListQuery<Q extends { readonly pagination: PageRequest | undefined }, R, K, V> {
  readonly service: string
  readonly method: string
  readonly request: Codec<Q>
  readonly response: Codec<R>
  readonly table: Table<K, V>
  /** Encoded leading key parts of the rows asked for. Without it, or where it answers undefined, all rows are listed. */
  prefix?(request: Q): Uint8Array | undefined
  /** Puts the rows under their field. `R` comes from `response` alone, so a field or row it does not have is refused. */
  answer(rows: V[], pagination: PageResponse): NoInfer<R>
}

/**
 * A query that answers one page of a table as it is stored, in key order. Pages, keys and errors are those of `paginate`;
 * a list that filters its rows, or makes them from something else, calls that itself.
 */
export function listQuery<Q extends { readonly pagination: PageRequest | undefined }, R, K, V>(
  list: ListQuery<Q, R, K, V>,
): QueryDef<Q, R> {
  const { service, method, request, response, table } = list
  return {
    service,
    method,
    request,
    response,
    handle(ctx, asked) {
      const prefix = list.prefix?.(asked)
      const scan = prefix === undefined ? {} : { prefix }
      const page = paginate(ctx, table, asked.pagination, scan, (_, row) => row)
      return list.answer(page.items, page.pagination)
    },
  }
}
