import type protobuf from 'protobufjs'
import { emitTable } from './emit-table.ts'
import {
  docOf,
  type FieldInfo,
  fieldsOf,
  fullName,
  localName,
  type NameOf,
  tagOf,
} from './schema.ts'

/** Fields numbered 1024..2047 may be unknown in a transaction body: they are non-critical by rule. */
const TOLERANT = 'cosmos.tx.v1beta1.TxBody'

/** Interface and codec of one message. */
export function emitMessage(type: protobuf.Type, nameOf: NameOf): string {
  const name = localName(type)
  const fields = fieldsOf(type)
  const members = fields.map((f) => `${fieldDoc(f)}  ${f.key}: ${memberType(f, nameOf)}\n`)
  return [
    docOf(type),
    members.length === 0
      ? `export type ${name} = Record<string, never>`
      : `export interface ${name} {\n${members.join('')}}`,
    `export const ${name}: MessageCodec<${name}> = message(`,
    `  '${fullName(type)}',`,
    emitCreate(fields, nameOf),
    emitWrite(type, fields, nameOf),
    emitRead(type, fields, nameOf),
    emitTable(type, fields, nameOf),
    ')\n',
  ].join('\n')
}

function fieldDoc(f: FieldInfo): string {
  const ours = fullName(f.field).startsWith('strom.')
  const text = (ours ? (f.field.comment ?? '') : '').replace(/\s+/g, ' ')
  return text === '' ? '' : `  /** ${text} */\n`
}

function elementType(f: FieldInfo, nameOf: NameOf): string {
  if (f.type) return nameOf(f.type)
  if (f.kind === 'bytes') return 'Uint8Array'
  if (f.kind === 'string') return 'string'
  if (f.kind === 'bool') return 'boolean'
  return f.kind.endsWith('64') ? 'bigint' : 'number'
}

function memberType(f: FieldInfo, nameOf: NameOf): string {
  const element = elementType(f, nameOf)
  return f.repeated ? `${element}[]` : f.presence ? `${element} | undefined` : element
}

function zero(f: FieldInfo, nameOf: NameOf): string {
  if (f.repeated) return '[]'
  if (f.presence) return 'undefined'
  if (f.kind === 'message') return `${nameOf(f.type as protobuf.Type)}.create()`
  if (f.kind === 'bytes') return 'new Uint8Array(0)'
  if (f.kind === 'string') return "''"
  if (f.kind === 'bool') return 'false'
  return f.kind.endsWith('64') ? '0n' : '0'
}

function emitCreate(fields: FieldInfo[], nameOf: NameOf): string {
  if (fields.length === 0) return '  () => ({}),'
  const members = fields.map((f) => {
    const fallback = f.presence ? '' : ` ?? ${zero(f, nameOf)}`
    return `    ${f.key}: p?.${f.key}${fallback},\n`
  })
  return `  (p) => ({\n${members.join('')}  }),`
}

/** Method suffix of reader and writer for a scalar kind. */
function method(f: FieldInfo): string {
  return f.kind === 'enum' ? 'int32' : f.kind
}

function emitWrite(type: protobuf.Type, fields: FieldInfo[], nameOf: NameOf): string {
  if (fields.length === 0) return '  () => {},'
  const oneofs = new Set(fields.flatMap((f) => f.oneof ?? []))
  const lines = [...oneofs].map((name) => `    let ${counter(name)} = 0\n`)
  for (const f of fields) lines.push(writeField(f, nameOf))
  for (const name of oneofs) {
    lines.push(`    if (${counter(name)} > 1) w.oneof('${fullName(type)}.${name}')\n`)
  }
  return `  (w, m) => {\n${lines.join('')}  },`
}

function counter(oneof: string): string {
  return `count_${oneof}`
}

function writeField(f: FieldInfo, nameOf: NameOf): string {
  const value = `m.${f.key}`
  const tag = tagOf(f, f.packed)
  if (f.packed) {
    return `    if (${value}.length > 0) {\n      const at = w.open(${tag})\n      for (const v of ${value}) w.raw${upper(method(f))}(v)\n      w.close(at)\n    }\n`
  }
  if (f.repeated) return `    for (const v of ${value}) ${writeValue(f, 'v', tag, nameOf)}\n`
  const count = f.oneof === undefined ? '' : `; ${counter(f.oneof)}++`
  const write = writeValue(f, value, tag, nameOf)
  if (f.presence) return `    if (${value} !== undefined) { ${write}${count} }\n`
  if (f.kind === 'message') return `    ${write}\n`
  return `    if (${notZero(f, value)}) ${write}\n`
}

function writeValue(f: FieldInfo, value: string, tag: number, nameOf: NameOf): string {
  if (f.kind !== 'message') return `w.${method(f)}(${tag}, ${value})`
  return `{ const at = w.open(${tag}); ${nameOf(f.type as protobuf.Type)}.write(w, ${value}); w.close(at) }`
}

function notZero(f: FieldInfo, value: string): string {
  if (f.kind === 'bool') return value
  if (f.kind === 'bytes') return `${value}.length > 0`
  if (f.kind === 'string') return `${value} !== ''`
  return f.kind.endsWith('64') ? `${value} !== 0n` : `${value} !== 0`
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function emitRead(type: protobuf.Type, fields: FieldInfo[], nameOf: NameOf): string {
  const full = fullName(type)
  if (fields.length === 0) {
    return `  (r) => {\n    while (r.more()) r.unknown(r.tag(), '${full}')\n    return {}\n  },`
  }
  const seen = new SeenBits(fields)
  const locals = fields.map((f) => `    ${declare(f, nameOf)}\n`)
  const cases = fields.map((f) => readCase(f, full, seen, nameOf))
  const refuse =
    full === TOLERANT
      ? `        if (tag >>> 13 !== 1) r.unknown(tag, '${full}')\n        r.skip(tag)\n`
      : `        r.unknown(tag, '${full}')\n`
  const result = fields.map((f) => {
    const needed = (f.kind === 'message' || f.kind === 'bytes') && !f.repeated && !f.presence
    return `      ${f.key}: f${f.number}${needed ? ` ?? ${zero(f, nameOf)}` : ''},\n`
  })
  return [
    '  (r) => {\n',
    ...locals,
    ...seen.declarations(),
    '    while (r.more()) {\n      const tag = r.tag()\n      switch (tag) {\n',
    ...cases,
    `      default:\n${refuse}      }\n    }\n    return {\n`,
    ...result,
    '    }\n  },',
  ].join('')
}

function declare(f: FieldInfo, nameOf: NameOf): string {
  const type = memberType(f, nameOf)
  if (f.repeated) return `const f${f.number}: ${type} = []`
  if (f.presence) return `let f${f.number}: ${type}`
  if (f.kind === 'message') return `let f${f.number}: ${type} | undefined`
  if (f.kind === 'bytes') return `let f${f.number}: ${type} | undefined`
  return `let f${f.number}: ${type} = ${zero(f, nameOf)}`
}

function readCase(f: FieldInfo, type: string, seen: SeenBits, nameOf: NameOf): string {
  const local = `f${f.number}`
  if (f.kind === 'message') {
    const read = `${nameOf(f.type as protobuf.Type)}.read(r)`
    const store = f.repeated ? `${local}.push(${read})` : `${local} = ${read}`
    return `      case ${tagOf(f)}: {\n${seen.check(f, type)}        const outer = r.enter()\n        ${store}\n        r.leave(outer)\n        break\n      }\n`
  }
  const read = `r.${method(f)}()`
  if (!f.repeated) {
    return `      case ${tagOf(f)}:\n${seen.check(f, type)}        ${local} = ${read}\n        break\n`
  }
  const one = `      case ${tagOf(f)}:\n        ${local}.push(${read})\n        break\n`
  if (f.kind === 'string' || f.kind === 'bytes') return one
  return `${one}      case ${tagOf(f, true)}: {\n        const outer = r.enter()\n        while (r.more()) ${local}.push(${read})\n        r.leave(outer)\n        break\n      }\n`
}

/** One bit for each singular field and each oneof, so that a second value is refused. */
class SeenBits {
  private readonly index = new Map<string, number>()

  constructor(fields: FieldInfo[]) {
    for (const f of fields) {
      const key = keyOf(f)
      if (!f.repeated && !this.index.has(key)) this.index.set(key, this.index.size)
    }
  }

  declarations(): string[] {
    const words = Math.ceil(this.index.size / 31)
    return Array.from({ length: words }, (_, i) => `    let seen${i} = 0\n`)
  }

  check(f: FieldInfo, type: string): string {
    const index = this.index.get(keyOf(f))
    if (index === undefined) return ''
    const word = `seen${Math.floor(index / 31)}`
    const bit = 2 ** (index % 31)
    return `        if ((${word} & ${bit}) !== 0) r.duplicate('${type}', '${f.oneof ?? f.name}')\n        ${word} |= ${bit}\n`
  }
}

function keyOf(f: FieldInfo): string {
  return f.oneof === undefined ? `.${f.name}` : `oneof ${f.oneof}`
}
