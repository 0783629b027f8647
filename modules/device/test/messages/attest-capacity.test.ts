import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { Attestation } from '../../../../proto/gen/strom/device/v1/signed.ts'
import { Kind } from '../../../../proto/gen/strom/device/v1/state.ts'
import {
  MsgAttestCapacity,
  MsgRegisterDevice,
  MsgRevokeMaker,
} from '../../../../proto/gen/strom/device/v1/tx.ts'
import { healthPpm } from '../../rules.ts'
import { capacityBytes } from '../../sign-bytes.ts'
import {
  AUTHORITY,
  CHAIN,
  CLASS_C,
  OTHER,
  registration,
  sign,
  T0,
  type World,
  world,
} from '../fixture.ts'

/** A battery as large as the new cell, at one watt-hour for each 0.1 mAh. */
const STORAGE_WH = 18_565n
const BESS = { kind: Kind.KIND_BESS, storageWh: STORAGE_WH, etaCPpm: 950_000n, etaDPpm: 950_000n }

/** Cycle and capacity of the recorded cell in units of 0.1 mAh, which stand for Wh of the battery. */
const cycles = readFileSync(new URL('../../testdata/nasa-b0005.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [cycle, ah] = line.split(',') as [string, string]
    const [whole, part = ''] = ah.split('.') as [string, string?]
    return {
      cycle: Number(cycle),
      wh: BigInt(whole) * 10_000n + BigInt(part.padEnd(4, '0').slice(0, 4)),
    }
  })

function started(): World {
  const w = world()
  w.run(MsgRegisterDevice, registration('bess-1', BESS))
  w.run(MsgRegisterDevice, registration('pv-1'))
  w.run(MsgRegisterDevice, registration('c-1', { ...CLASS_C, ...BESS }))
  w.chain.takeEvents()
  return w
}

function attested(
  fields: Partial<MsgAttestCapacity> = {},
  key = fields.attester ?? 'acme',
): MsgAttestCapacity {
  const message = MsgAttestCapacity.create({
    signer: OTHER,
    device: 'bess-1',
    capacityWh: 14_859n,
    time: T0,
    attester: 'acme',
    ...fields,
  })
  const signature = sign(key, capacityBytes(CHAIN, message))
  return { ...message, attestation: Attestation.create({ signature }) }
}

describe('MsgAttestCapacity', () => {
  it(`gives the state of health of a recorded cell over all ${cycles.length} cycles of its life`, () => {
    expect(cycles.length).to.equal(168)
    const golden = new Map([
      [1, 1_000_000n],
      [50, 952_006n],
      [100, 800_377n],
      [150, 713_116n],
      [168, 713_762n],
    ])
    for (const { cycle, wh } of cycles) {
      const health = healthPpm(wh, STORAGE_WH)
      expect(
        health * STORAGE_WH <= wh * 1_000_000n && (health + 1n) * STORAGE_WH > wh * 1_000_000n,
      ).to.equal(true)
      if (golden.has(cycle)) expect(health, `cycle ${cycle}`).to.equal(golden.get(cycle))
    }
  })
  it('records what the maker or a tester measured, whoever brings it, and tells old and new', () => {
    const w = started()
    expect(w.send(MsgAttestCapacity, attested())).to.equal('ok')
    expect(w.api.get(w.chain.query(), 'bess-1')).to.include({ sohPpm: 800_377n, sohTime: T0 })
    expect(Object.fromEntries(w.chain.takeEvents()[0]?.attributes ?? [])).to.include({
      old: '1000000',
      new: '800377',
      attester: 'acme',
    })
    w.chain.time = T0 + 10n
    const lab = { attester: 'lab', time: T0 + 10n, capacityWh: 20_000n }
    expect(w.send(MsgAttestCapacity, attested(lab))).to.equal('ok')
    expect(w.api.get(w.chain.query(), 'bess-1')?.sohPpm).to.equal(1_000_000n)
    w.checkInvariants()
  })
  it('fails when the attester is unknown, revoked, or made another device and is no tester', () => {
    const w = started()
    expect(w.send(MsgAttestCapacity, attested({ attester: 'nobody' }))).to.equal('device 9')
    expect(w.send(MsgAttestCapacity, attested({ device: 'c-1' }))).to.equal('device 9')
    w.run(MsgRevokeMaker, { authority: AUTHORITY, id: 'acme', reason: '' })
    expect(w.send(MsgAttestCapacity, attested())).to.equal('device 9')
  })
  it('fails when the signature is of another key or says something else', () => {
    const w = started()
    expect(w.send(MsgAttestCapacity, attested({}, 'lab'))).to.equal('device 10')
    expect(w.send(MsgAttestCapacity, { ...attested(), capacityWh: 18_000n })).to.equal('device 10')
    expect(
      w.send(MsgAttestCapacity, { ...attested(), attestation: Attestation.create() }),
    ).to.equal('device 10')
  })
  it('fails when it is no battery, holds nothing, or was measured in the future or before the last', () => {
    const w = started()
    expect(w.send(MsgAttestCapacity, attested({ device: 'pv-1' }))).to.equal('device 24')
    expect(w.send(MsgAttestCapacity, attested({ capacityWh: 0n }))).to.equal('device 24')
    expect(w.send(MsgAttestCapacity, attested({ time: T0 + 1n }))).to.equal('device 24')
    w.run(MsgAttestCapacity, attested())
    expect(w.send(MsgAttestCapacity, attested())).to.equal('device 24')
  })
})
