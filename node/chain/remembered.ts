/**
 * A pure function that remembers its result for each object as long as the object lives. Only for objects that never change:
 * blocks, headers, ids and sets of this room never do. A result is shared, so it must not be changed either.
 */
export function remembered<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found.value
    const value = compute(key)
    known.set(key, { value })
    return value
  }
}
