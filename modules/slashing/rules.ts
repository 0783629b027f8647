import type { Params } from '../../proto/gen/cosmos/slashing/v1beta1/slashing.ts'
import { utf8Decode } from '../kit/bytes.ts'
import { type Dec, decQuo, decRaw, decRound, decTruncate } from '../kit/dec.ts'
import { divFloor } from '../kit/math.ts'
import type { Instant } from '../kit/time.ts'

const NANOS = 1_000_000_000n

/** The Dec behind the digits a parameter is stored as; undefined when they are none. */
export function readDec(digits: Uint8Array): Dec | undefined {
  // Bytes of a proposal may be anything: what is no text is no number either.
  if (digits.some((byte) => byte > 0x7f)) return undefined
  const text = utf8Decode(digits)
  return /^-?[0-9]{1,60}$/.test(text) ? decRaw(BigInt(text)) : undefined
}

/** Blocks of a window that may be missed: window less round(window x least share), halves to even. */
export function maxMissed(params: Params): bigint {
  const least = readDec(params.minSignedPerWindow) ?? decRaw(0n)
  return params.signedBlocksWindow - decRound((least * params.signedBlocksWindow) as Dec)
}

/** A time and a duration later. */
export function later(time: Instant, duration: Instant): Instant {
  const nanos = BigInt(time.nanos) + BigInt(duration.nanos)
  const carried = divFloor(nanos, NANOS)
  return {
    seconds: time.seconds + duration.seconds + carried,
    nanos: Number(nanos - carried * NANOS),
  }
}

/** Tokens that shares are worth: shares x tokens / all shares, halves to even, then cut; 0 when there are no shares. */
export function worthOf(shares: Dec, tokens: bigint, allShares: Dec): bigint {
  return allShares === 0n ? 0n : decTruncate(decQuo((shares * tokens) as Dec, allShares))
}
