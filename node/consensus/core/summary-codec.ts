import { CodecError } from '../../../proto/codec.ts'
import { EMPTY } from '../../chain/bytes.ts'
import { MAX_VALIDATORS } from '../../chain/codec.ts'
import { decodeCanonical, readFields, Writer } from '../../chain/wire.ts'
import { MAX_SUMMARY_ROUNDS, type RoundSummary, type Summary } from './news.ts'
import type { Step } from './types.ts'

const STEPS: readonly Step[] = ['newHeight', 'propose', 'prevote', 'precommit', 'commit']
const MAX_BYTES = MAX_SUMMARY_ROUNDS * (MAX_VALIDATORS / 4 + 64)

function packBits(bits: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8))
  bits.forEach((bit, i) => {
    if (bit) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7))
  })
  return bytes
}

function unpackBits(bytes: Uint8Array, count: number): boolean[] {
  return Array.from({ length: count }, (_, i) => ((bytes[i >> 3] ?? 0) >> (i & 7)) % 2 === 1)
}

function encodeRound(round: RoundSummary): Uint8Array {
  const flags = [round.proposal, round.prevoteQuorum, round.precommitQuorum]
  return new Writer()
    .varint(1, round.round)
    .bytes(2, packBits(flags))
    .varint(3, round.prevotes.length)
    .bytes(4, packBits(round.prevotes))
    .bytes(5, packBits(round.precommits))
    .finish()
}

/** Wire form of a summary: `{1 height, 2 round, 3 step, 4* {1 round, 2 flags, 3 count, 4 prevote bits, 5 precommit bits}}`. */
export function encodeSummary(summary: Summary): Uint8Array {
  const writer = new Writer()
    .varint(1, summary.height)
    .varint(2, summary.round)
    .varint(3, STEPS.indexOf(summary.step))
  for (const round of summary.rounds) writer.message(4, encodeRound(round))
  return writer.finish()
}

function readRound(path: string, data: Uint8Array): RoundSummary {
  let round = 0
  let flags = EMPTY
  let count = 0
  let prevotes = EMPTY
  let precommits = EMPTY
  readFields(path, data, (field, value) => {
    if (field === 1) round = value.int32()
    else if (field === 2) flags = value.bytes(1)
    else if (field === 3) count = value.uint32()
    else if (field === 4) prevotes = value.bytes(MAX_VALIDATORS / 8)
    else if (field === 5) precommits = value.bytes(MAX_VALIDATORS / 8)
    else return false
    return true
  })
  if (round < 0 || count > MAX_VALIDATORS) throw new CodecError(path, 'round or count out of range')
  const [proposal = false, prevoteQuorum = false, precommitQuorum = false] = unpackBits(flags, 3)
  return {
    round,
    proposal,
    prevotes: unpackBits(prevotes, count),
    precommits: unpackBits(precommits, count),
    prevoteQuorum,
    precommitQuorum,
  }
}

function readSummary(path: string, data: Uint8Array): Summary {
  let height = 0n
  let round = 0
  let step: Step | undefined = 'newHeight'
  const rounds: RoundSummary[] = []
  readFields(path, data, (field, value) => {
    if (field === 1) height = value.int64()
    else if (field === 2) round = value.int32()
    else if (field === 3) step = STEPS[value.uint32()]
    else if (field === 4 && rounds.length < MAX_SUMMARY_ROUNDS) {
      rounds.push(readRound(`${path}.rounds`, value.message()))
    } else return false
    return true
  })
  if (step === undefined || round < 0 || height < 0n) throw new CodecError(path, 'out of range')
  return { height, round, step, rounds }
}

/** Strict decoding of a summary from a peer; throws CodecError. Lengths of bit arrays are not trusted by `newsFor`. */
export function decodeSummary(data: Uint8Array): Summary {
  return decodeCanonical('Summary', data, MAX_BYTES, readSummary, encodeSummary)
}
