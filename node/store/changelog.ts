import { ByteReader, ByteWriter } from './bytes.ts'

const DELETE = 0
const SET = 1

/**
 * The operations of one version in the order they were made: the shape of a tree depends on that order. Layout: number
 * of stores, their names; then per operation store index, kind, key and, for a set, value.
 */
export class ChangeLog {
  private readonly names: readonly string[]
  private readonly writer = new ByteWriter()
  private count = 0

  constructor(names: readonly string[]) {
    this.names = names
    this.clear()
  }

  get operations(): number {
    return this.count
  }

  set(store: number, key: Uint8Array, value: Uint8Array): void {
    this.count += 1
    this.writer.uvarint(store).uvarint(SET).bytes(key).bytes(value)
  }

  delete(store: number, key: Uint8Array): void {
    this.count += 1
    this.writer.uvarint(store).uvarint(DELETE).bytes(key)
  }

  clear(): void {
    this.count = 0
    this.writer.clear()
    this.writer.uvarint(this.names.length)
    for (const name of this.names) this.writer.text(name)
  }

  finish(): Uint8Array {
    return this.writer.finish()
  }
}

/** One operation of a changelog; `value` is undefined for a delete. */
export interface Change {
  readonly store: string
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/** Reads a changelog record in order. Throws RangeError when it is damaged. */
export function* readChanges(record: Uint8Array): Generator<Change, void, undefined> {
  const reader = new ByteReader(record)
  const names: string[] = []
  for (let left = reader.uvarint(); left > 0; left -= 1) names.push(reader.text())
  while (!reader.done) {
    const store = names[reader.uvarint()]
    const kind = reader.uvarint()
    if (store === undefined || kind > SET) throw new RangeError('unknown store or operation')
    const key = reader.bytes()
    yield { store, key, value: kind === SET ? reader.bytes() : undefined }
  }
}
