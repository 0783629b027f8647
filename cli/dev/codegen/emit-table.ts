import type protobuf from 'protobufjs'
import { allOptions, type FieldInfo, type NameOf, option, stringOption } from './schema.ts'

/** Field table and options of a message: the last two arguments of `message()`. */
export function emitTable(type: protobuf.Type, fields: FieldInfo[], nameOf: NameOf): string {
  const rows = fields.map((f) => `    ${row(f, nameOf)},\n`)
  const table = rows.length === 0 ? '  [],' : `  [\n${rows.join('')}  ],`
  const options = messageOptions(type)
  return options.length === 0 ? table : `${table}\n  { ${options.join(', ')} },`
}

function row(f: FieldInfo, nameOf: NameOf): string {
  const parts = [`number: ${f.number}`, `name: '${f.name}'`, `key: '${f.key}'`, `kind: '${f.kind}'`]
  if (f.repeated) parts.push('repeated: true')
  if (f.presence) parts.push('presence: true')
  if (f.oneof !== undefined) parts.push(`oneof: '${f.oneof}'`)
  const scalar = stringOption(f.field, '(cosmos_proto.scalar)')
  if (scalar !== undefined) parts.push(`scalar: '${scalar}'`)
  const custom = stringOption(f.field, '(gogoproto.customtype)') ?? ''
  // Only the custom type stores digits without a point; other `cosmos.Dec` strings carry theirs.
  if (custom.endsWith('.LegacyDec')) parts.push('dec: true')
  if (custom.endsWith('.Int')) parts.push('int: true')
  if (custom !== '' && option(f.field, '(gogoproto.nullable)') !== false)
    parts.push('pointer: true')
  if (f.type) parts.push(`${f.kind}: () => ${nameOf(f.type)}`)
  if (option(f.field, '(amino.dont_omitempty)') === true) parts.push('keepEmpty: true')
  const name = stringOption(f.field, '(amino.field_name)')
  if (name !== undefined) parts.push(`aminoName: '${name}'`)
  const encoding = stringOption(f.field, '(amino.encoding)')
  if (encoding !== undefined) parts.push(`aminoEncoding: '${encoding}'`)
  const member = stringOption(f.field, '(amino.oneof_name)')
  if (member !== undefined) parts.push(`aminoOneof: '${member}'`)
  return `{ ${parts.join(', ')} }`
}

function messageOptions(type: protobuf.Type): string[] {
  const options: string[] = []
  const name = stringOption(type, '(amino.name)')
  if (name !== undefined) options.push(`aminoName: '${name}'`)
  const encoding = stringOption(type, '(amino.message_encoding)')
  if (encoding !== undefined) options.push(`aminoEncoding: '${encoding}'`)
  const signers = signersOf(type)
  if (signers.length > 0) options.push(`signers: [${signers.map((s) => `'${s}'`).join(', ')}]`)
  return options
}

/** Values of `cosmos.msg.v1.signer`. */
export function signersOf(type: protobuf.Type): string[] {
  return allOptions(type, '(cosmos.msg.v1.signer)').map(String)
}
