import { expect } from 'chai'
import { StorageDirection } from '../../../proto/gen/strom/certificate/v1/state.ts'
import {
  MsgAllocateToStorage,
  MsgReserveCertificate,
} from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { allocateToStorage } from '../messages/allocate-to-storage.ts'
import { reserveCertificate } from '../messages/reserve-certificate.ts'
import { checkParams, defaultParams } from '../params.ts'
import { lock, record } from '../record.ts'
import { state } from '../state.ts'
import { totalsOf } from '../totals.ts'
import {
  ALICE,
  attempt,
  BESS,
  BOB,
  checkInvariants,
  deliver,
  interval,
  issued,
  PV,
  passTo,
  START,
  slice,
  started,
  states,
} from './fixture.ts'

const HOUR = 3_600n

describe('attacks on certificates', () => {
  it('reservations that lapse under a lock are counted once when it ends', () => {
    const chain = started()
    issued(chain, 10n)
    for (const number of [2n, 4n, 6n, 8n]) {
      const message = {
        ...slice(ALICE, number, number),
        reservedFor: BOB,
        until: chain.time + HOUR,
      }
      deliver(chain, reserveCertificate, MsgReserveCertificate.create(message))
    }
    const until = chain.time + 2n * HOUR
    lock(chain.write(), 'production', PV.id, START, until)
    passTo(chain, until)
    lock(chain.write(), 'production', PV.id, START, 0n)
    expect(states(chain)).to.deep.equal(['1-10 alice'])
    expect(totalsOf(chain.query()).ranges).to.equal(1n)
    checkInvariants(chain)
  })
  it('a discharge of more lots than a battery has numbers for stops no block', () => {
    const chain = started()
    issued(chain, 10n)
    record(chain.write(), 'charge', interval(BESS, 10n))
    for (const number of [1n, 2n]) {
      const message = { ...slice(ALICE, 5n * number - 4n, 5n * number), battery: BESS.id }
      const value = MsgAllocateToStorage.create({ ...message, chargeStart: START })
      expect(deliver(chain, allocateToStorage, value)).to.equal('done')
    }
    record(chain.write(), 'discharge', interval(BESS, 8n, START + 900n))
    const key = [BESS.id, START + 900n, StorageDirection.STORAGE_DIRECTION_DISCHARGE] as const
    // As if 65,534 lots had been drawn before.
    const discharge = state.storage.must(chain.query(), key)
    state.storage.set(chain.write(), key, { ...discharge, parts: 65_534 })
    passTo(chain, START + 100_000n)
    expect(state.storage.must(chain.query(), key)).to.include({ parts: 65_535, unbackedWh: 4n })
  })
  it('no delay or window of the params can leave what a key holds', () => {
    const most = (1n << 64n) - 1n
    for (const field of ['bookingDelayS', 'efficiencyWindowS'] as const) {
      expect(attempt(() => checkParams({ ...defaultParams(), [field]: most }))).to.equal(
        'certificate 8',
      )
    }
  })
})
