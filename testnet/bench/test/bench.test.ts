import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { takeAnswer } from '../lanes.ts'
import { spread } from '../latency.ts'
import { machine } from '../machine.ts'
import { measureNetwork } from '../network-bench.ts'
import { historyLine, type Report, render } from '../report.ts'
import { signatureRates } from '../signatures.ts'
import { treeUpdates } from '../tree.ts'

describe('the benchmark', () => {
  it('measures a network of one validator, and its report holds every figure', async function () {
    this.timeout(120_000)
    const said: string[] = []
    const figures = await measureNetwork(
      1,
      { accounts: 20, transfersEach: 2, devices: 30, readingsEach: 2, idleSeconds: 1, singles: 3 },
      (line) => said.push(line),
    )
    expect(figures.transfers).to.include({ included: 40, failed: 0 })
    expect(figures.readings).to.include({ accepted: 60, failed: 0 })
    expect(said.join('\n')).to.contain('60 readings')
    const location = join(mkdtempSync(join(tmpdir(), 'strom-bench-')), 'tree')
    const report: Report = {
      at: '2026-01-01T00:00:00.000Z',
      quick: true,
      machine: machine(),
      settings: { accounts: 20 },
      signatures: signatureRates(20),
      trees: [{ keys: 2000, ms: await treeUpdates(2000, 2, location) }],
      networks: [figures],
    }
    for (const word of ['transfers', 'device readings', 'an empty height', '2,000 keys', 'ratios'])
      expect(render(report)).to.contain(word)
    const again = JSON.parse(historyLine(report)) as Report
    expect(again.networks[0]?.transfers.included).to.equal(40)
    expect(historyLine(report).trimEnd()).to.not.contain('\n')
  })

  it('reads pipelined answers only when they are whole', () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd'
    for (let cut = 0; cut < answer.length; cut++)
      expect(takeAnswer(Buffer.from(answer.slice(0, cut)))).to.equal(undefined)
    expect(takeAnswer(Buffer.from(`${answer}HTTP`))).to.deep.equal({
      body: 'abcd',
      bytes: answer.length,
    })
  })

  it('gives the median and the time that one in a hundred exceeds', () => {
    const times = Array.from({ length: 200 }, (_, i) => 200 - i)
    expect(spread(times)).to.deep.equal({ p50: 101, p99: 199 })
  })
})
