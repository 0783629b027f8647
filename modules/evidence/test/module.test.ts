import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { Equivocation } from '../../../proto/gen/cosmos/evidence/v1beta1/evidence.ts'
import { GenesisState } from '../../../proto/gen/cosmos/evidence/v1beta1/genesis.ts'
import { MsgSubmitEvidence } from '../../../proto/gen/cosmos/evidence/v1beta1/tx.ts'
import type { Any } from '../../../proto/gen/google/protobuf/any.ts'
import { toBech32 } from '../../kit/address.ts'
import { toHex } from '../../kit/bytes.ts'
import type { Misbehavior } from '../../kit/context.ts'
import { ChainError } from '../../kit/errors.ts'
import type { Module } from '../../kit/module.ts'
import { block, call, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import {
  account,
  consensus,
  STROM,
  stakeGenesis,
  stakeModules,
  startWorld,
  valcons,
  type World,
} from '../../slashing/test/world.ts'
import { NOT_EXPORTED } from '../../staking/state.ts'
import { packEvidence } from '../equivocation.ts'
import { genesis } from '../genesis.ts'

const world: { modules?: readonly Module[] } = {}

function make(): readonly Module[] {
  const { modules } = stakeModules()
  const order = ['auth', 'bank', 'staking', 'slashing', 'evidence']
  world.modules = order.map((name) => modules.find((module) => module.name === name) as Module)
  return world.modules
}

/** 2026-01-01T00:00:00Z, where the chain of tests starts. */
const START = 1_767_225_600n

const fault: Misbehavior = {
  type: 'duplicate_vote',
  address: consensus(0),
  power: 1000n,
  height: 1n,
  time: START,
  timeNanos: 0,
  totalPower: 2000n,
}
const stored: Equivocation = {
  height: 1n,
  time: { seconds: START, nanos: 0 },
  power: 1000n,
  consensusAddress: valcons(0),
}

const submit = (evidence: Any | undefined): MsgSubmitEvidence => ({
  submitter: toBech32(account(3)),
  evidence,
})
const bad = (title: string, changes: Partial<Equivocation>) =>
  refused(title, MsgSubmitEvidence, submit(packEvidence({ ...stored, ...changes })), 'evidence', 3)

runModuleSuite({
  make,
  sampleGenesis: stakeGenesis([1000n * STROM, 1000n * STROM]),
  notExported: NOT_EXPORTED,
  operations: [
    block(),
    refused(
      'nothing handles the evidence',
      MsgSubmitEvidence,
      submit(packEvidence(stored)),
      'evidence',
      2,
    ),
    call('a proven fault', (chain) => {
      for (const module of world.modules ?? [])
        module.beginBlock?.({ ...chain.write(), misbehavior: [fault] })
    }),
    refused(
      'the evidence is known already',
      MsgSubmitEvidence,
      submit(packEvidence(stored)),
      'evidence',
      5,
    ),
    refused('the evidence is missing', MsgSubmitEvidence, submit(undefined), 'evidence', 3),
    refused(
      'the packed message is no evidence',
      MsgSubmitEvidence,
      submit({ typeUrl: '/cosmos.bank.v1beta1.MsgSend', value: new Uint8Array() }),
      'evidence',
      3,
    ),
    refused(
      'the evidence does not decode',
      MsgSubmitEvidence,
      submit({ typeUrl: Equivocation.typeUrl, value: Uint8Array.of(1, 2, 3) }),
      'evidence',
      3,
    ),
    bad('its height is not positive', { height: 0n }),
    bad('its time is not after 1970', { time: { seconds: 0n, nanos: 0 } }),
    bad('its power is not positive', { power: 0n }),
    bad('it names no validator', { consensusAddress: '' }),
    refused(
      'the submitter is malformed',
      MsgSubmitEvidence,
      { ...submit(packEvidence(stored)), submitter: 'strom1' },
      'sdk',
      7,
    ),
    block(),
  ],
})

describe('evidence as clients see it', () => {
  function ask(of: World, method: string, request: object): Record<string, JsonValue> {
    const module = of.modules.find(({ name }) => name === 'evidence')
    const query = module?.queries.find((q) => q.method === method)
    if (query === undefined) throw new Error(`no query ${method}`)
    const response = query.handle(of.chain.query(), query.request.create(request))
    return query.response.toJson(response) as Record<string, JsonValue>
  }

  it('Evidence answers by hash in either case, AllEvidence lists by hash', () => {
    const of = startWorld({ stakes: [10n * STROM, 20n * STROM, 30n * STROM] })
    of.to(9n)
    of.next({ faults: [of.fault(0, 8n), of.fault(1, 8n)] })
    const all = ask(of, 'AllEvidence', {})['evidence'] as Record<string, string>[]
    const names = [valcons(0), valcons(1)]
    expect(all.map((row) => row['consensus_address']).sort()).to.deep.equal(names.sort())
    const evidence = {
      ...stored,
      height: 8n,
      power: 10n,
      time: { seconds: of.chain.time - 12n, nanos: 0 },
    }
    const hash = toHex(nobleHasher.sha256(Equivocation.encode(evidence)))
    for (const text of [hash, hash.toUpperCase()]) {
      expect(ask(of, 'Evidence', { hash: text })['evidence']).to.deep.include({
        '@type': '/cosmos.evidence.v1beta1.Equivocation',
        height: '8',
        consensus_address: valcons(0),
      })
    }
    const code = (text: string): number => {
      try {
        ask(of, 'Evidence', { hash: text })
      } catch (error) {
        if (error instanceof ChainError) return error.code
        throw error
      }
      return 0
    }
    expect([code(''), code('xyz'), code('00')]).to.deep.equal([18, 18, 38])
  })

  it('a submission says in one sentence what it is', () => {
    const [message] = make().at(-1)?.messages ?? []
    const submission = submit(packEvidence(stored))
    expect(message?.describe(submission)).to.equal(
      `${toBech32(account(3))} submits evidence of a fault`,
    )
    expect(message?.signers(submission)).to.deep.equal([toBech32(account(3))])
  })

  it('a genesis that names one validator twice, or what is no evidence, is refused', () => {
    const json = (evidence: Any[]): JsonValue => GenesisState.toJson({ evidence })
    genesis.validate(json([packEvidence(stored)]))
    const twice = [packEvidence(stored), packEvidence({ ...stored, height: 2n })]
    expect(() => genesis.validate(json(twice)))
      .to.throw(ChainError)
      .with.property('code', 100)
    const wrong = [packEvidence({ ...stored, power: 0n })]
    expect(() => genesis.validate(json(wrong)))
      .to.throw(ChainError)
      .with.property('code', 3)
  })
})
