import { createHash } from 'node:crypto'
import { type ChainPosition, DeviceSigner } from '../../../cli/gateway/device-signer.ts'
import { buildTx, DEFAULT_FEE } from '../../../cli/gateway/tx-builder.ts'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { CHAIN, keyOf, type Member, type Report, ROGUE } from './cast.ts'
import type { LocalChain } from './local-chain.ts'

/** Blocks a stolen key waits before it is used. */
const PATIENCE = 30

/**
 * A byzantine gateway: it repeats what it overhears at once and long after, spoils bytes and signatures, carries what
 * others must carry, and uses a stolen key. All its choices follow from a hash of the height.
 */
export class Rogue {
  sent = 0
  readonly #chain: LocalChain
  readonly #accountNumber: bigint
  readonly #heard: SignedReading[] = []
  readonly #foreign: SignedReading[] = []
  readonly #stolen: { readonly signed: SignedReading; wait: number }[] = []
  #sequence = 0n

  constructor(chain: LocalChain, accountNumber: bigint) {
    this.#chain = chain
    this.#accountNumber = accountNumber
  }

  /** Hears a reading on its way. */
  overhear(signed: SignedReading, foreign: boolean): void {
    const list = foreign ? this.#foreign : this.#heard
    list.push(signed)
  }

  /** Signs another message of the same number with the device's own key. */
  steal(member: Member, report: Report, position: ChainPosition): void {
    const device = member.sheet.id
    const thief = new DeviceSigner({ chainId: CHAIN, device, key: keyOf(device), position })
    const signed = thief.sign({ ...report, exportMwh: report.exportMwh + 1_000_000n })
    this.#stolen.push({ signed, wait: PATIENCE })
  }

  /** One transaction a block, of whatever it likes. */
  async round(): Promise<void> {
    const draw = createHash('sha256').update(`rogue ${this.#chain.height}`).digest()
    const pick = (list: readonly SignedReading[], i: number): SignedReading[] => {
      const found = list[draw.readUInt32BE(i) % Math.max(list.length, 1)]
      return found === undefined ? [] : [found]
    }
    const readings = [
      ...this.#heard.slice(-2, -1),
      ...pick(this.#heard, 0),
      ...pick(this.#foreign, 4),
      ...pick(this.#heard, 8).map((one) => spoilt(one, draw)),
      ...this.#stolen.filter((one) => one.wait-- === 0).map(({ signed }) => signed),
    ]
    if (readings.length === 0) return
    const tx = buildTx({
      account: ROGUE,
      chainId: CHAIN,
      accountNumber: this.#accountNumber,
      sequence: this.#sequence,
      readings,
      fee: DEFAULT_FEE,
    })
    const { code, log } = await this.#chain.broadcast(tx.bytes)
    if (code !== 0) throw new Error(`the byzantine gateway was not heard: ${log}`)
    this.#sequence += 1n
    this.sent += readings.length
  }
}

/** One bit of message or signature turned. */
function spoilt({ message, signature }: SignedReading, draw: Buffer): SignedReading {
  const flip = (bytes: Uint8Array): Uint8Array => {
    const at = draw.readUInt16BE(12) % bytes.length
    return bytes.map((byte, i) => (i === at ? byte ^ 4 : byte))
  }
  return draw.readUInt8(16) % 2 === 0
    ? { message: flip(message), signature }
    : { message, signature: flip(signature) }
}
