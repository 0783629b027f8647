import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { newModule, refusal } from '../new-module.ts'

const project = fileURLToPath(new URL('../../..', import.meta.url))

/** A project of only proto and the kit, enough for a module to compile and run. */
function smallProject(): string {
  const root = mkdtempSync(join(tmpdir(), 'strom-new-module-'))
  for (const path of ['tsconfig.json', 'package.json', 'modules/tsconfig.json'])
    cpSync(join(project, path), join(root, path))
  for (const path of ['proto', 'modules/kit']) {
    cpSync(join(project, path), join(root, path), {
      recursive: true,
      filter: (source) => !/\/test(data)?$/.test(source),
    })
  }
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'))
  return root
}

describe('npm run new-module', () => {
  it('makes a module that compiles and passes its tests', function () {
    this.timeout(60_000)
    const root = smallProject()
    try {
      const written = newModule(root, 'sample')
      expect(written).to.include.members([
        'modules/sample/README.md',
        'proto/gen/strom/sample/v1/tx.ts',
      ])
      execFileSync('npx', ['tsc', '-b', 'modules'], { cwd: root, stdio: 'pipe' })
      const env = { ...process.env, NODE_OPTIONS: '--import tsx' }
      const output = execFileSync(
        'npx',
        ['mocha', '--no-package', 'modules/sample/test/**/*.test.ts'],
        { cwd: root, env, encoding: 'utf8' },
      )
      expect(output)
        .to.match(/12 passing/)
        .and.not.to.match(/failing/)
      expect(refusal(root, 'sample')).to.equal(
        'modules/sample exists: remove it or choose another name',
      )
    } finally {
      rmSync(root, { recursive: true })
    }
  })

  it('refuses names that are no single lower-case word, reserved or taken, and writes nothing', () => {
    const root = mkdtempSync(join(tmpdir(), 'strom-new-module-'))
    mkdirSync(join(root, 'modules/grid'), { recursive: true })
    try {
      for (const name of ['', 'Grid', 'my-grid', 'ab', 'a1b', '../x', 'x'.repeat(21)]) {
        expect(() => newModule(root, name), name).to.throw(RangeError, 'is no module name')
      }
      for (const name of ['kit', 'acc', 'message'])
        expect(() => newModule(root, name)).to.throw('is taken')
      expect(() => newModule(root, 'grid')).to.throw('modules/grid exists')
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})
