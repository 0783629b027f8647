import type { Command } from 'commander'

/** One command of the top level; its code is loaded only when it is called, so that help is instant. */
export interface CommandEntry {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly description: string
  readonly load: () => Promise<Command>
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'dev',
    description: 'four validators and a town of recorded homes, on this machine',
    load: async () => (await import('./commands/dev.ts')).devCommand(),
  },
  {
    name: 'testnet',
    description: 'make and run a local network of validators',
    load: async () => (await import('./commands/testnet.ts')).testnetCommand(),
  },
  {
    name: 'init',
    description: 'make the home of a node: settings, keys and a genesis document',
    load: async () => (await import('./commands/init.ts')).initCommand(),
  },
  {
    name: 'start',
    description: 'run a node',
    load: async () => (await import('./commands/start.ts')).startCommand(),
  },
  {
    name: 'status',
    description: 'how the node and its chain stand',
    load: async () => (await import('./commands/status.ts')).statusCommand(),
  },
  {
    name: 'keys',
    description: 'make, show and move account keys',
    load: async () => (await import('./commands/keys.ts')).keysCommand(),
  },
  {
    name: 'query',
    aliases: ['q'],
    description: 'ask the chain: modules, blocks and transactions',
    load: async () => (await import('./commands/query.ts')).queryCommand(),
  },
  {
    name: 'tx',
    description: 'build, sign and send transactions',
    load: async () => (await import('./commands/tx.ts')).txCommand(),
  },
  {
    name: 'device',
    description: 'devices and what their readings became',
    load: async () => (await import('./commands/device.ts')).deviceCommand(),
  },
  {
    name: 'cert',
    aliases: ['certificate'],
    description: 'certificates: look, export, prove, verify',
    load: async () => (await import('./commands/cert.ts')).certCommand(),
  },
  {
    name: 'validator',
    description: 'make a validator with storage behind it, and see how it stands',
    load: async () => (await import('./commands/validator.ts')).validatorCommand(),
  },
  {
    name: 'gateway',
    description: 'carry meter readings to the chain',
    load: async () => (await import('./commands/gateway.ts')).gatewayCommand(),
  },
  {
    name: 'ocmf',
    description: "a charger's signed receipts: what they say, who signed them",
    load: async () => (await import('./commands/ocmf.ts')).ocmfCommand(),
  },
  {
    name: 'genesis',
    description: 'check and change a genesis document',
    load: async () => (await import('./commands/genesis.ts')).genesisCommand(),
  },
  {
    name: 'config',
    description: 'read, explain and change settings',
    load: async () => (await import('./commands/config.ts')).configCommand(),
  },
  {
    name: 'comet',
    aliases: ['cometbft', 'tendermint'],
    description: 'keys of the node and reset of its data',
    load: async () => (await import('./commands/comet.ts')).cometCommand(),
  },
  {
    name: 'export',
    description: 'the state of a stopped node as a genesis document',
    load: async () => (await import('./commands/export.ts')).exportCommand(),
  },
  {
    name: 'debug',
    description: 'replay stored blocks, decode transactions and addresses',
    load: async () => (await import('./commands/debug.ts')).debugCommand(),
  },
  {
    name: 'version',
    description: 'the version of this software',
    load: async () => (await import('./commands/version.ts')).versionCommand(),
  },
]
