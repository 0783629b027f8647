import type { Decimal } from './decimal.ts'
import { parseDecimal } from './decimal.ts'
import type { Problems } from './problems.ts'

/** One data row; `line` counts from 1 with the header, as an editor shows it. */
export interface CsvRow {
  readonly line: number
  /** The cell of a column of the header, trimmed; empty when the row is short. */
  cell(column: string): string
}

/** A comma-separated file with a header; quotes are not part of any set read here. */
export interface CsvFile {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly CsvRow[]
}

/**
 * Splits a file into rows by its header. Blanks around commas, CRLF, quoted cells and a byte order mark are accepted;
 * blank lines are skipped. A row with more or fewer cells than the header is a problem with its line.
 */
export function readCsv(name: string, text: string, problems: Problems): CsvFile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const columns = splitRow(lines[0] ?? '')
  const index = new Map<string, number>()
  for (const [i, column] of columns.entries()) {
    if (index.has(column)) problems.add(name, 1, `column ${quote(column)} appears twice`)
    index.set(column, i)
  }
  const rows: CsvRow[] = []
  for (let i = 1; i < lines.length; i += 1) {
    const line = lines[i] ?? ''
    if (line.trim() === '') continue
    const cells = splitRow(line)
    if (cells.length !== columns.length) {
      const hint = cells.length > columns.length ? ' (a decimal comma? write 12.3)' : ''
      problems.add(
        name,
        i + 1,
        `${cells.length} cells where the header has ${columns.length}${hint}`,
      )
      continue
    }
    rows.push({
      line: i + 1,
      cell: (column) => {
        const at = index.get(column)
        return at === undefined ? '' : (cells[at] ?? '')
      },
    })
  }
  return { name, columns, rows }
}

/** Reads a cell as a decimal that is not negative; otherwise notes the problem and returns undefined. */
export function decimalCell(
  file: string,
  row: CsvRow,
  column: string,
  problems: Problems,
): Decimal | undefined {
  const text = row.cell(column)
  const value = parseDecimal(text)
  if (value === undefined) {
    problems.add(
      file,
      row.line,
      text === '' ? `${column} is empty` : `${column} ${quote(text)} is not a decimal number`,
    )
    return undefined
  }
  if (value.coef < 0n) {
    problems.add(file, row.line, `${column} ${quote(text)} is negative`)
    return undefined
  }
  return value
}

/** A cell as it is quoted in a message, shortened so that a binary file does not flood the terminal. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}

function splitRow(line: string): string[] {
  if (!line.includes('"')) return line.split(',').map((cell) => cell.trim())
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (const char of line) {
    if (char === '"') quoted = !quoted
    else if (char === ',' && !quoted) {
      cells.push(cell.trim())
      cell = ''
    } else cell += char
  }
  cells.push(cell.trim())
  return cells
}
