/** What a register counts, as far as its OBIS code tells. */
export interface Obis {
  /** A-B:C.D.E*F read as hexadecimal, as the makers of this format write them; null where left out. */
  readonly a: number
  readonly b: number | null
  readonly c: number | null
  readonly d: number | null
  readonly e: number | null
  readonly f: number | null
  /** Import flows to the consumer (C = 1, 98, 9E, B0 to B3), export from it (C = 2, C0 to C3). */
  readonly direction: 'import' | 'export' | null
  /**
   * total: a register of the meter's whole life, never falling. transaction: starts again with each charging.
   * tariff: one tariff's share of a total. other: power, intervals, reactive energy, durations, codes cut short.
   */
  readonly kind: 'total' | 'transaction' | 'tariff' | 'other'
}

const FORM =
  /^([0-9a-f]{1,2})-([0-9a-f]{1,2})(?::([0-9a-f]{1,2})(?:\.([0-9a-f]{1,2})(?:\.([0-9a-f]{1,2})(?:[.*&]([0-9a-f]{1,3}))?)?)?)?$/

const SHORT = /^([0-9a-f]{1,2})\.([0-9a-f]{1,2})\.([0-9a-f]{1,2})(?:[.*&]([0-9a-f]{1,3}))?$/

/** F of a register's present value: none, 0, FF, or 200 and 255 written in decimal. Others are past or special. */
const PRESENT: readonly (number | null)[] = [null, 0, 0xff, 0x200, 0x255]

/**
 * Reads an OBIS code such as `1-0:1.8.0`, `01-00:B2.08.00*FF`, `1-b:1.8.e` or `1.8.0`. One cut short, `1-b`, is read
 * too but counts as no billing register. Undefined on anything else.
 */
export function parseObis(text: string): Obis | undefined {
  const trimmed = text.trim().toLowerCase()
  const long = FORM.exec(trimmed)
  const short = SHORT.exec(trimmed)
  const parts = long?.slice(1) ?? (short === null ? undefined : ['1', undefined, ...short.slice(1)])
  if (parts === undefined) return undefined
  const [a = 0, b, c, d, e, f] = parts.map((part) => (part === undefined ? null : hex(part)))
  const code = { a: a ?? 0, b: b ?? null, c: c ?? null, d: d ?? null, e: e ?? null, f: f ?? null }
  const direction = directionOf(code.c)
  return { ...code, direction, kind: kindOf(code, direction) }
}

/** Whether two codes name one register; missing parts count as missing, not as zero. */
export function sameRegister(one: Obis, other: Obis): boolean {
  const { a, b, c, d, e, f } = one
  const present = (value: number | null): number | null => (PRESENT.includes(value) ? null : value)
  const same = a === other.a && b === other.b && c === other.c && d === other.d
  return same && e === other.e && present(f) === present(other.f)
}

/** Whether a charge may be billed by this register: energy, counted up, of a known direction. */
export function isBillable(obis: Obis): boolean {
  return obis.kind !== 'other'
}

function directionOf(c: number | null): 'import' | 'export' | null {
  if (c === null) return null
  if (c === 1 || c === 0x98 || c === 0x9e || (c >= 0xb0 && c <= 0xb3)) return 'import'
  return c === 2 || (c >= 0xc0 && c <= 0xc3) ? 'export' : null
}

function kindOf(
  {
    a,
    c,
    d,
    e,
    f,
  }: { a: number; c: number | null; d: number | null; e: number | null; f: number | null },
  direction: 'import' | 'export' | null,
): Obis['kind'] {
  if (a !== 1 || d !== 8 || c === null || direction === null) return 'other'
  const perTransaction = [0x98, 0x9e, 0xb2, 0xb3, 0xc2, 0xc3].includes(c)
  if (perTransaction || !PRESENT.includes(f)) return 'transaction'
  // `e` stands for "any tariff" in the format's own early examples.
  return e === null || e === 0 || e === 0xe ? 'total' : 'tariff'
}

function hex(text: string): number {
  return Number.parseInt(text, 16)
}
