import type { JsonValue } from '../../proto/codec.ts'
import type { MessageCodec } from '../../proto/runtime/field.ts'
import { renderText, table } from '../table.ts'
import { cellText, type Names } from './format.ts'
import { readable } from './readable.ts'
import type { Row, View, Views } from './view.ts'
import { certificateViews } from './views/certificate.ts'
import { deviceViews } from './views/device.ts'
import { fleetViews } from './views/fleet.ts'
import { govViews } from './views/gov.ts'
import { meteringViews } from './views/metering.ts'
import { operatorViews } from './views/operator.ts'
import { stakeViews } from './views/stake.ts'

/** Views by path of the query; other answers are shown as they are. */
const VIEWS: Views = {
  ...stakeViews,
  ...govViews,
  ...operatorViews,
  ...deviceViews,
  ...meteringViews,
  ...certificateViews,
  ...fleetViews,
}

/** Whether the view of a query shows validators by their names. */
export function showsValidators(path: string): boolean {
  const view = viewOf(path)
  const columns = [...(view?.columns ?? []), ...(view?.and?.columns ?? [])]
  return columns.some(([, , format]) => format === 'validator')
}

/** The view of a query's answer; undefined when it is shown as it is. */
export function viewOf(path: string): View | undefined {
  return VIEWS[path]
}

/** Every query that has a view. */
export function viewedPaths(): readonly string[] {
  return Object.keys(VIEWS)
}

/** An answer in proto JSON as text for people: as the query's view wants it, else all of it. */
export function answerText(
  path: string,
  codec: MessageCodec<unknown>,
  answer: JsonValue,
  names?: Names,
): string {
  const view = viewOf(path)
  if (view === undefined) return renderText(readable(codec, answer))
  const listed = renderView(view, answer, names)
  if (view.rest !== true) return listed
  const rest = Object.entries(answer as { readonly [name: string]: JsonValue }).filter(
    ([name, value]) => ![view.list, view.and?.list, 'pagination'].includes(name) && value !== null,
  )
  return `${renderText(readable(codec, Object.fromEntries(rest)))}\n\n${listed}`
}

/** An answer in proto JSON as its view wants it. */
export function renderView(view: View, answer: unknown, names?: Names): string {
  const own = renderList(view, answer, names)
  return view.and === undefined ? own : `${own}\n\n${renderView(view.and, answer, names)}`.trimEnd()
}

function renderList(view: View, answer: unknown, names?: Names): string {
  const members = answer as { readonly [name: string]: unknown }
  const rows = (members[view.list] ?? []) as readonly Row[]
  if (rows.length === 0) return view.none
  const cells = rows.map((row) =>
    Object.fromEntries(
      view.columns.map(([title, path, format]) => [
        title,
        cellText(valueAt(row, path), format ?? 'plain', names),
      ]),
    ),
  )
  const next = (members['pagination'] as Row | null | undefined)?.['next_key']
  const more = typeof next === 'string' && next !== '' ? [`more: --page-key ${next}`] : []
  const below = view.below?.(rows) ?? []
  return [table(cells), ...(below.length > 0 ? ['', ...below] : []), ...more].join('\n')
}

/** The value at a path; of several paths separated by `|`, the first that leads somewhere. */
function valueAt(row: Row, path: string): unknown {
  for (const one of path.split('|')) {
    const value = one
      .split('.')
      .reduce<unknown>(
        (at, name) => (typeof at === 'object' && at !== null ? (at as Row)[name] : undefined),
        row,
      )
    if (value !== undefined && value !== null) return value
  }
  return undefined
}
