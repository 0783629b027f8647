/** What a JSON value looks like to a client: its names, and how each value is written. */
export type Shape =
  | 'int'
  | 'dec'
  | 'bool'
  | 'text'
  | 'time'
  | 'duration'
  | 'base64'
  | 'number'
  | 'any'
  | RegExp
  | null
  | { readonly [name: string]: Shape }
  | { readonly list: Shape; readonly least: number }

/** A list of at least `least` elements of one shape. */
export const list = (shape: Shape, least = 1): Shape => ({ list: shape, least })

const WRITTEN: { readonly [kind: string]: RegExp } = {
  // 64-bit integers and amounts are texts of digits.
  int: /^-?\d+$/,
  // Decimals have exactly 18 digits behind the point.
  dec: /^-?\d+\.\d{18}$/,
  text: /^/,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  duration: /^\d+(\.\d+)?s$/,
  base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
}

/** Where a value differs from a shape, as `path: what`; empty when it does not. Names must be exactly those of the shape. */
export function differences(value: unknown, shape: Shape, path = '$'): string[] {
  const told = `${path}: ${JSON.stringify(value)?.slice(0, 120)}`
  if (shape === 'any') return value === undefined ? [told] : []
  if (shape === null) return value === null ? [] : [told]
  if (shape === 'bool') return typeof value === 'boolean' ? [] : [told]
  if (shape === 'number') return typeof value === 'number' ? [] : [told]
  if (shape instanceof RegExp) return typeof value === 'string' && shape.test(value) ? [] : [told]
  if (typeof shape === 'string') {
    const written = WRITTEN[shape]
    return typeof value === 'string' && written?.test(value) === true ? [] : [`${told} (${shape})`]
  }
  if ('list' in shape && 'least' in shape) return listDifferences(value, shape, path)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [told]
  const names = new Set([...Object.keys(value), ...Object.keys(shape)])
  return [...names].sort().flatMap((name) => {
    const inner = shape[name]
    if (inner === undefined) return [`${path}.${name}: not expected`]
    return differences((value as Record<string, unknown>)[name], inner, `${path}.${name}`)
  })
}

function listDifferences(value: unknown, shape: Shape, path: string): string[] {
  const { list: element, least } = shape as { readonly list: Shape; readonly least: number }
  if (!Array.isArray(value)) return [`${path}: no list`]
  if (value.length < least) return [`${path}: ${value.length} elements`]
  return value.flatMap((one, i) => differences(one, element, `${path}[${i}]`))
}
