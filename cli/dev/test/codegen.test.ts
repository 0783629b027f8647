import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { codecs } from '../../../proto/gen/registry.ts'
import type { FieldSpec, MessageCodec } from '../../../proto/runtime/field.ts'
import { loadSchemas } from '../codegen/load.ts'
import { differences, generate } from '../codegen.ts'

const protoDir = fileURLToPath(new URL('../../../proto', import.meta.url))

describe('codegen', () => {
  it('gives the codecs that are checked in', () => {
    expect(differences(join(protoDir, 'gen'), generate(protoDir))).to.deep.equal([])
  })

  it('gives the same text twice', () => {
    expect([...generate(protoDir)]).to.deep.equal([...generate(protoDir)])
  })

  it('reports changed, missing and surplus files', () => {
    const dir = mkdtempSync(join(tmpdir(), 'codegen-'))
    writeFileSync(join(dir, 'changed.ts'), 'old')
    writeFileSync(join(dir, 'same.ts'), 'same')
    writeFileSync(join(dir, 'surplus.ts'), '')
    const output = new Map([
      ['changed.ts', 'new'],
      ['same.ts', 'same'],
      ['missing.ts', ''],
    ])
    expect(differences(dir, output)).to.deep.equal(['changed.ts', 'missing.ts', 'surplus.ts'])
  })
})

/** Small generator of repeatable noise (mulberry32). */
function noise(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

function randomScalar(field: FieldSpec, random: (below: number) => number): unknown {
  const small = random(2) === 0
  switch (field.kind) {
    case 'string':
      return ['', 'text', 'ü'.repeat(70), '🔋'][random(4)]
    case 'bytes':
      return Uint8Array.from({ length: [0, 5, 200][random(3)] as number }, () => random(256))
    case 'bool':
      return random(2) === 1
    case 'enum':
      return Object.values(field.enum?.() ?? {})[0]
    case 'uint32':
    case 'fixed32':
      return small ? random(3) : 0xffff_ffff - random(3)
    case 'uint64':
    case 'fixed64':
      return small ? BigInt(random(3)) : 0xffff_ffff_ffff_ffffn - BigInt(random(3))
    default:
      return field.kind.endsWith('64')
        ? BigInt.asIntN(64, BigInt(random(3)) * 0x4000_0000_0000_0001n)
        : (random(3) * 0x4000_0001) | 0
  }
}

function randomMessage(
  codec: MessageCodec<unknown>,
  random: (below: number) => number,
  depth: number,
): unknown {
  const message: Record<string, unknown> = {}
  const oneofs = new Set<string>()
  for (const field of codec.fields) {
    const nested = field.message?.()
    if (nested && depth > 3) continue
    if (field.presence && random(2) === 0) continue
    if (field.oneof !== undefined && oneofs.has(field.oneof)) continue
    if (field.oneof !== undefined) oneofs.add(field.oneof)
    const one = (): unknown =>
      nested ? randomMessage(nested, random, depth + 1) : randomScalar(field, random)
    message[field.key] = field.repeated ? Array.from({ length: random(3) }, one) : one()
  }
  return codec.create(message)
}

describe('generated codecs', () => {
  it(`write the bytes protobufjs writes (${codecs.length} types, 20 messages each)`, () => {
    const types = new Map(
      loadSchemas(protoDir).flatMap((file) =>
        file.messages.map((type) => [type.fullName.slice(1), type]),
      ),
    )
    const random = noise(7)
    for (const codec of codecs) {
      const type = types.get(codec.typeName)
      if (!type) throw new Error(`${codec.typeName} is not in the schemas`)
      for (let run = 0; run < 20; run++) {
        const message = randomMessage(codec, random, 0)
        const bytes = codec.encode(message)
        const theirs = Buffer.from(type.encode(type.decode(bytes)).finish()).toString('hex')
        expect(theirs, codec.typeName).to.equal(Buffer.from(bytes).toString('hex'))
        expect(codec.decode(bytes), codec.typeName).to.deep.equal(message)
      }
    }
  })
})
