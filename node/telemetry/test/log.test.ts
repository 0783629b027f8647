import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createLogger, nullLogger, parseLogLevels } from '../log.ts'

function memory(): { lines: string[]; write(line: string): void } {
  const lines: string[] = []
  return { lines, write: (line) => void lines.push(line) }
}

describe('log', () => {
  it('writes one JSON object a line with module, message and fields', () => {
    const sink = memory()
    const log = createLogger('node', { sink, fields: { moniker: 'val0' } })
    log.info('block committed', {
      height: 9007199254740993n,
      hash: new Uint8Array([0xab, 1]),
    })
    const line = JSON.parse(sink.lines[0] ?? '')
    expect(line).to.include({
      level: 'info',
      module: 'node',
      moniker: 'val0',
      msg: 'block committed',
      height: '9007199254740993',
      hash: 'ab01',
    })
    expect(line.time).to.match(/^\d{4}-\d\d-\d\dT/)
  })

  it('gives each module the level its spec names', () => {
    const sink = memory()
    const log = createLogger('node', { sink, level: 'p2p:debug,*:warn' })
    log.info('hidden')
    log.child('p2p').debug('shown')
    log.child('p2p').trace('hidden too')
    log.child('mempool').warn('shown as well')
    expect(sink.lines.map((line) => JSON.parse(line).msg)).to.deep.equal(['shown', 'shown as well'])
  })

  it('refuses a level it does not know and says what is allowed', () => {
    expect(() => parseLogLevels('p2p:loud')).to.throw('log level "p2p:loud" is not understood')
    expect(() => parseLogLevels(':info')).to.throw('use LEVEL or MODULE:LEVEL')
  })

  it('renders text lines for eyes, quoting values with blanks', () => {
    const sink = memory()
    createLogger('p2p', { sink, format: 'text' }).warn('peer gone', {
      peer: 'abc',
      why: 'too slow',
      n: 3n,
    })
    expect(sink.lines[0]).to.match(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}p2p {8}peer gone peer=abc why="too slow" n=3\n$/,
    )
  })

  it('keeps name, message and stack of errors', () => {
    const sink = memory()
    createLogger('x', { sink }).error('failed', { err: new TypeError('bad') })
    const { err } = JSON.parse(sink.lines[0] ?? '')
    expect(err.type).to.equal('TypeError')
    expect(err.stack).to.contain('log.test')
  })

  it('appends to a file and creates its folder', () => {
    const dir = mkdtempSync(join(tmpdir(), 'strom-log-'))
    const file = join(dir, 'logs', 'node.log')
    createLogger('a', { file }).info('one')
    createLogger('a', { file }).info('two')
    expect(readFileSync(file, 'utf8').trim().split('\n')).to.have.length(2)
    rmSync(dir, { recursive: true })
  })

  it('has a null logger whose children are null too', () => {
    expect(nullLogger.child('x')).to.equal(nullLogger)
  })
})
