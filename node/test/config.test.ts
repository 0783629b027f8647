import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { ConfigError, loadConfig, makeConfig, parseGasPrices, writeConfig } from '../config.ts'
import { defaultHome, type Home, homeAt, makeHome } from '../home.ts'

describe('the home of a node', () => {
  let home: Home
  beforeEach(() => {
    home = homeAt(mkdtempSync(join(tmpdir(), 'strom-home-')))
    makeHome(home)
  })
  afterEach(() => rmSync(home.root, { recursive: true }))

  it('keeps the folders that hold keys to their owner', () => {
    for (const folder of ['config', 'data']) {
      expect(statSync(join(home.root, folder)).mode & 0o777).to.equal(0o700)
    }
    makeHome(home)
  })

  it('lies where STROM_HOME says, else in ~/.strom', () => {
    const before = process.env.STROM_HOME
    try {
      process.env.STROM_HOME = '/somewhere'
      expect(defaultHome()).to.equal('/somewhere')
      delete process.env.STROM_HOME
      expect(defaultHome()).to.match(/\.strom$/)
    } finally {
      if (before === undefined) delete process.env.STROM_HOME
      else process.env.STROM_HOME = before
    }
  })

  it('without files has the defaults, durations in milliseconds', () => {
    const { config, app } = loadConfig(home)
    expect(config.consensus.timeout_propose).to.equal(3000)
    expect(config.consensus.timeout_prevote_delta).to.equal(500)
    expect(config.rpc.laddr).to.equal('tcp://127.0.0.1:26657')
    expect(app['block-budget']).to.equal(400)
    expect(app.api.enable).to.equal(true)
  })

  it('writes settings that read back, and leaves files that are there alone', () => {
    writeConfig(home, { moniker: 'one', consensus: { timeout_commit: '250ms' } }, {})
    expect(loadConfig(home).config.moniker).to.equal('one')
    expect(loadConfig(home).config.consensus.timeout_commit).to.equal(250)
    const text = readFileSync(home.configToml, 'utf8')
    writeConfig(home, { moniker: 'two' }, {})
    expect(readFileSync(home.configToml, 'utf8')).to.equal(text)
    expect(existsSync(home.appToml)).to.equal(true)
  })

  it('refuses what cannot be used, naming file and key', () => {
    const refusal = (text: string): string => {
      writeFileSync(home.configToml, text)
      try {
        loadConfig(home)
      } catch (error) {
        if (error instanceof ConfigError) return error.message
        throw error
      }
      return 'taken'
    }
    const at = `${home.configToml}`
    expect(refusal('monicker = "x"')).to.equal(`${at}: monicker: there is no such setting`)
    expect(refusal('[rpc]\nladdr = 7')).to.match(/config\.toml: rpc\.laddr: /)
    expect(refusal('[consensus]\ntimeout_commit = "soon"')).to.equal(
      `${at}: consensus.timeout_commit: must be a duration such as "500ms" or "3s"`,
    )
    expect(refusal('[mempool]\nsize = -1')).to.match(/mempool\.size/)
    expect(refusal('moniker = "x"\nbroken')).to.match(/config\.toml:2: /)
    expect(() => makeConfig({ moniker: '' }, {})).to.throw(ConfigError, 'moniker')
  })
})

describe('minimum gas prices', () => {
  it('are read exactly, as price x 10^18', () => {
    expect(parseGasPrices('0.025ustrom, 1stake')).to.deep.equal([
      { denom: 'ustrom', price: 25n * 10n ** 15n },
      { denom: 'stake', price: 10n ** 18n },
    ])
    expect(parseGasPrices('0.000000000000000001ustrom')[0]?.price).to.equal(1n)
  })

  it('of zero, and no text, ask for nothing', () => {
    expect(parseGasPrices('0ustrom')).to.deep.equal([])
    expect(parseGasPrices('')).to.deep.equal([])
  })

  it('that are none are refused', () => {
    for (const text of ['ustrom', '-1ustrom', '1.ustrom', '0.0000000000000000001ustrom', '1u']) {
      expect(() => parseGasPrices(text), text).to.throw(ConfigError, 'is not a price')
    }
  })
})
