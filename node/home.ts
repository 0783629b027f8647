import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where everything of one node lies: CometBFT's file names, so that operators find what they know. */
export interface Home {
  readonly root: string
  readonly configToml: string
  readonly appToml: string
  readonly genesis: string
  readonly nodeKey: string
  readonly validatorKey: string
  readonly validatorState: string
  readonly database: string
  readonly wal: string
}

/** `--home`, else `STROM_HOME`, else `~/.strom`. */
export function defaultHome(): string {
  return process.env.STROM_HOME ?? join(homedir(), '.strom')
}

/** Paths inside a home. */
export function homeAt(root: string): Home {
  return {
    root,
    configToml: join(root, 'config', 'config.toml'),
    appToml: join(root, 'config', 'app.toml'),
    genesis: join(root, 'config', 'genesis.json'),
    nodeKey: join(root, 'config', 'node_key.json'),
    validatorKey: join(root, 'config', 'priv_validator_key.json'),
    validatorState: join(root, 'data', 'priv_validator_state.json'),
    database: join(root, 'data', 'strom.db'),
    wal: join(root, 'data', 'cs.wal'),
  }
}

/** Makes the folders of a home; those that hold keys are readable by their owner only. */
export function makeHome(home: Home): void {
  mkdirSync(join(home.root, 'config'), { recursive: true, mode: 0o700 })
  mkdirSync(join(home.root, 'data'), { recursive: true, mode: 0o700 })
}
