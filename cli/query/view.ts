import type { CellFormat } from './format.ts'

/** One column: its heading, the path of its value in a row, how it is written. */
export type Column = readonly [title: string, path: string, format?: CellFormat]

/** How the answer of a query is shown to people: the list in it as a table, and lines below. */
export interface View {
  /** Member of the answer that holds the rows. */
  readonly list: string
  readonly columns: readonly Column[]
  /** What is said when there are no rows. */
  readonly none: string
  /** Whether the other members of the answer stand above the table. */
  readonly rest?: true
  /** Lines below the table, from its rows. */
  readonly below?: (rows: readonly Row[]) => readonly string[]
  /** A second list of the same answer, shown below. */
  readonly and?: View
}

/** Views by path of the query. */
export type Views = Readonly<Record<string, View>>

/** One entry of a list in proto JSON. */
export type Row = { readonly [name: string]: unknown }
