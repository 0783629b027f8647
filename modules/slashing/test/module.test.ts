import { expect } from 'chai'
import type { JsonValue } from '../../../proto/codec.ts'
import { PubKey } from '../../../proto/gen/cosmos/crypto/ed25519/keys.ts'
import type { Params } from '../../../proto/gen/cosmos/slashing/v1beta1/slashing.ts'
import { MsgUnjail, MsgUpdateParams } from '../../../proto/gen/cosmos/slashing/v1beta1/tx.ts'
import { Any } from '../../../proto/gen/google/protobuf/any.ts'
import { toBech32 } from '../../kit/address.ts'
import { govAuthority } from '../../kit/authority.ts'
import { toHex } from '../../kit/bytes.ts'
import { ChainError } from '../../kit/errors.ts'
import type { Module } from '../../kit/module.ts'
import { accepted, block, call, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { NOT_EXPORTED } from '../../staking/state.ts'
import { slashingGenesis } from '../genesis.ts'
import { defaultParams } from '../params.ts'
import { dec, slashingGenesisOf } from './samples.ts'
import {
  account,
  consensus,
  STROM,
  stakeGenesis,
  stakeModules,
  startWorld,
  valcons,
  valoper,
} from './world.ts'

const world: { modules?: readonly Module[] } = {}

/** Staking stands before slashing here, as the suite wants the module under test last. */
function make(): readonly Module[] {
  const { modules, staking, slashing } = stakeModules()
  const first = modules.filter(({ name }) => name === 'auth' || name === 'bank')
  world.modules = [...first, staking, slashing]
  return world.modules
}

const gov = govAuthority({ hasher: nobleHasher })
const update = (changes: Partial<Params>, authority = gov): MsgUpdateParams => ({
  authority,
  params: { ...defaultParams(), ...changes },
})
const unjail = (n: number): MsgUnjail => ({ validatorAddr: valoper(n) })
const bad = (title: string, changes: Partial<Params>) =>
  refused(title, MsgUpdateParams, update(changes), 'slashing', 102)

/** Votes of the height before; validators that are named missed it. */
const votes = (absent: readonly number[]) =>
  call(`a commit without ${absent.join()}`, (chain) => {
    chain.nextBlock()
    const lastCommit = [0, 1].map((n) => ({
      address: consensus(n),
      power: 1000n,
      signed: !absent.includes(n),
    }))
    for (const module of world.modules ?? []) module.beginBlock?.({ ...chain.write(), lastCommit })
  })

runModuleSuite({
  make,
  sampleGenesis: {
    ...stakeGenesis([1000n * STROM, 1000n * STROM]),
    slashing: slashingGenesisOf({ signedBlocksWindow: 4n }),
  },
  notExported: NOT_EXPORTED,
  operations: [
    refused('there is no such validator', MsgUnjail, unjail(9), 'slashing', 2),
    refused('the validator is not jailed', MsgUnjail, unjail(0), 'slashing', 5),
    refused('the address is malformed', MsgUnjail, { validatorAddr: 'strom1x' }, 'sdk', 7),
    votes([]),
    votes([0]),
    votes([0]),
    votes([0, 1]),
    votes([1]),
    votes([0]),
    votes([0]),
    block(),
    refused('the sentence still runs', MsgUnjail, unjail(0), 'slashing', 4),
    block(600n),
    accepted('an unjail', MsgUnjail, unjail(0)),
    block(),
    refused(
      'the signer is not governance',
      MsgUpdateParams,
      update({}, toBech32(account(0))),
      'gov',
      13,
    ),
    refused('the authority is malformed', MsgUpdateParams, update({}, 'gov'), 'sdk', 7),
    bad('the window is not positive', { signedBlocksWindow: 0n }),
    bad('the window is larger than 1,048,576', { signedBlocksWindow: 1_048_577n }),
    bad('a share is below 0', { slashFractionDowntime: dec('-0.1') }),
    bad('a share is above 1', { slashFractionDoubleSign: dec('1.1') }),
    bad('a share is missing', { minSignedPerWindow: new Uint8Array() }),
    bad('the jail time is not positive', { downtimeJailDuration: { seconds: 0n, nanos: 0 } }),
    bad('the jail time is longer than 292 years', {
      downtimeJailDuration: { seconds: 9_223_372_037n, nanos: 0 },
    }),
    votes([1]),
    accepted('a larger window', MsgUpdateParams, update({ signedBlocksWindow: 3000n })),
    votes([0, 1]),
    votes([1]),
    accepted('a smaller window', MsgUpdateParams, update({ signedBlocksWindow: 3n })),
    votes([]),
  ],
})

describe('the state of slashing', () => {
  it('lies at the keys of the SDK', () => {
    const { chain } = startWorld({ stakes: [STROM * 10n] })
    const length = '14'
    const address = toHex(consensus(0))
    const rows = new Map([...chain.store('slashing').iterate()].map(([k, v]) => [toHex(k), v]))
    expect([...rows.keys()]).to.deep.equal(['00', `01${length}${address}`, `03${length}${address}`])
    const packed = Any.decode(rows.get(`03${length}${address}`) ?? new Uint8Array())
    expect(packed.typeUrl).to.equal('/cosmos.crypto.ed25519.PubKey')
    expect(PubKey.decode(packed.value).key).to.deep.equal(new Uint8Array(32).fill(101))
  })

  it('starts with the defaults of the SDK', () => {
    const { staking } = stakeModules()
    expect(slashingGenesis(staking.api).defaults()).to.deep.equal({
      params: {
        signed_blocks_window: '100',
        min_signed_per_window: '0.500000000000000000',
        downtime_jail_duration: '600s',
        slash_fraction_double_sign: '0.050000000000000000',
        slash_fraction_downtime: '0.010000000000000000',
      },
      signing_infos: [],
      missed_blocks: [],
    })
  })
})

describe('a genesis of slashing', () => {
  const { staking } = stakeModules()
  const genesis = slashingGenesis(staking.api)
  const info = (missed: string, address = valcons(0)): JsonValue => ({
    address: valcons(0),
    validator_signing_info: {
      address,
      start_height: '3',
      index_offset: '9',
      jailed_until: '1970-01-01T00:00:00Z',
      tombstoned: false,
      missed_blocks_counter: missed,
    },
  })
  const misses = (...indexes: string[]): JsonValue => ({
    address: valcons(0),
    missed_blocks: indexes.map((index) => ({ index, missed: true })),
  })
  const json = (infos: JsonValue[], missed: JsonValue[]): JsonValue => ({
    ...(slashingGenesisOf() as { [key: string]: JsonValue }),
    signing_infos: infos,
    missed_blocks: missed,
  })
  const cases: readonly (readonly [string, JsonValue, RegExp])[] = [
    ['names an info twice', json([info('0'), info('0')], []), /appears twice/],
    ['names another in an info', json([info('0', valcons(1))], []), /signing info of .* names/],
    ['counts more than it lists', json([info('2')], [misses('1')]), /counts 2 .* 1 are listed/],
    ['counts and lists nothing', json([info('2')], []), /counts 2 missed blocks, none are listed/],
    ['misses beyond its window', json([info('1')], [misses('100')]), /outside the window/],
    ['lists misses of a stranger', json([], [misses('1')]), /no signing info or repeat/],
  ]
  for (const [what, wrong, why] of cases) {
    it(`is refused when it ${what}`, () => {
      expect(() => genesis.validate(wrong))
        .to.throw(ChainError, why)
        .with.property('code', 101)
    })
  }

  it('is accepted when infos and misses agree', () => {
    genesis.validate(json([info('2')], [misses('0', '99')]))
  })
})
