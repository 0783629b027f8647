import type { Codec, JsonValue } from '../../../proto/codec.ts'
import { compareBytes } from '../bytes.ts'
import { ChainError } from '../errors.ts'
import type { MessageDef, Module } from '../module.ts'
import { type FakeChain, fakeChain } from './fake-context.ts'
import { fakeRouter } from './fake-router.ts'

/** Globals of the test runner; declared here because pure rooms have no ambient types. */
declare const describe: (title: string, body: () => void) => void
declare const it: (title: string, body: () => void) => void

/** One step of the sample history. */
export type Operation =
  | {
      readonly kind: 'message'
      readonly title: string
      readonly typeUrl: string
      readonly value: unknown
    }
  | {
      readonly kind: 'refused'
      readonly title: string
      readonly typeUrl: string
      readonly value: unknown
      readonly codespace: string
      readonly code: number
    }
  | { readonly kind: 'block'; readonly title: string; readonly seconds: bigint }
  | { readonly kind: 'call'; readonly title: string; readonly run: (chain: FakeChain) => void }

/** A message that must succeed. */
export function accepted<M>(title: string, codec: Codec<M>, value: M): Operation {
  return { kind: 'message', title, typeUrl: codec.typeUrl, value }
}

/**
 * A message that must be refused with this error and leave no write. `title` completes "fails when …" and stands like
 * that in the module's README.
 */
export function refused<M>(
  title: string,
  codec: Codec<M>,
  value: M,
  codespace: string,
  code: number,
): Operation {
  return { kind: 'refused', title, typeUrl: codec.typeUrl, value, codespace, code }
}

/** Ends the block, lets `seconds` pass and begins the next one. */
export function block(seconds = 6n): Operation {
  return { kind: 'block', title: `a block of ${seconds} s passes`, seconds }
}

/** Anything else that changes state the way the app does, such as a mint from a block phase. */
export function call(title: string, run: (chain: FakeChain) => void): Operation {
  return { kind: 'call', title, run }
}

/** What the suite needs to know of a module. */
export interface ModuleSuite {
  /** Fresh modules in genesis order, dependencies first, the module under test last. */
  readonly make: () => readonly Module[]
  /** Genesis by module name; modules left out start from their defaults. */
  readonly sampleGenesis: { readonly [module: string]: JsonValue }
  readonly operations: readonly Operation[]
  /** Keys that genesis export leaves out on purpose, each with its reason: they are left out of content hashes. */
  readonly notExported?: readonly {
    readonly store: string
    readonly prefix: Uint8Array
    readonly reason: string
  }[]
}

/** Registers the tests every module must pass: see modules/README.md. */
export function runModuleSuite(suite: ModuleSuite): void {
  const name = subject(suite.make()).name
  describe(`module suite of ${name}`, () => {
    it('default genesis is valid', () => {
      for (const module of suite.make()) module.genesis.validate(module.genesis.defaults())
    })
    it('genesis export, import and export again are identical in bytes and content', () => {
      checkRoundTrip(suite, start(suite))
    })
    it(`every one of ${suite.operations.length} operations ends as expected, and invariants hold after each`, () => {
      run(suite, (chain, modules, title) => checkInvariants(chain, modules, title))
    })
    suite.operations.forEach((operation, i) => {
      if (operation.kind !== 'refused') return
      const { title, codespace, code } = operation
      it(`fails when ${title}: ${codespace} ${code}, and nothing is written`, () => {
        run({ ...suite, operations: suite.operations.slice(0, i + 1) })
      })
    })
    it('state after the operations exports and imports to identical bytes and content', () => {
      checkRoundTrip(suite, run(suite))
    })
    it('two runs of the same operations end in the same state and events', () => {
      const [first, second] = [run(suite), run(suite)]
      for (const store of first.chain.storeNames) {
        same(first.chain.contentHash(store), second.chain.contentHash(store), `store ${store}`)
      }
      same(JSON.stringify(first.chain.events), JSON.stringify(second.chain.events), 'events')
    })
    it('every message says in one sentence what it does and who signs it', () =>
      checkSentences(suite))
  })
}

interface World {
  readonly chain: FakeChain
  readonly modules: readonly Module[]
}

function subject(modules: readonly Module[]): Module {
  const last = modules.at(-1)
  if (last === undefined) throw new Error('make() returned no module')
  return last
}

/** Sets up a chain from genesis, by default the sample. */
function start(
  suite: ModuleSuite,
  genesis: { readonly [module: string]: JsonValue } = suite.sampleGenesis,
): World {
  const modules = suite.make()
  const chain = fakeChain()
  for (const module of modules) {
    const json = genesis[module.name] ?? module.genesis.defaults()
    module.genesis.validate(json)
    module.genesis.init(chain.write(), json)
  }
  checkInvariants(chain, modules, 'genesis')
  return { chain, modules }
}

function run(
  suite: ModuleSuite,
  after: (chain: FakeChain, modules: readonly Module[], title: string) => void = () => undefined,
): World {
  const world = start(suite)
  for (const operation of suite.operations) {
    step(world, operation)
    after(world.chain, world.modules, operation.title)
  }
  return world
}

function step({ chain, modules }: World, operation: Operation): void {
  if (operation.kind === 'call') {
    operation.run(chain)
    return
  }
  if (operation.kind === 'block') {
    fakeRouter(chain, modules).nextBlock(operation.seconds)
    return
  }
  const message = definition(modules, operation.typeUrl)
  const deliver = (): void => {
    // Through bytes, as a transaction carries it: what cannot be encoded is no message.
    const value = message.codec.decode(message.codec.encode(operation.value))
    message.validate(value)
    const router = fakeRouter(chain, modules)
    message.response.encode(router.atomically((ctx) => message.handle(ctx, value)))
  }
  if (operation.kind === 'message') {
    deliver()
    return
  }
  const before = fingerprint(chain)
  try {
    deliver()
  } catch (error) {
    if (!(error instanceof ChainError)) throw error
    const found = `${error.codespace} ${error.code}`
    same(
      found,
      `${operation.codespace} ${operation.code}`,
      `${operation.title}: "${error.message}"`,
    )
    same(fingerprint(chain), before, `${operation.title}: state after the refusal`)
    return
  }
  throw new Error(
    `${operation.title}: accepted, but ${operation.codespace} ${operation.code} was expected`,
  )
}

function checkRoundTrip(suite: ModuleSuite, first: World): void {
  const exported = exportAll(first)
  const second = start(suite, exported)
  for (const module of first.modules) {
    const name = module.name
    same(
      JSON.stringify(exportAll(second)[name]),
      JSON.stringify(exported[name]),
      `exported genesis of ${name}`,
    )
    if (module.store === undefined) continue
    const left = (suite.notExported ?? [])
      .filter((row) => row.store === module.store)
      .map((row) => row.prefix)
    const counts = (key: Uint8Array): boolean =>
      left.every((prefix) => compareBytes(key.subarray(0, prefix.length), prefix) !== 0)
    same(
      second.chain.contentHash(module.store, counts),
      first.chain.contentHash(module.store, counts),
      `content of store ${module.store}`,
    )
  }
}

function exportAll({ chain, modules }: World): Record<string, JsonValue> {
  return Object.fromEntries(
    modules.map((module) => [module.name, module.genesis.export(chain.query())]),
  )
}

function checkInvariants(chain: FakeChain, modules: readonly Module[], title: string): void {
  for (const module of modules) {
    for (const law of module.invariants) {
      const broken = law.check(chain.query())
      if (broken !== undefined)
        throw new Error(`after "${title}" ${module.name}/${law.name} is broken: ${broken}`)
    }
  }
}

function checkSentences(suite: ModuleSuite): void {
  const modules = suite.make()
  for (const operation of suite.operations) {
    if (operation.kind !== 'message') continue
    const message = definition(modules, operation.typeUrl)
    const sentence = message.describe(operation.value)
    if (!/^\S.{3,400}\S$/s.test(sentence))
      throw new Error(`${operation.typeUrl} says "${sentence}"`)
    if (message.signers(operation.value).length === 0)
      throw new Error(`${operation.typeUrl} has no signer`)
  }
}

function definition(modules: readonly Module[], typeUrl: string): MessageDef {
  for (const module of modules) {
    const found = module.messages.find((message) => message.codec.typeUrl === typeUrl)
    if (found !== undefined) return found
  }
  throw new Error(`no module handles ${typeUrl}`)
}

function fingerprint(chain: FakeChain): string {
  const filled = chain.storeNames.filter((name) => chain.store(name).size > 0)
  const hashes = filled.map((name) => `${name} ${chain.contentHash(name)}`)
  return `${hashes.join(', ')}, ${chain.events.length} events`
}

function same(found: string, expected: string, what: string): void {
  if (found !== expected)
    throw new Error(`${what}: found ${clip(found)}, expected ${clip(expected)}`)
}

function clip(text: string): string {
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text
}
