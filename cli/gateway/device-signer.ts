import { createHash, sign } from 'node:crypto'
import type { SignedReading } from '../../proto/gen/strom/metering/v1/reading.ts'
import { DeviceMessage } from '../../proto/gen/strom/metering/v1/reading.ts'
import type { DeviceKey } from './device-keys.ts'

/** A block a message names to show that it was not signed before it: the hash is that of its BlockID, hex. */
export interface BlockAnchor {
  readonly height: bigint
  readonly hash: string
}

/** The registers of a device at one moment: unix seconds and cumulative mWh. */
export interface RegisterReading {
  readonly time: bigint
  readonly importMwh: bigint
  readonly exportMwh: bigint
  readonly socMwh?: bigint
  readonly status: bigint
  readonly anchor?: BlockAnchor
}

/** Where a device's chain of messages stands: the next message has `seq + 1` and `prev_hash = hash`. */
export interface ChainPosition {
  readonly seq: bigint
  /** Identity of the last message; empty before the first. */
  readonly hash: Uint8Array
}

/** sha256 of the signed bytes: what a reading is known by, whichever S its signature has. */
export function identityOf(message: Uint8Array): Uint8Array {
  return createHash('sha256').update(message).digest()
}

/**
 * What a secure element in a meter does: numbers its messages from 1, links each to the one before and signs the
 * canonical protobuf bytes with SHA-256 ECDSA (64 bytes r||s; S is left as it comes, the chain takes either).
 */
export class DeviceSigner {
  readonly device: string
  readonly context: string
  readonly chainId: string
  readonly key: DeviceKey
  #position: ChainPosition

  /** `position` continues an earlier chain of messages; without it the next message is the first. */
  constructor(options: {
    chainId: string
    device: string
    key: DeviceKey
    context?: string
    position?: ChainPosition
  }) {
    this.chainId = options.chainId
    this.device = options.device
    this.context = options.context ?? 'main'
    this.key = options.key
    this.#position = options.position ?? { seq: 0n, hash: new Uint8Array(0) }
  }

  /** 33-byte compressed P-256 point. */
  get publicKey(): Uint8Array {
    return this.key.publicKey
  }

  /** The last message made. */
  get position(): ChainPosition {
    return this.#position
  }

  /** Signs the next message. The signature's bytes differ from call to call; its identity does not. */
  sign(reading: RegisterReading): SignedReading {
    const message = this.advance(reading)
    const signature = sign('sha256', message, {
      key: this.key.privateKey,
      dsaEncoding: 'ieee-p1363',
    })
    return { message, signature }
  }

  /** Moves past a message that was sent in an earlier run without signing it again; returns its signed bytes. */
  advance(reading: RegisterReading): Uint8Array {
    const seq = this.#position.seq + 1n
    const message = DeviceMessage.encode({
      chainId: this.chainId,
      device: this.device,
      context: this.context,
      seq,
      time: reading.time,
      importMwh: reading.importMwh,
      exportMwh: reading.exportMwh,
      socMwh: reading.socMwh,
      status: Number(reading.status),
      anchor:
        reading.anchor === undefined
          ? undefined
          : { height: reading.anchor.height, hash: Buffer.from(reading.anchor.hash, 'hex') },
      prevHash: this.#position.hash,
    })
    this.#position = { seq, hash: identityOf(message) }
    return message
  }
}
