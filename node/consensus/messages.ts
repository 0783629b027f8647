import { type ConsensusMessage, decodeMessage, encodeMessage } from '../chain/messages.ts'
import { ByteReader, BytesError, ByteWriter } from './bytes.ts'
import type { Summary } from './core/news.ts'
import { decodeSummary, encodeSummary } from './core/summary-codec.ts'

/** What a peer has of the present height, so that others can send what it lacks. */
export interface RoundStatus {
  /** Proposals, votes and quorums, in the core's words. */
  readonly summary: Summary
  /** Blocks it collects: part-set hash and a bit for each part it has. */
  readonly blocks: readonly { readonly partsHash: Uint8Array; readonly has: Uint8Array }[]
}

/** The heights a node stores. */
export interface NodeStatus {
  readonly base: bigint
  readonly height: bigint
}

/** Everything nodes say to each other outside requests. */
export type PeerMessage =
  | { readonly type: 'consensus'; readonly message: ConsensusMessage }
  | { readonly type: 'roundStatus'; readonly status: RoundStatus }
  | { readonly type: 'nodeStatus'; readonly status: NodeStatus }

const TYPE = { consensus: 1, roundStatus: 2, nodeStatus: 3 } as const

/** One byte of type, then CometBFT's bytes for votes, proposals and parts, our own for the two status messages. */
export function encodePeerMessage(message: PeerMessage): Uint8Array {
  const w = new ByteWriter()
  switch (message.type) {
    case 'consensus':
      return w.u8(TYPE.consensus).raw(encodeMessage(message.message)).finish()
    case 'roundStatus': {
      const { summary, blocks } = message.status
      w.u8(TYPE.roundStatus).bytes(encodeSummary(summary))
      w.list(blocks, (entry) => w.bytes(entry.partsHash).bytes(entry.has))
      return w.finish()
    }
    case 'nodeStatus':
      return w.u8(TYPE.nodeStatus).i64(message.status.base).i64(message.status.height).finish()
  }
}

/** Throws BytesError or CodecError on anything malformed. Signatures are not checked. */
export function decodePeerMessage(bytes: Uint8Array): PeerMessage {
  const r = new ByteReader(bytes)
  switch (r.u8()) {
    case TYPE.consensus:
      return { type: 'consensus', message: decodeMessage(bytes.subarray(1)) }
    case TYPE.roundStatus: {
      const summary = decodeSummary(r.bytes())
      const blocks = r.list(() => ({ partsHash: r.bytes(), has: r.bytes() }))
      r.end()
      return { type: 'roundStatus', status: { summary, blocks } }
    }
    case TYPE.nodeStatus: {
      const status = { base: r.i64(), height: r.i64() }
      r.end()
      return { type: 'nodeStatus', status }
    }
    default:
      throw new BytesError('unknown message type')
  }
}

/** A bit per entry that is present, lowest bit first. */
export function bitsOf(present: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array((present.length + 7) >> 3)
  present.forEach((has, i) => {
    if (has) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  })
  return bits
}

/** Whether bit `index` is set; bits beyond the end are not. */
export function hasBit(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1
}
