import { modulesOf } from './shape.ts'

/** A room and the paths below which its files may import; `type:` marks what must be `import type`. */
export interface Room {
  readonly path: string
  readonly may: readonly string[]
  /** Packages it may use; undefined for rooms on Node, which may use any installed one. */
  readonly packages?: readonly string[]
}

const PURE: readonly Room[] = [
  { path: 'proto', may: [], packages: [] },
  { path: 'modules/kit', may: ['proto'], packages: ['@noble/', '@scure/base'] },
  { path: 'node/chain', may: ['proto'], packages: ['@noble/'] },
  { path: 'node/consensus/core', may: ['proto', 'node/chain'], packages: ['@noble/'] },
  { path: 'node/abci', may: ['type:proto'], packages: [] },
]

// The consensus shell and its neighbours meet the state machine at node/abci only.
const BOUNDARY = ['proto', 'node/chain', 'node/abci', 'node/telemetry']

const NODE: readonly Room[] = [
  { path: 'node/telemetry', may: ['proto'] },
  { path: 'node/store', may: ['proto', 'modules/kit'] },
  { path: 'node/consensus', may: [...BOUNDARY, 'node/consensus/core'] },
  { path: 'node/p2p', may: BOUNDARY },
  { path: 'node/mempool', may: BOUNDARY },
  { path: 'node/index', may: BOUNDARY },
  { path: 'node/rpc', may: [...BOUNDARY, 'node/index'] },
  { path: 'node', may: ['proto', 'modules/kit', 'node'] },
]

const TOP: readonly Room[] = [
  { path: 'genesis', may: ['proto', 'modules/kit', 'node/app', 'node/chain'] },
  { path: 'cli/gateway', may: ['proto', 'modules/kit'] },
  { path: 'cli/dev', may: ['proto', 'modules/kit', 'cli'] },
]

// Tools join finished parts; the inside of consensus is not theirs.
const TOOLS = ['proto', 'modules/kit', 'genesis', 'node', 'cli', 'testnet']
// Files an operator or an observer deals in: clocks, keys, sign state, messages on the wire and their signatures.
export const CONSENSUS_DOORS = [
  'clock',
  'key-file',
  'messages',
  'sign-slots',
  'sign-state',
  'verify-ed25519',
].map((name) => `node/consensus/${name}.ts`)

/** All rooms, the more specific ones first. */
export function roomsOf(files: Iterable<string>): readonly Room[] {
  const modules = modulesOf(files)
  const apis = modules.map((name) => `type:modules/${name}/api.ts`)
  const app: Room = {
    path: 'node/app',
    may: [
      'proto',
      'modules/kit',
      'node/store',
      'node/abci',
      ...apis,
      ...modules.map((name) => `modules/${name}/module.ts`),
    ],
  }
  return [
    ...PURE,
    ...modules.map((name) => ({
      path: `modules/${name}`,
      may: ['proto', 'modules/kit', ...apis],
      packages: [],
    })),
    app,
    ...NODE,
    ...TOP,
    { path: 'cli', may: TOOLS },
    { path: 'testnet', may: TOOLS },
  ]
}

/** The room of a file, undefined for files of the root. */
export function roomOf(rooms: readonly Room[], file: string): Room | undefined {
  return rooms.find(({ path }) => file.startsWith(`${path}/`))
}
