import { expect } from 'chai'
import { Fault } from '../../../proto/gen/strom/fleet/v1/state.ts'
import {
  MsgAnswerDemands,
  MsgChallengeLeaf,
  MsgDemandLeaf,
  MsgEnterLeaves,
  MsgSubmitRoot,
  MsgUpdateParams,
} from '../../../proto/gen/strom/fleet/v1/tx.ts'
import { authModule } from '../../auth/module.ts'
import { toBech32 } from '../../kit/address.ts'
import type { SumLeaf } from '../../kit/sum-tree.ts'
import { accepted, block, call, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { genesis } from '../genesis.ts'
import { defaultParams } from '../params.ts'
import {
  AUTHORITY,
  GATEWAY,
  GENESIS,
  leafOf,
  leaves,
  modules,
  OTHER,
  plant,
  proof,
  refusal,
  submission,
  TICK,
  WATCHER,
  wire,
} from './fixture.ts'

const list = leaves(5)
const forged = [leafOf({ device: 'pv-5' }), leafOf({ device: 'pv-6', key: 'pv-0' })]
const root = (fields: Parameters<typeof submission>[1] = {}) => submission(list, fields)
const demand = (index: number, batch = 1n, demander = WATCHER) =>
  MsgDemandLeaf.create({ demander, batch, index })
const answer = (...indexes: number[]) =>
  MsgAnswerDemands.create({
    sender: GATEWAY,
    batch: 1n,
    leaves: indexes.map((index) => proof(list, index)),
  })
const enter = (first: number, to: number, fields: Partial<MsgEnterLeaves> = {}) => {
  const all = list.slice(first, to).map(wire)
  const path = first === 0 && to === 5 ? [] : proof(list, first).path
  return MsgEnterLeaves.create({ sender: OTHER, batch: 1n, first, leaves: all, path, ...fields })
}
const challenge = (fields: Partial<MsgChallengeLeaf> = {}) =>
  MsgChallengeLeaf.create({
    reporter: WATCHER,
    batch: 3n,
    proof: proof(forged, 1),
    fault: Fault.FAULT_SIGNATURE,
    ...fields,
  })
const params = { ...defaultParams(), demandBlocks: 3n }
const update = (fields = {}, authority = AUTHORITY) =>
  MsgUpdateParams.create({ authority, params: { ...params, ...fields } })
const nobody = toBech32(new Uint8Array(20).fill(1))

runModuleSuite({
  make: () => {
    const { registry, list: all } = modules()
    registry.devices.set('pv-4', plant('pv-4', { nameplateW: 1n }))
    return all
  },
  sampleGenesis: GENESIS,
  operations: [
    refused('the tick is not over', MsgSubmitRoot, root(), 'fleet', 5),
    call('the tick ends', (chain) => {
      chain.time = TICK + 900n
    }),
    refused('the tick is over in this very second', MsgSubmitRoot, root(), 'fleet', 5),
    block(60n),
    refused('the gateway is no address', MsgSubmitRoot, root({ gateway: 'x' }), 'sdk', 7),
    refused('the gateway is not in force', MsgSubmitRoot, root({ gateway: nobody }), 'fleet', 4),
    refused(
      'the tick is no multiple of 900 s',
      MsgSubmitRoot,
      root({ tick: TICK + 1n }),
      'fleet',
      5,
    ),
    refused('the tick is negative', MsgSubmitRoot, root({ tick: -900n }), 'fleet', 5),
    refused(
      'metering closes the tick before the window does',
      MsgSubmitRoot,
      root({ tick: TICK - 345_600n }),
      'fleet',
      5,
    ),
    refused('it has no leaf', MsgSubmitRoot, root({ count: 0 }), 'fleet', 7),
    refused('it has more than max_leaves', MsgSubmitRoot, root({ count: 131_073 }), 'fleet', 7),
    refused('the root is no hash', MsgSubmitRoot, root({ root: new Uint8Array(31) }), 'fleet', 8),
    refused(
      'some leaves are published and some not',
      MsgSubmitRoot,
      root({ leaves: list.slice(1).map(wire) }),
      'fleet',
      7,
    ),
    refused(
      'published leaves do not give the root',
      MsgSubmitRoot,
      root({ leaves: [...list].reverse().map(wire) }),
      'fleet',
      8,
    ),
    refused(
      'published leaves do not give the sums',
      MsgSubmitRoot,
      root({ publish: true, sumImportWh: 1n }),
      'fleet',
      8,
    ),
    refused(
      'a published leaf is longer than a leaf can be',
      MsgSubmitRoot,
      submission([{ bytes: new Uint8Array(3000), importWh: 0n, exportWh: 0n }], { publish: true }),
      'fleet',
      7,
    ),
    accepted('a batch whose leaves are withheld', MsgSubmitRoot, root()),
    refused('the part was stated', MsgSubmitRoot, root({ sumImportWh: 1n }), 'fleet', 6),
    accepted('a second part, published', MsgSubmitRoot, root({ part: 1, publish: true })),
    accepted('a forged batch', MsgSubmitRoot, submission(forged, { part: 2 })),

    refused('the demander is no address', MsgDemandLeaf, demand(0, 1n, 'x'), 'sdk', 7),
    refused('the demanded batch is unknown', MsgDemandLeaf, demand(0, 9n), 'fleet', 9),
    refused('the leaves are published', MsgDemandLeaf, demand(0, 2n), 'fleet', 12),
    refused('there is no such leaf', MsgDemandLeaf, demand(5), 'fleet', 7),
    refused('the demander cannot pay', MsgDemandLeaf, demand(0, 1n, AUTHORITY), 'sdk', 5),
    accepted('a demand', MsgDemandLeaf, demand(2)),
    accepted('a demand of another leaf', MsgDemandLeaf, demand(3, 1n, OTHER)),
    refused('the leaf is demanded', MsgDemandLeaf, demand(2, 1n, OTHER), 'fleet', 13),
    refused('no leaf is shown', MsgAnswerDemands, answer(), 'fleet', 7),
    refused('nobody demands the leaf', MsgAnswerDemands, answer(2, 1), 'fleet', 14),
    refused('a leaf is shown twice', MsgAnswerDemands, answer(2, 2), 'fleet', 14),
    refused(
      'another leaf is shown',
      MsgAnswerDemands,
      { ...answer(), leaves: [{ ...proof(list, 1), index: 2 }] },
      'fleet',
      15,
    ),
    accepted('both are answered', MsgAnswerDemands, answer(3, 2)),

    refused('the reporter is no address', MsgChallengeLeaf, challenge({ reporter: 'x' }), 'sdk', 7),
    refused(
      'the challenged batch is unknown',
      MsgChallengeLeaf,
      challenge({ batch: 9n }),
      'fleet',
      9,
    ),
    refused(
      'the challenged leaf is not in the batch',
      MsgChallengeLeaf,
      challenge({ batch: 1n }),
      'fleet',
      15,
    ),
    refused(
      'the challenge is unfounded',
      MsgChallengeLeaf,
      challenge({ proof: proof(forged, 0) }),
      'fleet',
      16,
    ),
    accepted('the forged batch is voided', MsgChallengeLeaf, challenge()),
    refused('the challenged batch is void', MsgChallengeLeaf, challenge(), 'fleet', 10),
    refused('the demanded batch is void', MsgDemandLeaf, demand(0, 3n), 'fleet', 10),

    refused('the window is open', MsgEnterLeaves, enter(0, 5), 'fleet', 11),
    accepted('a demand that delays entry', MsgDemandLeaf, demand(0)),
    block(86_400n),
    refused('the window is over', MsgDemandLeaf, demand(1), 'fleet', 11),
    refused('a demand is open', MsgEnterLeaves, enter(0, 5), 'fleet', 17),
    accepted('it is answered late, but in time', MsgAnswerDemands, answer(0)),
    refused('no leaf is entered', MsgEnterLeaves, enter(0, 0), 'fleet', 7),
    refused('the entered batch is unknown', MsgEnterLeaves, enter(0, 5, { batch: 9n }), 'fleet', 9),
    refused('the entered batch is void', MsgEnterLeaves, enter(0, 5, { batch: 3n }), 'fleet', 10),
    refused('the leaves stand elsewhere', MsgEnterLeaves, enter(1, 2, { first: 2 }), 'fleet', 15),
    refused(
      'a sum was changed',
      MsgEnterLeaves,
      enter(0, 5, {
        leaves: [...list.slice(0, 4).map(wire), { ...wire(list[4] as SumLeaf), importWh: 1n }],
      }),
      'fleet',
      15,
    ),
    accepted('one leaf in the midst', MsgEnterLeaves, enter(2, 3)),
    accepted('all leaves, one of them again and one over its plate', MsgEnterLeaves, enter(0, 5)),
    accepted('all again', MsgEnterLeaves, enter(0, 5)),

    refused('another than the authority asks', MsgUpdateParams, update({}, OTHER), 'sdk', 4),
    refused('a bound is broken', MsgUpdateParams, update({ maxEntries: 0 }), 'fleet', 2),
    accepted('new params', MsgUpdateParams, update({ maxEntries: 2 })),
    refused('too many leaves are entered', MsgEnterLeaves, enter(0, 5), 'fleet', 7),
    refused('too many are published', MsgSubmitRoot, root({ part: 4, publish: true }), 'fleet', 7),
    refused('too many are shown', MsgAnswerDemands, answer(0, 1, 2), 'fleet', 7),
    accepted('a batch of the next tick', MsgSubmitRoot, root({ tick: TICK + 900n })),
    accepted('a demand nobody answers', MsgDemandLeaf, demand(4, 4n)),
    call('its blocks pass', (chain) => {
      chain.height += 4n
    }),
    refused(
      'the answer comes too late',
      MsgAnswerDemands,
      { ...answer(4), batch: 4n },
      'fleet',
      11,
    ),
    block(),
    block(500_000n),
    block(),
  ],
})

describe('fleet genesis', () => {
  const subject = genesis(authModule().api)
  const defaults = subject.defaults() as { params: object }
  const said = (change: object): string =>
    refusal(() => subject.validate({ ...defaults, ...change } as never))
  const batch = {
    id: '1',
    gateway: GATEWAY,
    tick: '0',
    root: Buffer.alloc(32).toString('base64'),
    count: 9,
    status: 'BATCH_STATUS_ESCROW',
  }
  it('is refused when a bound is broken, entries are out of order or books do not balance', () => {
    expect(said({ params: { ...defaults.params, max_entries: 0 } })).to.match(/^fleet 2: max_entr/)
    expect(said({ batches: [batch] })).to.match(/^fleet 3: batch 1 below 0/)
    const two = { next_batch: '3', batches: [batch, { ...batch, id: '2' }] }
    expect(said(two)).to.match(/^fleet 3: batch 2 repeats strom/)
    expect(said({ next_batch: '3', batches: [...two.batches].reverse() })).to.match(
      /entry 1 is out/,
    )
    const unbalanced = { ...batch, stated: { import_wh: '1' } }
    expect(said({ next_batch: '2', batches: [unbalanced] })).to.match(
      /batch 1: 1 and 0 Wh stated, accounts hold 0 and 0 Wh/,
    )
    const bits = (length: number) => Buffer.alloc(length, 1).toString('base64')
    const one = { next_batch: '2', batches: [batch] }
    for (const row of [
      { batch: '1', bits: bits(1) },
      { batch: '1', chunk: 1, bits: bits(2) },
      { batch: '2', bits: bits(2) },
    ]) {
      expect(said({ ...one, entered: [row] })).to.match(/is no piece of a batch/)
    }
    expect(said({ ...one, entered: [{ batch: '1', bits: bits(2) }] })).to.equal('accepted')
    expect(said({ totals: { voided: '1' } })).to.match(/not empty/)
    expect(said({ demands: [{ batch: '1', demander: 'x' }] })).to.match(/^sdk 7/)
  })
})
