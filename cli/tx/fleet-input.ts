import { createHash } from 'node:crypto'
import type { Hasher } from '../../modules/kit/crypto.ts'
import { buildTree, proveRange, type SumLeaf, type SumTree } from '../../modules/kit/sum-tree.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { CodecError } from '../../proto/codec.ts'
import { SummedLeaf } from '../../proto/gen/strom/fleet/v1/leaf.ts'
import { usageError } from '../errors.ts'
import { listInput } from './inputs.ts'
import type { FileInput } from './place.ts'

const ABOUT =
  'all leaves of the batch in order: {"leaf": base64, "import_wh": …, "export_wh": …} each'
const hash =
  (name: string) =>
  (bytes: Uint8Array): Uint8Array =>
    createHash(name).update(bytes).digest()
const hasher: Hasher = { sha256: hash('sha256'), ripemd160: hash('ripemd160') }

interface Leaves {
  readonly json: readonly JsonValue[]
  readonly tree: SumTree
}

function leavesOf(file: string): Leaves {
  const json = listInput(file, 'leaves')
  const leaves = json.map((one, i): SumLeaf => {
    try {
      const { leaf, importWh, exportWh } = SummedLeaf.fromJson(one)
      return { bytes: leaf, importWh, exportWh }
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
      throw usageError(`${file}, leaf ${i}: ${error.message}`, `the file holds ${ABOUT}`)
    }
  })
  try {
    return { json, tree: buildTree(hasher, leaves) }
  } catch (error) {
    if (error instanceof RangeError) throw usageError(`${file}: ${error.message}`)
    throw error
  }
}

function nodeJson(node: SumTree['root']): JsonValue {
  return {
    hash: Buffer.from(node.hash).toString('base64'),
    import_wh: node.importWh.toString(),
    export_wh: node.exportWh.toString(),
  }
}

function indexOf(text: unknown, flag: string, count: number): number {
  const index = Number(text)
  if (typeof text !== 'string' || !/^\d+$/.test(text))
    throw usageError(`${flag} is needed: the place of a leaf in the file, from 0`)
  if (index >= count) throw usageError(`${flag} ${index}: the file has ${count} leaves, from 0`)
  return index
}

function proofJson({ json, tree }: Leaves, index: number): JsonValue {
  return {
    index,
    leaf: json[index] as JsonValue,
    path: proveRange(tree, index, index + 1).map(nodeJson),
  }
}

/** Computes root, count and sums of a batch from its leaves; `--publish` carries the leaves themselves too. */
export const rootFile: FileInput = {
  name: 'leaves-file',
  about: ABOUT,
  fields: ['root', 'count', 'sum_import_wh', 'sum_export_wh', 'leaves'],
  flags: [
    ['--publish', 'carry all leaves in the transaction, so that nobody needs to demand them'],
  ],
  fill(json, file, options) {
    const leaves = leavesOf(file)
    const { root, count } = leaves.tree
    json['root'] = Buffer.from(root.hash).toString('base64')
    json['count'] = count
    json['sum_import_wh'] = root.importWh.toString()
    json['sum_export_wh'] = root.exportWh.toString()
    if (options['publish'] === true) json['leaves'] = [...leaves.json]
  },
}

/** Proofs of demanded leaves. */
export const answersFile: FileInput = {
  name: 'leaves-file',
  about: ABOUT,
  fields: ['leaves'],
  flags: [['--indexes <list>', 'places of the demanded leaves in the file, from 0, by commas']],
  fill(json, file, options) {
    const leaves = leavesOf(file)
    const wanted = String(options['indexes'] ?? '').split(',')
    json['leaves'] = wanted.map((one) =>
      proofJson(leaves, indexOf(one.trim(), '--indexes', leaves.tree.count)),
    )
  },
}

/** The proof of one leaf that is wrong. */
export const challengeFile: FileInput = {
  name: 'leaves-file',
  about: ABOUT,
  fields: ['proof'],
  flags: [['--index <number>', 'place of the wrong leaf in the file, from 0']],
  fill(json, file, options) {
    const leaves = leavesOf(file)
    json['proof'] = proofJson(leaves, indexOf(options['index'], '--index', leaves.tree.count))
  },
}

/** Neighbouring leaves with what proves them. */
export const enterFile: FileInput = {
  name: 'leaves-file',
  about: ABOUT,
  fields: ['first', 'leaves', 'path'],
  flags: [
    ['--first <number>', 'place of the first leaf to enter, from 0 (0 when absent)'],
    ['--count <number>', 'how many leaves to enter (all from the first when absent)'],
  ],
  fill(json, file, options) {
    const { json: all, tree } = leavesOf(file)
    const first = indexOf(options['first'] ?? '0', '--first', tree.count)
    const count = options['count'] === undefined ? tree.count - first : Number(options['count'])
    if (!Number.isInteger(count) || count < 1 || first + count > tree.count)
      throw usageError(`--count: there are ${tree.count - first} leaves from ${first} on`)
    json['first'] = first
    json['leaves'] = all.slice(first, first + count)
    json['path'] = proveRange(tree, first, first + count).map(nodeJson)
  },
}
