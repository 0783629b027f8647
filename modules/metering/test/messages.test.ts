import { expect } from 'chai'
import {
  MsgChallengeReading,
  MsgCorrectReading,
  MsgDeclareExchange,
  MsgResolveChallenge,
  MsgUpdateParams,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { ChainError } from '../../kit/errors.ts'
import { defaultParams } from '../params.ts'
import { AUTHORITY, GATEWAY, Meter, OWNER, plant, type Town, town } from './fixture.ts'

const DAY = 24 * 60
const none = new Uint8Array()

/** Four quarter hours of 1,000 Wh, judged, with one reading between two boundaries (number 3). */
function judgedTown(): Town {
  const t = town([plant('pv')])
  const meter = new Meter('pv')
  for (const minute of [0, 15, 20, 30, 45]) {
    t.submit(meter.read(minute, BigInt(minute) * 60_000n))
  }
  t.at(DAY + 60)
  return t
}

function code(run: () => unknown): number | undefined {
  try {
    run()
  } catch (error) {
    if (error instanceof ChainError && error.codespace === 'metering') return error.code
    throw error
  }
  return undefined
}

const exchange = { signer: OWNER, device: 'pv', context: 'F', openingSeq: 9n, reason: 'new meter' }
const correction = { signer: OWNER, device: 'pv', context: 'F', importMwh: 0n, exportMwh: 1n }
const challenge = {
  challenger: GATEWAY,
  device: 'pv',
  context: 'F',
  reason: 'dark',
  evidence: none,
}

describe('a message of metering', () => {
  it('fails when a bound of the params is broken', () => {
    const t = judgedTown()
    const set = (params: object) => () =>
      t.send(MsgUpdateParams, { authority: AUTHORITY, params: { ...defaultParams(), ...params } })
    expect(code(set({ settleCloseS: 60n }))).to.equal(4)
    expect(code(set({ keepS: 1n }))).to.equal(4)
    expect(code(set({ maxBatch: 5 }))).to.equal(undefined)
  })
  it('fails when the device is not registered', () => {
    const t = judgedTown()
    expect(code(() => t.send(MsgDeclareExchange, { ...exchange, device: 'x' }))).to.equal(6)
    const asked = { ...challenge, device: 'x', seq: 2n }
    expect(code(() => t.send(MsgChallengeReading, asked))).to.equal(6)
  })
  it('fails when the signer is neither owner nor operator, or not the authority', () => {
    const t = judgedTown()
    expect(code(() => t.send(MsgDeclareExchange, { ...exchange, signer: GATEWAY }))).to.equal(7)
    const params = { authority: OWNER, params: defaultParams() }
    expect(code(() => t.send(MsgUpdateParams, params))).to.equal(7)
  })
  it('fails when an exchange has no reason or is declared twice, or the opening reading is judged already', () => {
    const t = judgedTown()
    expect(code(() => t.send(MsgDeclareExchange, { ...exchange, reason: '' }))).to.equal(8)
    expect(code(() => t.send(MsgDeclareExchange, exchange))).to.equal(undefined)
    expect(code(() => t.send(MsgDeclareExchange, exchange))).to.equal(8)
    expect(code(() => t.send(MsgDeclareExchange, { ...exchange, openingSeq: 3n }))).to.equal(9)
  })
  it('fails when the reading is not accepted or not kept, or the reading closes no interval', () => {
    const t = judgedTown()
    const correct = (seq: bigint) => () =>
      t.send(MsgCorrectReading, { ...correction, seq, reason: 'x' })
    expect(code(correct(99n))).to.equal(10)
    expect(code(correct(3n))).to.equal(11)
    expect(code(() => t.send(MsgChallengeReading, { ...challenge, seq: 99n }))).to.equal(10)
  })
  it('fails when a challenge comes after the final close', () => {
    const t = judgedTown()
    t.at(6 * DAY)
    expect(code(() => t.send(MsgChallengeReading, { ...challenge, seq: 2n }))).to.equal(12)
  })
  it('fails when a reading is disputed already, or the challenge is not open', () => {
    const t = judgedTown()
    t.send(MsgChallengeReading, { ...challenge, seq: 2n })
    expect(code(() => t.send(MsgChallengeReading, { ...challenge, seq: 2n }))).to.equal(13)
    const decide = () => t.send(MsgResolveChallenge, { authority: AUTHORITY, id: 1n, upheld: true })
    expect(code(decide)).to.equal(undefined)
    expect(code(decide)).to.equal(14)
    t.checkInvariants()
  })
})
