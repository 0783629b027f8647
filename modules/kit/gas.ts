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
  return {
    ...meteredReader(inner, meter),
    set(key, value) {
      meter.consume(
        COST.writeFlat + COST.writeByte * BigInt(key.length + value.length),
        'WritePerByte',
      )
      inner.set(key, value)
    },
    delete(key) {
      meter.consume(COST.delete, 'Delete')
      inner.delete(key)
    },
  }
}

/** A reader whose every access is paid from `meter`. */
export function meteredReader(inner: KVReader, meter: GasMeter): KVReader {
  return {
    get(key) {
      const value = inner.get(key)
      meter.consume(
        COST.readFlat + COST.readByte * BigInt(key.length + (value?.length ?? 0)),
        'ReadPerByte',
      )
      return value
    },
    has(key) {
      meter.consume(COST.has, 'Has')
      return inner.has(key)
    },
    *iterate(start, end, reverse): Iterable<Pair> {
      meter.consume(COST.next, 'IterNextFlat')
      for (const pair of inner.iterate(start, end, reverse)) {
        meter.consume(
          COST.next + COST.readByte * BigInt(pair[0].length + pair[1].length),
          'IterNextFlat',
        )
        yield pair
      }
    },
  }
}
