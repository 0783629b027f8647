import { makeConfig } from '../../node/config.ts'
import type { Home } from '../../node/home.ts'
import { checkClientConfig, clientToml, readToml, writeToml } from '../client-config.ts'
import { usageError } from '../errors.ts'
import { type SettingDoc, type SettingsFile, settings } from './catalogue.ts'

type Table = { [key: string]: unknown }

/** Path of a file of settings. */
export function settingsPath(home: Home, file: SettingsFile): string {
  if (file === 'client') return clientToml(home)
  return file === 'config' ? home.configToml : home.appToml
}

/** A setting by its key, `p2p.laddr`. Throws a usage error naming the nearest known key. */
export function findSetting(key: string): SettingDoc {
  const found = settings.find((one) => one.key === key)
  if (found !== undefined) return found
  const nearest = [...settings].sort((a, b) => distance(a.key, key) - distance(b.key, key))[0]
  throw usageError(
    `there is no setting "${key}"`,
    nearest === undefined ? undefined : `did you mean ${nearest.key}? All: strom config view`,
  )
}

/** A setting's value in this home: what its file says, else the default. */
export function readSetting(home: Home, doc: SettingDoc): unknown {
  return member(checked(home, doc.file), doc)
}

/** The default of a setting. */
export function defaultOf(doc: SettingDoc): unknown {
  return member(defaults(doc.file), doc)
}

/** Changes a setting given as text. The whole file is checked before it is written. Throws ConfigError. */
export function writeSetting(home: Home, doc: SettingDoc, text: string): unknown {
  const path = settingsPath(home, doc.file)
  const table = readToml(path)
  const value = parseValue(doc, text)
  const keys = doc.key.split('.')
  const last = keys.pop() as string
  let at: Table = table
  for (const key of keys) {
    const inner = at[key]
    at = at[key] = typeof inner === 'object' && inner !== null ? { ...inner } : {}
  }
  at[last] = value
  check(doc.file, path, table)
  writeToml(path, table)
  return value
}

/** Checks the three files of a home. Throws ConfigError naming file and key. */
export function checkSettings(home: Home): void {
  for (const file of ['config', 'app', 'client'] as const) checked(home, file)
}

function checked(home: Home, file: SettingsFile): Table {
  const path = settingsPath(home, file)
  return check(file, path, readToml(path))
}

function check(file: SettingsFile, path: string, table: Table): Table {
  if (file === 'client') return { ...checkClientConfig(path, table) }
  try {
    const { config, app } = makeConfig(file === 'config' ? table : {}, file === 'app' ? table : {})
    return { ...(file === 'config' ? config : app) }
  } catch (error) {
    if (error instanceof Error)
      error.message = error.message.replace(/^(config|app): /, `${path}: `)
    throw error
  }
}

function defaults(file: SettingsFile): Table {
  return check(file, file, {})
}

function member(table: Table, doc: SettingDoc): unknown {
  let value: unknown = table
  for (const key of doc.key.split('.')) value = (value as Table | undefined)?.[key]
  return doc.type === 'duration' ? durationText(Number(value)) : value
}

/** Milliseconds as the files write them. */
function durationText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}

function parseValue(doc: SettingDoc, text: string): unknown {
  switch (doc.type) {
    case 'number':
      if (!/^\d{1,15}$/.test(text)) throw usageError(`${doc.key}: "${text}" is not a whole number`)
      return Number(text)
    case 'flag':
      if (text !== 'true' && text !== 'false') throw usageError(`${doc.key} is true or false`)
      return text === 'true'
    case 'list':
      return text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
    default:
      return text
  }
}

/** Levenshtein distance: how many letters two keys differ by. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
