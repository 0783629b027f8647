import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import protobuf from 'protobufjs'

/** Folders under `proto/` that hold schemas; import paths are relative to them. */
const ROOTS = ['vendor', 'compat', '.'] as const

/** Schemas that only declare options: they have no codecs. */
const OPTIONS_ONLY =
  /^(amino|cosmos_proto|gogoproto|google\/api|cosmos\/msg|cosmos\/query|google\/protobuf\/descriptor)/

/** Floating point has no place on this wire. */
const FLOATING = new Set(['DoubleValue', 'FloatValue'])

/** One schema file with the types it declares, nested ones included, in order of declaration. */
export interface SchemaFile {
  /** Import path, such as `cosmos/bank/v1beta1/tx.proto`. */
  path: string
  messages: protobuf.Type[]
  enums: protobuf.Enum[]
  services: protobuf.Service[]
}

/** Parses every schema below `protoDir` and resolves all names. Files come back in order of path. */
export function loadSchemas(protoDir: string): SchemaFile[] {
  const root = new protobuf.Root()
  const paths: string[] = []
  // The parser notes the file of each type from this property, which its own types leave out.
  const parser = protobuf.parse as typeof protobuf.parse & { filename: string | null }
  for (const folder of ROOTS) {
    for (const path of findSchemas(join(protoDir, folder), folder === '.' ? 'strom' : '')) {
      parser.filename = path
      const text = readFileSync(join(protoDir, folder, path), 'utf8')
      parser(text, root, { keepCase: true, alternateCommentMode: true })
      paths.push(path)
    }
  }
  parser.filename = null
  root.resolveAll()
  const files = new Map<string, SchemaFile>()
  for (const path of paths.sort()) {
    if (!OPTIONS_ONLY.test(path)) files.set(path, { path, messages: [], enums: [], services: [] })
  }
  collect(root, files)
  return [...files.values()]
}

function findSchemas(root: string, below: string): string[] {
  const found: string[] = []
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) found.push(...findSchemas(root, path))
    else if (entry.name.endsWith('.proto')) found.push(path)
  }
  return found.sort()
}

function collect(space: protobuf.NamespaceBase, files: Map<string, SchemaFile>): void {
  for (const object of space.nestedArray) {
    const file = object.filename === null ? undefined : files.get(object.filename)
    if (object instanceof protobuf.Type) {
      if (!FLOATING.has(object.name)) file?.messages.push(object)
      collect(object, files)
    } else if (object instanceof protobuf.Enum) file?.enums.push(object)
    else if (object instanceof protobuf.Service) file?.services.push(object)
    else if (object instanceof protobuf.Namespace) collect(object, files)
  }
}
