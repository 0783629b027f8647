import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
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
