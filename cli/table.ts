/** A number, perhaps signed, with a fraction or a percent sign; or an empty cell. */
const NUMBER = /^([+-]?\d+(\.\d+)?( %)?)?$/

type Fields = { readonly [name: string]: unknown }

/** A value of JSON kinds as text for people: an aligned table for a list of objects, else `key: value` lines. */
export function renderText(value: unknown): string {
  if (!isFields(value)) return Array.isArray(value) ? list(value) : scalar(value)
  const lists = Object.entries(value).filter(([, member]) => isRows(member))
  const others = Object.entries(value).filter(([, member]) => !isRows(member))
  const parts: string[] = []
  const rest = others.filter(([name, member]) => name !== 'pagination' || hasMore(member))
  if (rest.length > 0) parts.push(fields(Object.fromEntries(rest), ''))
  for (const [name, member] of lists) {
    const body = table(member as Fields[])
    parts.push(lists.length + rest.length > 1 ? `${name}:\n${body}` : body)
  }
  return parts.filter((part) => part !== '').join('\n')
}

/** Columns aligned with two spaces between them; numbers are right-aligned. */
export function table(rows: readonly Fields[]): string {
  const flatRows = rows.map((row) => flat(row))
  const all = [...new Set(flatRows.flatMap((row) => Object.keys(row)))]
  // A column without a single value says nothing, unless all are so.
  const filled = all.filter((name) => flatRows.some((row) => (row[name] ?? '') !== ''))
  const names = filled.length === 0 ? all : filled
  const cells = flatRows.map((values) => {
    return names.map((name) => values[name] ?? '')
  })
  const numeric = names.map((_, i) => cells.every((row) => NUMBER.test(row[i] ?? '')))
  const widths = names.map((name, i) =>
    Math.max(name.length, ...cells.map((row) => (row[i] ?? '').length)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) =>
        numeric[i] ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number),
      )
      .join('  ')
      .trimEnd()
  return [line(names), ...cells.map(line)].join('\n')
}

function list(values: readonly unknown[]): string {
  return isRows(values) ? table(values as Fields[]) : values.map(scalar).join('\n')
}

/** Nested objects as indented blocks, as people read configuration. */
function fields(value: Fields, indent: string): string {
  const width = Math.max(0, ...Object.keys(value).map((name) => name.length))
  return Object.entries(value)
    .map(([name, member]) => {
      if (isRows(member)) {
        const body = table(member as Fields[]).replace(/^/gm, `${indent}  `)
        return `${indent}${name}:\n${body}`
      }
      if (isFields(member) && Object.keys(member).length > 0) {
        return `${indent}${name}:\n${fields(member, `${indent}  `)}`
      }
      return `${indent}${`${name}:`.padEnd(width + 1)} ${scalar(member)}`.trimEnd()
    })
    .join('\n')
}

function flat(row: Fields, prefix = ''): { [name: string]: string } {
  const cells: { [name: string]: string } = {}
  for (const [name, member] of Object.entries(row)) {
    if (isFields(member)) Object.assign(cells, flat(member, `${prefix}${name}.`))
    else cells[`${prefix}${name}`] = scalar(member)
  }
  return cells
}

function scalar(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map((one) => oneLine(one)).join(',')
  return oneLine(value)
}

function oneLine(value: unknown): string {
  if (isFields(value)) {
    const { amount, denom } = value
    return typeof amount === 'string' && typeof denom === 'string'
      ? `${amount}${denom}`
      : JSON.stringify(value)
  }
  return String(value ?? '')
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRows(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isFields)
}

/** Page information is worth a line only when there is a next page. */
function hasMore(value: unknown): boolean {
  return isFields(value) && value['next_key'] !== null && value['next_key'] !== ''
}
