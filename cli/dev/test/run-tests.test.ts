import { expect } from 'chai'
import { countMocha, stagesOf } from '../run-tests.ts'

describe('the test command', () => {
  it('counts what mocha reports in its closing lines, whatever tests print before', () => {
    const output =
      '  \x1b[92m✔\x1b[0m x\n  7 passing\n\n\x1b[92m \x1b[0m\x1b[32m 12 passing\x1b[0m (3s)\n'
    expect(countMocha(output, 0)).to.deep.equal({ passed: 12, failed: 0 })
    expect(countMocha(`${output}  2 failing\n`, 2)).to.deep.equal({ passed: 12, failed: 2 })
  })

  it('counts a run that died, or ended badly after its summary, as failed', () => {
    expect(countMocha('Error: cannot load', 1)).to.deep.equal({ passed: 0, failed: 1 })
    expect(countMocha('', 0)).to.deep.equal({ passed: 0, failed: 1 })
    expect(countMocha('  3 passing (1s)\n', 7)).to.deep.equal({ passed: 3, failed: 1 })
  })

  it('runs each file once, networks after the rest, and what measures time alone', () => {
    const files = [
      'cli/test/start.test.ts',
      'modules/bank/test/module.test.ts',
      'node/mempool/test/throughput.test.ts',
      'node/store/test/model.test.ts',
      'testnet/audit/test/matrix.test.ts',
      'testnet/kill/test/kill.test.ts',
      'testnet/scenarios/test/one.test.ts',
      'testnet/town/test/axis.test.ts',
    ]
    expect(stagesOf(files)).to.deep.equal([
      [
        [files[3], files[4]],
        [files[1], files[7]],
      ],
      [[files[6]], [files[0]]],
      [[files[2], files[5]]],
    ])
  })
})
