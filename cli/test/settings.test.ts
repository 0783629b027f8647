import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { ConfigError, makeConfig } from '../../node/config.ts'
import { homeAt, makeHome } from '../../node/home.ts'
import { checkClientConfig } from '../client-config.ts'
import { CliError } from '../errors.ts'
import { settings } from '../settings/catalogue.ts'
import {
  checkSettings,
  defaultOf,
  findSetting,
  readSetting,
  writeSetting,
} from '../settings/store.ts'
import { freshHome } from './run-cli.ts'

function leaves(table: object, prefix = ''): string[] {
  return Object.entries(table).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leaves(value, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  )
}

function newHome() {
  const home = homeAt(freshHome())
  makeHome(home)
  return home
}

describe('settings', () => {
  it('explains every setting that exists, and no other', () => {
    const { config, app } = makeConfig({}, {})
    const real = [
      ...leaves(config),
      ...leaves(app),
      ...leaves(checkClientConfig('client', { 'keyring-backend': 'test' })),
    ]
    expect(settings.map((one) => one.key).sort()).to.deep.equal(real.sort())
    for (const one of settings) expect(one.explains, one.key).to.match(/\.$/)
  })

  it('writes every default and reads it back unchanged', () => {
    const home = newHome()
    for (const doc of settings) {
      const value = defaultOf(doc)
      if (value === undefined) continue
      writeSetting(home, doc, Array.isArray(value) ? value.join(',') : String(value))
      expect(readSetting(home, doc), doc.key).to.deep.equal(value)
    }
    checkSettings(home)
  })

  it('refuses a value that does not fit and leaves the file as it was', () => {
    const home = newHome()
    writeSetting(home, findSetting('moniker'), 'one')
    const before = readFileSync(home.configToml, 'utf8')
    expect(() => writeSetting(home, findSetting('log_format'), 'xml')).to.throw(
      ConfigError,
      'log_format',
    )
    expect(() => writeSetting(home, findSetting('consensus.timeout_commit'), 'soon')).to.throw(
      ConfigError,
      'duration',
    )
    expect(readFileSync(home.configToml, 'utf8')).to.equal(before)
  })

  it('names the nearest setting for a misspelt one', () => {
    expect(() => findSetting('consensus.timeout_comit'))
      .to.throw(CliError)
      .with.nested.property('details.hint')
      .that.contains('did you mean consensus.timeout_commit?')
  })

  it('says file and line of TOML that cannot be read, and names unknown settings', () => {
    const home = newHome()
    writeFileSync(home.configToml, 'moniker = "x"\nlog_level = \n')
    expect(() => checkSettings(home)).to.throw(ConfigError, `${home.configToml}:2`)
    writeFileSync(home.configToml, 'monicker = "x"\n')
    expect(() => checkSettings(home)).to.throw(ConfigError, 'monicker: there is no such setting')
    writeFileSync(home.configToml, '')
    writeFileSync(join(home.root, 'config', 'client.toml'), 'node = 5\n')
    expect(() => checkSettings(home)).to.throw(ConfigError, 'client.toml: node')
  })
})
