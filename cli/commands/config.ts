import type { Command } from 'commander'
import { group, homeOf, leaf } from '../common.ts'
import { emit } from '../output.ts'
import { settings } from '../settings/catalogue.ts'
import {
  checkSettings,
  defaultOf,
  findSetting,
  readSetting,
  settingsPath,
  writeSetting,
} from '../settings/store.ts'
import { table } from '../table.ts'

interface Options {
  readonly home?: string
}

/** `strom config …`. */
export function configCommand(): Command {
  return group('config', 'read, explain and change settings', [
    leaf('get', 'the value of a setting')
      .argument('<key>', 'such as p2p.laddr')
      .action((key: string, options: Options) => {
        const value = readSetting(homeOf(options), findSetting(key))
        emit({ key, value: value ?? null }, valueText(value))
      }),
    leaf('set', 'change a setting')
      .argument('<key>')
      .argument('<value>')
      .action((key: string, text: string, options: Options) => {
        const home = homeOf(options)
        const doc = findSetting(key)
        const value = writeSetting(home, doc, text)
        const file = settingsPath(home, doc.file)
        emit({ key, value, file }, `${key} = ${valueText(value)} in ${file}`)
      }),
    leaf('view', 'all settings and their values').action((options: Options) => {
      const home = homeOf(options)
      const rows = settings.map((doc) => ({
        file: `${doc.file}.toml`,
        key: doc.key,
        value: readSetting(home, doc) ?? null,
      }))
      emit({ settings: rows }, table(rows.map((row) => ({ ...row, value: valueText(row.value) }))))
    }),
    leaf('validate', 'check the files of settings').action((options: Options) => {
      const home = homeOf(options)
      checkSettings(home)
      emit({ valid: true, home: home.root }, `the settings of ${home.root} are valid`)
    }),
    leaf('explain', 'what a setting does')
      .argument('<key>')
      .action((key: string) => {
        const doc = findSetting(key)
        emit({
          key: doc.key,
          file: `${doc.file}.toml`,
          type: doc.type,
          default: defaultOf(doc) ?? null,
          explains: doc.explains,
        })
      }),
  ])
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  return value === undefined || value === null ? '' : String(value)
}
