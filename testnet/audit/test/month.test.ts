import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { monthReport } from '../month.ts'

describe('a recorded month of the town', function () {
  this.timeout(180_000)
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'strom-month-'))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  it('ends in what its raw files say, to the Wh: the first three days, with everything that goes wrong', async () => {
    const { lines, differences } = await monthReport(3, dir)
    expect(differences).to.deep.equal([])
    const devices = lines.filter((line) => line.includes(' difference '))
    expect(devices).to.have.length(13)
    for (const line of devices) expect(line).to.contain(' difference 0 Wh ')
    // What was meant to go wrong did.
    const about = (story: string): string => lines.find((line) => line.includes(`(${story})`)) ?? ''
    expect(about('a lying battery')).to.match(/questionable [1-9]/)
    expect(about('its clock jumps')).to.match(/gap [1-9]/)
    expect(about('its key is stolen')).to.match(/tampered [1-9]/)
    expect(about('its register is exchanged')).to.match(/gateway_cap [1-9]/)
    expect(about('rolls over')).to.match(/credited [1-9]/)
  })
})
