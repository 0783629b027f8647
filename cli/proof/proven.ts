import { equalBytes } from '../../node/chain/bytes.ts'
import { verifyMembership } from '../../node/store/ics23.ts'
import { iavlSpec, tendermintSpec } from '../../node/store/ics23-spec.ts'
import type { ProofOp } from '../../node/store/prove.ts'
import { CommitmentProof } from '../../proto/gen/cosmos/ics23/v1/proofs.ts'
import type { Fields } from './comet-json.ts'
import { need } from './report.ts'

/** A stored value with the two steps that lead from it to an application hash: its store's tree, then the tree of stores. */
export interface Proven {
  /** What it is, for people: such as `certificate`. */
  readonly what: string
  readonly store: string
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly ops: readonly ProofOp[]
}

/** Reads an entry of the list of proofs. */
export function provenOf(json: Fields): Proven {
  json.only('what', 'store', 'key', 'value', 'proof')
  return {
    what: json.text('what'),
    store: json.text('store'),
    key: json.hex('key'),
    value: json.base64('value'),
    ops: json.list('proof').map((op) => {
      op.only('type', 'key', 'data')
      return { type: op.text('type'), key: op.hex('key'), data: op.base64('data') }
    }),
  }
}

/** The entry as it stands in a file. */
export function provenShape(proven: Proven): unknown {
  const { what, store, key, value, ops } = proven
  return {
    what,
    store,
    key: hex(key),
    value: base64(value),
    proof: ops.map(({ type, key: at, data }) => ({ type, key: hex(at), data: base64(data) })),
  }
}

/** Throws unless both proofs hold and lead to `appHash`. */
export function checkProven(proven: Proven, appHash: Uint8Array): void {
  const { what, store, key, value, ops } = proven
  const [inStore, inApp] = ops
  need(ops.length === 2 && inStore !== undefined && inApp !== undefined, `${what}: not two proofs`)
  const name = new TextEncoder().encode(store)
  need(
    inStore.type === 'ics23:iavl' && equalBytes(inStore.key, key),
    `${what}: the first proof is about another key`,
  )
  need(
    inApp.type === 'ics23:simple' && equalBytes(inApp.key, name),
    `${what}: the second proof is about another store`,
  )
  const root = rootIn(what, inApp)
  guarded(`${what}: the stored bytes do not lead to the root of store ${store}`, () => {
    canonical(inStore)
    verifyMembership(iavlSpec, root, inStore.data, key, value)
  })
  guarded(`${what}: the root of store ${store} does not lead to the application hash`, () => {
    canonical(inApp)
    verifyMembership(tendermintSpec, appHash, inApp.data, name, root)
  })
}

/** The store's root, which the second proof is about. */
function rootIn(what: string, op: ProofOp): Uint8Array {
  return guarded(`${what}: the second proof cannot be read`, () => {
    const { exist } = CommitmentProof.decode(op.data)
    need(exist !== undefined, 'it does not prove existence')
    return exist.value
  })
}

/** One spelling only, so that no byte of a proof can change unseen. */
function canonical(op: ProofOp): void {
  const again = CommitmentProof.encode(CommitmentProof.decode(op.data))
  need(equalBytes(again, op.data), 'the proof has bytes that mean nothing')
}

function guarded<T>(sentence: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Error(`${sentence} (${(error as Error).message})`)
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
