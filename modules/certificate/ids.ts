import type { Table } from '../kit/collections.ts'
import type { ReadContext } from '../kit/context.ts'

/** The next id of a table that counts from 1 and forgets nothing. */
export function nextId<V>(ctx: ReadContext, table: Table<bigint, V>): bigint {
  for (const [id] of table.entries(ctx, { reverse: true })) return id + 1n
  return 1n
}
