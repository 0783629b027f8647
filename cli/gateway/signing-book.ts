import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { BlockAnchor } from './device-signer.ts'
import { GatewayError } from './errors.ts'

/** A reading a device is about to sign, or has signed: everything its message is made of beside its place. */
export interface IntendedReading {
  readonly time: bigint
  readonly importMwh: bigint
  readonly exportMwh: bigint
  readonly socMwh?: bigint
  readonly status: bigint
  /** Kept, because the same bytes must be made again from it. */
  readonly anchor?: BlockAnchor
}

/** Where a device stands: the place before `reading`, and the reading that comes there. */
export interface BookEntry {
  readonly seq: bigint
  /** Identity of message `seq`, hex; empty before the first. */
  readonly hash: string
  /** Becomes message `seq + 1`; absent when the place was taken over from the queue or the chain. */
  readonly reading: IntendedReading | undefined
  /** Newest registers known, when there is no `reading`. */
  readonly last: IntendedReading | undefined
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * The little file that keeps devices from signing twice under one number: what a device will sign is written and synced
 * here before the message leaves this process. After a power cut the same bytes are made again from it. The file is
 * written anew whole (new file, sync, rename); entries that come meanwhile go together into the next writing.
 */
export class SigningBook {
  readonly #file: string
  readonly #chainId: string
  readonly #entries: Map<string, BookEntry>
  #waiters: Waiter[] = []
  #writing = false

  private constructor(file: string, chainId: string, entries: Map<string, BookEntry>) {
    this.#file = file
    this.#chainId = chainId
    this.#entries = entries
  }

  /** Reads the file; an absent one is empty. Throws `bad_config` for a damaged one, `wrong_chain` for another chain's. */
  static async open(file: string, chainId: string): Promise<SigningBook> {
    let text: string
    try {
      text = await readFile(file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return new SigningBook(file, chainId, new Map())
    }
    const { chain, entries } = parseBook(file, text)
    if (chain !== chainId) {
      throw new GatewayError(
        'wrong_chain',
        `${file} belongs to devices that sign for ${chain}, this gateway signs for ${chainId}; move it away if the devices are new on this chain`,
      )
    }
    return new SigningBook(file, chainId, entries)
  }

  /** The entry of a device. */
  get(device: string): BookEntry | undefined {
    return this.#entries.get(device)
  }

  /** Sets entries and resolves once they are durable. After a failed writing the old ones hold again. */
  async set(changes: ReadonlyMap<string, BookEntry>): Promise<void> {
    const before = [...changes.keys()].map((device) => [device, this.#entries.get(device)] as const)
    for (const [device, entry] of changes) this.#entries.set(device, entry)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiters.push({ resolve, reject })
        void this.#flush()
      })
    } catch (error) {
      for (const [device, entry] of before) {
        if (entry === undefined) this.#entries.delete(device)
        else this.#entries.set(device, entry)
      }
      throw error
    }
  }

  async #flush(): Promise<void> {
    if (this.#writing) return
    this.#writing = true
    while (this.#waiters.length > 0) {
      const waiters = this.#waiters
      this.#waiters = []
      try {
        await writeWhole(this.#file, renderBook(this.#chainId, this.#entries))
        for (const waiter of waiters) waiter.resolve()
      } catch (error) {
        for (const waiter of waiters) waiter.reject(error)
      }
    }
    this.#writing = false
  }
}

/** Replaces a file so that after a power cut the old or the new one is there, never a part. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const fresh = `${file}.new`
  const handle = await open(fresh, 'w', 0o600)
  try {
    await handle.writeFile(text, 'utf8')
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(fresh, file)
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

interface StoredReading {
  readonly time: string
  readonly import_mwh: string
  readonly export_mwh: string
  readonly soc_mwh?: string
  readonly status: string
  readonly anchor?: { readonly height: string; readonly hash: string }
}

interface StoredEntry {
  readonly seq: string
  readonly hash: string
  readonly reading?: StoredReading
  readonly last?: StoredReading
}

/** The text of a book; 64-bit values as decimal text. */
export function renderBook(chainId: string, entries: ReadonlyMap<string, BookEntry>): string {
  const devices: Record<string, StoredEntry> = {}
  for (const [device, entry] of entries) {
    devices[device] = {
      seq: entry.seq.toString(),
      hash: entry.hash,
      ...(entry.reading === undefined ? {} : { reading: storeReading(entry.reading) }),
      ...(entry.last === undefined ? {} : { last: storeReading(entry.last) }),
    }
  }
  return `${JSON.stringify({ chain_id: chainId, devices }, undefined, 1)}\n`
}

function parseBook(file: string, text: string): { chain: string; entries: Map<string, BookEntry> } {
  try {
    const json = JSON.parse(text) as { chain_id: string; devices: Record<string, StoredEntry> }
    const entries = new Map<string, BookEntry>()
    for (const [device, entry] of Object.entries(json.devices)) {
      entries.set(device, {
        seq: BigInt(entry.seq),
        hash: /^([0-9a-f]{64})?$/.exec(entry.hash)?.[0] ?? unreadable(),
        reading: entry.reading === undefined ? undefined : loadReading(entry.reading),
        last: entry.last === undefined ? undefined : loadReading(entry.last),
      })
    }
    return { chain: json.chain_id, entries }
  } catch (error) {
    throw new GatewayError(
      'bad_config',
      `${file} is damaged (${error instanceof Error ? error.message : String(error)}); restore it, or move it away: the devices' places are then read from queue and chain`,
    )
  }
}

function loadAnchor(stored: { readonly height: string; readonly hash: string }): BlockAnchor {
  const hash = /^[0-9a-f]{64}$/.exec(stored.hash)?.[0] ?? unreadable()
  return { height: BigInt(stored.height), hash }
}

function unreadable(): never {
  throw new Error('a hash is not 64 hex digits')
}

function storeReading(reading: IntendedReading): StoredReading {
  return {
    time: reading.time.toString(),
    import_mwh: reading.importMwh.toString(),
    export_mwh: reading.exportMwh.toString(),
    ...(reading.socMwh === undefined ? {} : { soc_mwh: reading.socMwh.toString() }),
    status: reading.status.toString(),
    ...(reading.anchor === undefined
      ? {}
      : { anchor: { height: reading.anchor.height.toString(), hash: reading.anchor.hash } }),
  }
}

function loadReading(stored: StoredReading): IntendedReading {
  return {
    time: BigInt(stored.time),
    importMwh: BigInt(stored.import_mwh),
    exportMwh: BigInt(stored.export_mwh),
    ...(stored.soc_mwh === undefined ? {} : { socMwh: BigInt(stored.soc_mwh) }),
    status: BigInt(stored.status),
    ...(stored.anchor === undefined ? {} : { anchor: loadAnchor(stored.anchor) }),
  }
}
