/** A run of numbered watt-hours, both ends included. */
export interface Span {
  readonly first: bigint
  readonly last: bigint
}

/** How many watt-hours a span holds. */
export function sizeOf(span: Span): bigint {
  return span.last - span.first + 1n
}

/** What is left of `whole` on either side once `part` is cut out. Throws RangeError unless `part` lies inside. */
export function cut(whole: Span, part: Span): readonly Span[] {
  if (part.first > part.last || part.first < whole.first || part.last > whole.last) {
    throw new RangeError(`${part.first}-${part.last} is no part of ${whole.first}-${whole.last}`)
  }
  const rest: Span[] = []
  if (part.first > whole.first) rest.push({ first: whole.first, last: part.first - 1n })
  if (part.last < whole.last) rest.push({ first: part.last + 1n, last: whole.last })
  return rest
}

/** What keeps the spans, in order, from covering 1 to `quantity` exactly once; undefined when nothing does. */
export function gapIn(spans: Iterable<Span>, quantity: bigint): string | undefined {
  let next = 1n
  for (const span of spans) {
    if (span.first !== next) return `a range begins at ${span.first}, ${next} was expected`
    if (span.last < span.first) return `range ${span.first}-${span.last} is empty`
    next = span.last + 1n
  }
  return next === quantity + 1n ? undefined : `ranges end at ${next - 1n} of ${quantity}`
}
