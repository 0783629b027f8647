/** JSON whose numbers are kept as the text they were written in, so that no digit is lost to binary fractions. */
export type JsonText =
  | null
  | boolean
  | string
  | readonly JsonText[]
  | { readonly [key: string]: JsonText }

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Parses strict JSON; numbers come out as strings of their own digits. Undefined when the text is no JSON. */
export function parseJsonText(text: string): JsonText | undefined {
  try {
    // The first pass only checks: the rewriting below would let forms like 01 through.
    JSON.parse(text)
    return JSON.parse(
      text.replace(TOKEN, (token) => (token.startsWith('"') ? token : `"${token}"`)),
    ) as JsonText
  } catch {
    return undefined
  }
}

/** A way into JSON: `a.b.0.c`, `a['key.with.dots'].c` or both mixed. Undefined when it cannot be read. */
export function parsePath(text: string): readonly string[] | undefined {
  const steps: string[] = []
  const rest = text.trim()
  const step = /\.?([^.[\]'"\s]+)|\[\s*(?:'([^']*)'|"([^"]*)"|(\d+))\s*\]/y
  while (step.lastIndex < rest.length) {
    const match = step.exec(rest)
    if (match === null) return undefined
    steps.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '')
  }
  return steps
}

/** The value at a path, or undefined where a step is missing. */
export function pick(json: JsonText | undefined, path: readonly string[]): JsonText | undefined {
  let at = json
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Readonly<Record<string, JsonText>>)[step]
  }
  return at
}

/** The text at a path; undefined when it is missing or no text or number. */
export function pickText(json: JsonText | undefined, path: readonly string[]): string | undefined {
  const found = pick(json, path)
  return typeof found === 'string' ? found : undefined
}
