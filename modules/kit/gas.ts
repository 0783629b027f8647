import { sdkErrors } from './errors.ts'
import type { KVReader, KVStore, Pair } from './kv.ts'

/** Counts gas against a limit. Gas is a bigint so that no sum overflows. */
export interface GasMeter {
  readonly limit: bigint
  consumed(): bigint
  /** Throws sdk 11 `out of gas in location: …` when the limit is passed. */
  consume(amount: bigint, location: string): void
}

/** A meter with a limit; `infinite` counts without one (simulation, block phases). */
export function gasMeter(limit: bigint | 'infinite'): GasMeter {
  let used = 0n
  const bound = limit === 'infinite' ? (1n << 63n) - 1n : limit
  return {
    limit: bound,
    consumed: () => used,
    consume(amount, location) {
      used += amount
      if (used > bound) {
        throw sdkErrors.outOfGas(
          `out of gas in location: ${location}; gasWanted: ${bound}, gasUsed: ${used}`,
        )
      }
    },
  }
}

/** Costs of store access (Cosmos SDK KVGasConfig). */
const COST = {
  has: 1000n,
  delete: 1000n,
  readFlat: 1000n,
  readByte: 3n,
  writeFlat: 2000n,
  writeByte: 30n,
  next: 30n,
}

/** A store whose every access is paid from `meter`. */
export function meteredStore(inner: KVStore, meter: GasMeter): KVStore {
  return new MeteredStore(inner, meter)
}

/** A reader whose every access is paid from `meter`. */
export function meteredReader(inner: KVReader, meter: GasMeter): KVReader {
  return new MeteredReader(inner, meter)
}

// Classes, since one of these is made for every store a transaction touches.
class MeteredReader<Inner extends KVReader> implements KVReader {
  protected readonly inner: Inner
  protected readonly meter: GasMeter

  constructor(inner: Inner, meter: GasMeter) {
    this.inner = inner
    this.meter = meter
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.inner.get(key)
    this.meter.consume(
      COST.readFlat + COST.readByte * BigInt(key.length + (value?.length ?? 0)),
      'ReadPerByte',
    )
    return value
  }

  has(key: Uint8Array): boolean {
    this.meter.consume(COST.has, 'Has')
    return this.inner.has(key)
  }

  *iterate(start?: Uint8Array, end?: Uint8Array, reverse?: boolean): Iterable<Pair> {
    this.meter.consume(COST.next, 'IterNextFlat')
    for (const pair of this.inner.iterate(start, end, reverse)) {
      this.meter.consume(
        COST.next + COST.readByte * BigInt(pair[0].length + pair[1].length),
        'IterNextFlat',
      )
      yield pair
    }
  }
}

class MeteredStore extends MeteredReader<KVStore> implements KVStore {
  set(key: Uint8Array, value: Uint8Array): void {
    this.meter.consume(
      COST.writeFlat + COST.writeByte * BigInt(key.length + value.length),
      'WritePerByte',
    )
    this.inner.set(key, value)
  }

  delete(key: Uint8Array): void {
    this.meter.consume(COST.delete, 'Delete')
    this.inner.delete(key)
  }
}
