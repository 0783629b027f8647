import { expect } from 'chai'
import { Kind } from '../../../proto/gen/strom/device/v1/state.ts'
import type { SignedReading } from '../../../proto/gen/strom/metering/v1/reading.ts'
import {
  MsgChallengeReading,
  MsgCorrectReading,
  MsgDeclareExchange,
  MsgSubmitReadings,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import { ChainError } from '../../kit/errors.ts'
import { accepted, block, call, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { genesis } from '../genesis.ts'
import {
  GATEWAY,
  Meter,
  OWNER,
  plant,
  quickVerifier,
  signBytes,
  T0,
  townGenesis,
  townModules,
} from './fixture.ts'

const [pv, bess, load] = [new Meter('pv'), new Meter('bess'), new Meter('load')]
const batch = (...readings: SignedReading[]): MsgSubmitReadings => ({ gateway: GATEWAY, readings })

const opening = [
  pv.read(0, 1_234_567n),
  bess.read(0, 0n, { socMwh: 40_000_000n }),
  load.read(0, 0n, { importMwh: 5_000_999n }),
]
const quarter = [
  pv.read(15, 2_500_000n),
  bess.read(15, 0n, { importMwh: 10_000_000n, socMwh: 55_000_000n }),
  load.read(15, 0n, { importMwh: 6_000_000n }),
]
const fell = pv.read(30, 0n)
const after = pv.read(45, 4_000_000n)
const ahead = pv.read(60 * 24 * 365, 4_000_001n)
const twin = new Meter('pv').read(0, 1n)
const exchange = { signer: OWNER, device: 'load', context: 'F', openingSeq: 3n, reason: 'worn out' }
const challenge = {
  challenger: GATEWAY,
  device: 'load',
  context: 'F',
  seq: 2n,
  reason: 'too much',
  evidence: new Uint8Array(),
}
const correction = {
  signer: OWNER,
  device: 'bess',
  context: 'F',
  seq: 2n,
  importMwh: 9_000_000n,
  exportMwh: 0n,
  reason: 'misread',
}

runModuleSuite({
  make: townModules,
  sampleGenesis: townGenesis([
    plant('bess', { kind: Kind.KIND_BESS, nameplateW: 100_000n }),
    plant('load', { kind: Kind.KIND_LOAD }),
    plant('pv'),
  ]),
  operations: [
    call('time passes', (chain) => {
      chain.verifier = quickVerifier
      chain.time = T0 + 28_800n
    }),
    accepted('the devices open', MsgSubmitReadings, batch(...opening)),
    block(),
    refused('an empty batch', MsgSubmitReadings, batch(), 'metering', 2),
    accepted('a quarter hour', MsgSubmitReadings, batch(...quarter)),
    accepted('everything again', MsgSubmitReadings, batch(...opening, ...quarter)),
    block(),
    accepted('a gap and a register that fell', MsgSubmitReadings, batch(after, fell)),
    accepted(
      'garbage',
      MsgSubmitReadings,
      batch(signBytes(Uint8Array.of(9), 'pv'), new Meter('nobody').read(0, 0n)),
    ),
    accepted(
      'the gap filled, and a message from the future',
      MsgSubmitReadings,
      batch(after, ahead),
    ),
    accepted('a second message of one number', MsgSubmitReadings, batch(twin)),
    accepted('an exchange of the load\u2019s meter', MsgDeclareExchange, exchange),
    refused('the same exchange twice', MsgDeclareExchange, exchange, 'metering', 8),
    block(86_400n),
    block(900n),
    accepted('a challenge', MsgChallengeReading, challenge),
    refused('a second challenge', MsgChallengeReading, challenge, 'metering', 13),
    accepted('a correction', MsgCorrectReading, correction),
    block(5n * 86_400n),
    block(86_400n),
  ],
})

describe('metering genesis', () => {
  const refusal = (change: object): string => {
    try {
      genesis.validate({ ...(genesis.defaults() as object), ...change })
    } catch (error) {
      if (error instanceof ChainError) return `${error.codespace} ${error.code}: ${error.message}`
      throw error
    }
    return 'valid'
  }
  it('is refused when params are out of bounds, naming the bound', () => {
    const { params } = genesis.defaults() as { params: object }
    expect(refusal({ params: { ...params, max_batch: 0 } })).to.match(/^metering 4: max_batch is 0/)
    expect(refusal({ params: { ...params, soc_refuse_ppm: '1' } })).to.match(/soc_refuse_ppm/)
  })
  it('is refused when entries are out of order, unidentified or of an unknown reason', () => {
    const row = { device: 'pv', seq: '2', identity: Buffer.alloc(32).toString('base64') }
    expect(refusal({ readings: [row, { ...row, seq: '1' }] })).to.match(
      /^metering 5: readings: entry 1/,
    )
    expect(refusal({ readings: [{ ...row, identity: '' }] })).to.match(/identity is no hash/)
    expect(refusal({ unattributed: [{ ...row, index: '1', reason: 'mood' }] })).to.match(
      /"mood" is unknown/,
    )
    expect(refusal({})).to.equal('valid')
  })
  it('is refused when a reading lacks its state or an account does not balance', () => {
    const row = { device: 'pv', seq: '1', identity: Buffer.alloc(32).toString('base64') }
    expect(refusal({ readings: [row] })).to.match(/reading pv 1 has no state/)
    const states = [{ device: 'pv', last_seq: '2' }]
    expect(refusal({ states, readings: [row] })).to.equal('valid')
    const unbalanced = [{ device: 'pv', import: { credited_wh: '1' } }]
    expect(refusal({ states: unbalanced })).to.match(/1 Wh on account, registers say 0/)
  })
})
