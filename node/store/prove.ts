import { InvariantError } from '../../modules/kit/errors.ts'
import type { ExistenceProof, InnerOp } from '../../proto/gen/cosmos/ics23/v1/proofs.ts'
import {
  CommitmentProof,
  HashOp,
  LengthOp,
  NonExistenceProof,
} from '../../proto/gen/cosmos/ics23/v1/proofs.ts'
import { concat } from './bytes.ts'
import { merklePath, simpleMapLeaves, sortedNames } from './merkle.ts'
import type { Nodes } from './nodes.ts'
import { TreeCursor } from './scan.ts'

/** One proof operator of `abci_query`: type, key and protobuf bytes of a CommitmentProof. */
export interface ProofOp {
  readonly type: string
  readonly key: Uint8Array
  readonly data: Uint8Array
}

const LENGTH_32 = Uint8Array.of(32)
const NOTHING = new Uint8Array(0)

/** Proves presence or absence of `key` in the tree below `root`: operator `ics23:iavl`. */
export function proveIavl(
  nodes: Nodes,
  root: number,
  key: Uint8Array,
): { value: Uint8Array | undefined; op: ProofOp } {
  const at = firstLeaf(nodes, root, key, false)
  const present = at !== 0 && nodes.arena.compare(key, nodes.key[at] as number) === 0
  const left = present ? 0 : firstLeaf(nodes, root, key, true)
  const neighbour = (leaf: number): ExistenceProof | undefined =>
    leaf === 0 ? undefined : existence(nodes, root, leaf)
  const proof = CommitmentProof.create(
    present
      ? { exist: existence(nodes, root, at) }
      : {
          nonexist: NonExistenceProof.create({ key, left: neighbour(left), right: neighbour(at) }),
        },
  )
  return {
    value: present ? nodes.arena.copy(nodes.left[at] as number) : undefined,
    op: { type: 'ics23:iavl', key, data: CommitmentProof.encode(proof) },
  }
}

/** Proves a store's root in the simple map of all stores: operator `ics23:simple`. */
export function proveStore(storeHashes: ReadonlyMap<string, Uint8Array>, name: string): ProofOp {
  const value = storeHashes.get(name)
  if (value === undefined) throw new InvariantError(`there is no store "${name}"`)
  const key = new TextEncoder().encode(name)
  const steps = merklePath(
    simpleMapLeaves(storeHashes),
    sortedNames(storeHashes.keys()).indexOf(name),
  )
  const exist: ExistenceProof = {
    key,
    value,
    leaf: {
      hash: HashOp.SHA256,
      prehashKey: HashOp.NO_HASH,
      prehashValue: HashOp.SHA256,
      length: LengthOp.VAR_PROTO,
      prefix: Uint8Array.of(0),
    },
    path: steps.map((step) => ({ hash: HashOp.SHA256, ...step })),
  }
  return {
    type: 'ics23:simple',
    key,
    data: CommitmentProof.encode(CommitmentProof.create({ exist })),
  }
}

/** The first leaf at or after `key`, or the last one before it; 0 when there is none. */
function firstLeaf(nodes: Nodes, root: number, key: Uint8Array, before: boolean): number {
  const cursor = new TreeCursor(nodes, before)
  cursor.seek(root, key)
  return cursor.next()
}

function existence(nodes: Nodes, root: number, leaf: number): ExistenceProof {
  const key = nodes.arena.copy(nodes.key[leaf] as number)
  const path: InnerOp[] = []
  let slot = root
  while (slot !== leaf) {
    const left = nodes.left[slot] as number
    const right = nodes.right[slot] as number
    const prefix = nodes.prefixBytes(slot)
    if (nodes.arena.compare(key, nodes.key[slot] as number) < 0) {
      const suffix = concat(LENGTH_32, nodes.hashView(right))
      path.push({ hash: HashOp.SHA256, prefix: concat(prefix, LENGTH_32), suffix })
      slot = left
    } else {
      const start = concat(prefix, LENGTH_32, nodes.hashView(left), LENGTH_32)
      path.push({ hash: HashOp.SHA256, prefix: start, suffix: NOTHING })
      slot = right
    }
  }
  return {
    key,
    value: nodes.arena.copy(nodes.left[leaf] as number),
    leaf: {
      hash: HashOp.SHA256,
      prehashKey: HashOp.NO_HASH,
      prehashValue: HashOp.SHA256,
      length: LengthOp.VAR_PROTO,
      prefix: nodes.prefixBytes(leaf),
    },
    path: path.reverse(),
  }
}
