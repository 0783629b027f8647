import type { Verifier } from '../../../modules/kit/crypto.ts'
import { InvariantError } from '../../../modules/kit/errors.ts'
import type { MessageDef, Module } from '../../../modules/kit/module.ts'
import { type FakeChain, fakeChain } from '../../../modules/kit/testing/fake-context.ts'
import { wireModules } from '../../../node/app/modules.ts'
import { nativeVerifier } from '../../../node/app/native-crypto.ts'
import {
  MsgDeclareExchange,
  type MsgDeclareExchangeResponse,
  MsgSubmitReadings,
  type MsgSubmitReadingsResponse,
  type ReadingResult,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { type AppState, genesisOf } from '../chain/genesis.ts'
import { BUYER, CHAIN, GATEWAYS, type Mail, OWNER, START, STRANGER, type World } from './world.ts'

const verifier: Verifier = nativeVerifier()

/** The chain's own modules, wired as in a node, over stores in memory and without consensus. */
export class ModuleChain {
  chain: FakeChain
  modules: readonly Module[]

  constructor(state: AppState, height: bigint, time: bigint) {
    this.modules = wireModules().modules
    this.chain = fakeChain({ chainId: CHAIN, height, time })
    this.chain.verifier = verifier
    for (const module of this.modules) {
      const json = state[module.name] ?? module.genesis.defaults()
      module.genesis.validate(json)
      module.genesis.init(this.chain.write(), json)
    }
    this.assertInvariants('genesis')
  }

  /** Begins the next block: sweeps run. */
  begin(height: bigint, time: bigint): void {
    this.chain.height = height
    this.chain.time = time
    for (const module of this.modules) module.beginBlock?.(this.chain.write())
  }

  end(): void {
    for (const module of this.modules) module.endBlock?.(this.chain.write())
    this.assertInvariants(`height ${this.chain.height}`)
    this.chain.takeEvents()
  }

  submit(gateway: string, mails: readonly Mail[]): readonly ReadingResult[] {
    const readings = mails.map(({ message, signature }) => ({ message, signature }))
    const answer = this.run<MsgSubmitReadingsResponse>(MsgSubmitReadings.typeUrl, {
      gateway,
      readings,
    })
    return answer.results
  }

  exchange(device: string, openingSeq: bigint): void {
    this.run<MsgDeclareExchangeResponse>(
      MsgDeclareExchange.typeUrl,
      MsgDeclareExchange.create({
        signer: OWNER,
        device,
        context: 'main',
        openingSeq,
        reason: 'exchanged',
      }),
    )
  }

  /** Runs one message as a transaction of its own. */
  run<R>(typeUrl: string, value: unknown): R {
    const found = this.modules
      .flatMap(({ messages }) => messages)
      .find(({ codec }) => codec.typeUrl === typeUrl) as MessageDef<unknown, R> | undefined
    if (found === undefined) throw new Error(`no module takes ${typeUrl}`)
    const message = found.codec.decode(found.codec.encode(value))
    found.validate(message)
    // Nothing here is refused as a whole; what throws fails the test.
    return found.handle(this.chain.message(), message)
  }

  /** Everything as genesis, through text as an operator would carry it. */
  exported(): AppState {
    const state = Object.fromEntries(
      this.modules.map((module) => [module.name, module.genesis.export(this.chain.query())]),
    )
    return JSON.parse(JSON.stringify(state)) as AppState
  }

  /** Goes on as a new chain whose genesis is the present state. */
  restart(): void {
    const again = new ModuleChain(this.exported(), this.chain.height, this.chain.time)
    this.chain = again.chain
    this.modules = again.modules
  }

  assertInvariants(when: string): void {
    const broken = brokenInvariant(this)
    if (broken !== undefined) throw new InvariantError(`${when}: ${broken}`)
  }
}

/** The first invariant that does not hold, by name. */
export function brokenInvariant({ modules, chain }: ModuleChain): string | undefined {
  for (const module of modules)
    for (const { name, check } of module.invariants) {
      const broken = check(chain.query())
      if (broken !== undefined) return `${name}: ${broken}`
    }
  return undefined
}

/** A chain in which a case's devices and gateways are registered. */
export function chainOf({ sheets, revoked }: World): ModuleChain {
  const accounts = [OWNER, BUYER, ...GATEWAYS, STRANGER]
  return new ModuleChain(genesisOf({ sheets, revoked, accounts, time: START }), 0n, 0n)
}
