// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted code is text here.
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { tokenize } from '../tidy/lexer.ts'
import { formatProblem } from '../tidy/problem.ts'
import { inspect, tidy } from '../tidy.ts'

const project = fileURLToPath(new URL('../../..', import.meta.url))

/** Problems of these files alone, as `rule file:line`, without those about files that are not there. */
function found(files: { readonly [file: string]: string }): string[] {
  return inspect(new Map(Object.entries(files)))
    .filter(({ rule }) => rule !== 'shape')
    .map(({ rule, file, line }) => `${rule} ${file}:${line}`)
}

/** Messages of the problems of one file. */
function said(file: string, text: string): string[] {
  return inspect(new Map([[file, text]]))
    .filter(({ rule }) => rule !== 'shape')
    .map(({ message }) => message)
}

const RULES = 'modules/demo/rules.ts'

describe('tidy, the house rules', () => {
  it('hold in this project', function () {
    this.timeout(60_000)
    expect(tidy(project).map(formatProblem)).to.deep.equal([])
  })
})

describe('tidy finds imports', () => {
  it('into another module, unless they are types of its api.ts', () => {
    const other = { 'modules/other/api.ts': '', 'modules/other/state.ts': '' }
    expect(found({ ...other, [RULES]: "import { a } from '../other/state.ts'" })).to.deep.equal([
      `floor ${RULES}:1`,
    ])
    expect(found({ ...other, [RULES]: "\nimport { A } from '../other/api.ts'" })).to.deep.equal([
      `floor ${RULES}:2`,
    ])
    expect(found({ ...other, [RULES]: "import type { A } from '../other/api.ts'" })).to.deep.equal(
      [],
    )
    expect(found({ ...other, [RULES]: "import { type A } from '../other/api.ts'" })).to.deep.equal(
      [],
    )
  })

  it('that go up a floor', () => {
    const up: readonly (readonly [string, string])[] = [
      ['proto/codec.ts', '../modules/kit/kv.ts'],
      ['modules/kit/kv.ts', '../../node/store/level.ts'],
      [RULES, '../../node/app/app.ts'],
      ['node/chain/block.ts', '../../modules/kit/kv.ts'],
      ['node/consensus/core/core.ts', '../engine.ts'],
      ['node/store/level.ts', '../app/app.ts'],
      ['node/app/app.ts', '../consensus/engine.ts'],
      ['node/app/app.ts', '../../modules/demo/state.ts'],
      ['node/consensus/engine.ts', '../app/app.ts'],
      ['node/mempool/pool.ts', '../../modules/kit/kv.ts'],
      ['node/p2p/host.ts', '../consensus/engine.ts'],
      ['node/rpc/server.ts', '../consensus/engine.ts'],
      ['node/node.ts', '../genesis/build.ts'],
      ['genesis/build.ts', '../cli/main.ts'],
      ['cli/gateway/gateway.ts', '../../node/node.ts'],
      ['cli/run-node.ts', '../node/consensus/core/core.ts'],
    ]
    for (const [file, target] of up) {
      const files = { 'modules/demo/module.ts': '', [file]: `import { x } from '${target}'` }
      expect(found(files), file).to.deep.equal([`floor ${file}:1`])
    }
    const lazy = "const x = await import('../consensus/engine.ts')"
    expect(found({ 'node/app/app.ts': lazy })).to.deep.equal(['floor node/app/app.ts:1'])
  })

  it('that go down, and those of tests, are allowed', () => {
    expect(
      found({
        'node/app/app.ts': "import { m } from '../../modules/demo/module.ts'",
        'modules/demo/module.ts': "import { a } from '../kit/math.ts'",
        'modules/demo/test/x.test.ts': "import { a } from '../../../node/app/app.ts'",
        'testnet/launch.ts': "import { h } from '../node/home.ts'",
      }),
    ).to.deep.equal([])
  })

  it('of packages and built-ins in pure rooms', () => {
    for (const name of ['node:fs', 'level', '@noble/hashes/sha2.js']) {
      expect(said(RULES, `import { x } from '${name}'`)).to.deep.equal([
        `modules/demo must not use ${name}`,
      ])
    }
    expect(found({ 'node/chain/hash.ts': "import { x } from '@noble/hashes/a.js'" })).to.be.empty
  })

  it('that go round in a circle at run time, types excepted', () => {
    const circle = {
      'node/store/a.ts': "import { b } from './b.ts'",
      'node/store/b.ts': "export { c } from './c.ts'",
      'node/store/c.ts': "import { a } from './a.ts'",
    }
    expect(found(circle)).to.deep.equal(['cycle node/store/c.ts:1'])
    const types = { ...circle, 'node/store/c.ts': "import type { A } from './a.ts'" }
    expect(found(types)).to.deep.equal([])
  })

  it('of libp2p in an entry point that does not load the shim first', () => {
    const rest = { 'node/p2p/host.ts': '', 'node/p2p/shim.ts': '' }
    const late =
      "import { h } from '../node/p2p/host.ts'\nimport '../node/p2p/shim.ts'\nimport type { T } from 'x'"
    expect(found({ ...rest, 'cli/main.ts': late })).to.deep.equal(['shim cli/main.ts:1'])
    const first = "import '../node/p2p/shim.ts'\nimport { h } from '../node/p2p/host.ts'"
    expect(found({ ...rest, 'cli/main.ts': first })).to.deep.equal([])
    expect(found({ ...rest, 'cli/main.ts': "import { x } from './x.ts'" })).to.deep.equal([])
  })
})

describe('tidy finds in code that all validators must compute alike', () => {
  const planted: readonly (readonly [string, string])[] = [
    ['a clock', 'const t = Date.now()'],
    ['chance', 'const r = Math.random()'],
    ['float arithmetic', 'const r = Math.round(x)'],
    ['a float literal', 'const ratio = 0.95'],
    ['a negative exponent', 'const ratio = 1e-9'],
    ['a bare division', 'const wh = mwh / 1000n'],
    ['a dividing assignment', 'wh /= 1000n'],
    ['a division after a bracket', 'const wh = (a + b) / c[0] '],
    ['a division inside a template', 'const s = `${a / b} Wh`'],
    ['a comparison by locale', 'names.sort((a, b) => a.localeCompare(b))'],
    ['Intl', 'const f = new Intl.NumberFormat()'],
    ['sorting by text', 'const s = [1, 10, 2].sort()'],
    ['sorting a copy by text', 'const s = list.toSorted()'],
    ['an async function', 'async function f() {}'],
    ['waiting', 'const x = await y'],
    ['a promise', 'function f(): Promise<void> {}'],
    ['a timer', 'setTimeout(f, 1)'],
  ]
  for (const [what, code] of planted) {
    it(what, () => {
      for (const file of [RULES, 'node/chain/a.ts', 'node/consensus/core/a.ts']) {
        expect(found({ [file]: `\n${code}` }), file).to.deep.equal([`pure ${file}:2`])
      }
      expect(found({ 'node/store/a.ts': code, 'modules/demo/test/a.ts': code })).to.deep.equal([])
    })
  }

  it('nothing in comments, strings, expressions and names of fields', () => {
    const code = [
      '// Date.now() / 2, 0.5',
      '/* await Math.random() */',
      "const a = 'a / b 0.5 Date'",
      'const b = `half / 0.5 ${c} Date`',
      'const d = /a\\/b[/]0.5/.test(e)',
      'const f = [/x/, 0x1e5, 1_000n, Math.max(1, 2)]',
      'const g = { Date: 1 }.Date',
      'list.sort((x, y) => (x < y ? -1 : 1))',
    ].join('\n')
    expect(found({ [RULES]: code })).to.deep.equal([])
  })
})

describe('tidy finds', () => {
  it('missing files of a module and missing READMEs', () => {
    const problems = inspect(new Map([['modules/demo/module.ts', '']]))
    expect(problems.map(({ file }) => file)).to.include.members([
      'modules/demo/README.md',
      'modules/demo/api.ts',
      'modules/demo/state.ts',
      'modules/demo/genesis.ts',
      'modules/demo/invariants.ts',
      'modules/demo/test/module.test.ts',
      'node/store/README.md',
    ])
    expect(problems.map(({ file }) => file)).not.to.include('modules/demo/module.ts')
  })

  it('a promise of a README that no test keeps', () => {
    const readme =
      '| fails when | error |\n|---|---|\n| the `sun` is down | demo 2 |\n| it rains | demo 3 |\n'
    const files = {
      'modules/demo/README.md': readme,
      'modules/demo/test/a.test.ts': "it('fails when the sun is down', f)",
    }
    expect(found(files)).to.deep.equal(['promise modules/demo/README.md:4'])
  })

  it('files over 400 lines, generated ones excepted', () => {
    const long = 'x()\n'.repeat(401)
    expect(found({ 'cli/a.ts': long, 'proto/gen/a.ts': long })).to.deep.equal(['size cli/a.ts:1'])
    expect(found({ 'cli/a.ts': 'x()\n'.repeat(400) })).to.deep.equal([])
  })

  it('functions of every form over 70 lines, blocks of describe excepted', () => {
    const forms = [
      'function f(a: A): Promise<{ b: C }> {',
      'const f = (a) => {',
      'const f = a => {',
      'const f = async (a: A): Promise<void> => {',
      'class A {\n  method<T>(a: T): readonly T[] {',
      'class A {\n  get x() {',
      'class A {\n  constructor(readonly a = `${b}`) {',
    ]
    for (const form of forms) {
      const ends = form.startsWith('class') ? '}\n}\n' : '}\n'
      const line = form.startsWith('class') ? 2 : 1
      const of = (lines: number): string => `${form}\n${'  x({})\n'.repeat(lines - 2)}${ends}`
      expect(found({ 'cli/a.ts': of(71) }), form).to.deep.equal([`size cli/a.ts:${line}`])
      expect(found({ 'cli/a.ts': of(70) }), form).to.deep.equal([])
    }
    const block = `describe('x', () => {\n${'  x({})\n'.repeat(100)}})\n`
    expect(found({ 'cli/test/a.test.ts': block })).to.deep.equal([])
    expect(found({ 'cli/a.ts': `class A {\n${'  x = 1\n'.repeat(100)}}\n` })).to.deep.equal([])
  })

  it('words that must not stay', () => {
    const words = [
      `// ${'TO'}DO later`,
      `// ${'FIX'}ME`,
      `it.${'only'}('x', f)`,
      `describe.${'skip'}('x', f)`,
      `const path = '/${'home'}/somebody/x'`,
      `fetch('https://registry.${'npmjs'}.org')`,
    ]
    for (const word of words) {
      expect(found({ 'cli/a.ts': word }), word).to.deep.equal(['words cli/a.ts:1'])
      expect(found({ 'cli/README.md': word }), word).to.deep.equal(['words cli/README.md:1'])
    }
    expect(found({ 'cli/a.ts': "get('/cosmos/work/x'); './home/x'; `${a}/home/b`" })).to.be.empty
  })

  it('a lock file that names a private registry', () => {
    const lock = (host: string): string => `"resolved": "https://${host}/a/-/a-1.0.0.tgz"`
    expect(found({ 'package-lock.json': lock('mirror.example') })).to.deep.equal([
      'words package-lock.json:1',
    ])
    expect(found({ 'package-lock.json': lock(`registry.${'npmjs'}.org`) })).to.deep.equal([])
  })
})

describe('the tokens tidy reads', () => {
  const kinds = (code: string): string =>
    tokenize(code)
      .map(({ kind, text }) => `${kind}:${text}`)
      .join(' ')

  it('tell a division from a regular expression', () => {
    expect(kinds('a / b / c')).to.equal('word:a mark:/ word:b mark:/ word:c')
    expect(kinds('x = /b/g')).to.equal('word:x mark:= regex:/b/g')
    expect(kinds('return /[/]/')).to.equal('word:return regex:/[/]/')
    expect(kinds('(a) / 2n')).to.equal('mark:( word:a mark:) mark:/ number:2n')
  })

  it('follow templates into their expressions and back', () => {
    expect(kinds('`a${{ b: `c${d}` }}e`')).to.equal(
      'template:`a${ mark:{ word:b mark:: template:`c${ word:d template:}` mark:} template:}e`',
    )
  })

  it('count lines in strings, comments and templates', () => {
    const [, , last] = tokenize('`a\nb` /*\n*/ x\ny')
    expect(last).to.deep.equal({ kind: 'word', text: 'y', line: 4 })
  })
})
