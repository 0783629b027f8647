import { expect } from 'chai'
import { type ReceiptReading, toReadings } from '../ocmf/chain-readings.ts'
import { parseObis, sameRegister } from '../ocmf/obis.ts'
import { isProblem } from '../ocmf/problem.ts'
import { chainSignature, parseReceipt } from '../ocmf/receipt.ts'
import { keyOf, nodeEcdsa, payloadOf, signed, signerOn, viewOf } from './ocmf-signer.ts'

const START = '2021-10-06T13:13:56,000+0200 R'
const STOP = '2021-10-06T13:15:13,999+0200 R'

function readingsOf(...readings: object[]): readonly ReceiptReading[] {
  const receipt = parseReceipt(`OCMF|${payloadOf({ RD: readings })}|{"SD":"3006020101020101"}`)
  if (isProblem(receipt)) throw new Error(receipt.detail)
  return toReadings(receipt)
}

const reg = (RI: string, RV: number, more: object = {}): object => ({
  RI,
  RV,
  RU: 'kWh',
  ST: 'G',
  ...more,
})

describe('readings for the chain', () => {
  it('merge an import and an export register of one moment', () => {
    const readings = readingsOf(
      reg('1-0:1.8.0', 57.584, { TM: START, TX: 'B' }),
      reg('1-0:2.8.0', 4.405),
      reg('1-0:1.8.0', 58.685, { TM: STOP, TX: 'E' }),
      reg('1-0:2.8.0', 4.405),
    )
    const common = {
      exportMwh: 4_405_000n,
      cumulative: true,
      timeState: 'R',
      status: 'G',
      good: true,
    }
    expect(readings).to.deep.equal([
      { ...common, time: 1_633_518_836n, importMwh: 57_584_000n, tx: 'B' },
      { ...common, time: 1_633_518_913n, importMwh: 58_685_000n, tx: 'E' },
    ])
  })

  it('take the register of a whole life before that of a transaction, and say when there is none', () => {
    const at = { TM: START, TX: 'B' }
    const [both] = readingsOf(reg('01-00:B2.08.00*FF', 0, at), reg('01-00:B0.08.00*FF', 77))
    expect([both?.importMwh, both?.cumulative]).to.deep.equal([77_000_000n, true])
    const [alone] = readingsOf(reg('1-0:1.8.0*198', 3, at))
    expect([alone?.importMwh, alone?.cumulative]).to.deep.equal([3_000_000n, false])
  })

  it('take the mains side before the car side', () => {
    const [reading] = readingsOf(
      reg('01-00:B1.08.00*FF', 90, { TM: START, TX: 'B' }),
      reg('01-00:B0.08.00*FF', 91),
      reg('01-00:C1.08.00*FF', 10),
    )
    expect([reading?.importMwh, reading?.exportMwh]).to.deep.equal([91_000_000n, 10_000_000n])
  })

  it('are not good when a register of the moment is not', () => {
    const at = { TM: START, TX: 'B' }
    const [broken] = readingsOf(reg('1-0:1.8.0', 1, at), reg('1-0:2.8.0', 1, { ST: 'S' }))
    expect([broken?.good, broken?.status]).to.deep.equal([false, 'S'])
    const [flagged] = readingsOf(reg('1-0:1.8.0', 1, { ...at, EF: 'E' }))
    expect([flagged?.good, flagged?.status]).to.deep.equal([false, 'G'])
  })

  it('leave out what is no energy, one tariff alone, and registers without a direction', () => {
    const at = { TM: START, TX: 'B' }
    for (const RI of ['1-b', '1-0:1.8.1', '1-0:3.8.0', '1-0:1.7.0', '01-00:B7.08.00*FF'])
      expect(readingsOf(reg(RI, 1, at)), RI).to.deep.equal([])
  })
})

describe('register codes', () => {
  it('tell direction and kind in every spelling', () => {
    const told = (code: string): string => {
      const obis = parseObis(code)
      return obis === undefined ? 'none' : `${obis.direction} ${obis.kind}`
    }
    const codes: { readonly [code: string]: string } = {
      '1-b:1.8.0': 'import total',
      '1-b:1.8.e': 'import total',
      '1-0:1.8.0*255': 'import total',
      '01-00:01.08.00.FF': 'import total',
      '1.8.0': 'import total',
      '1-0:2.8.0.FF': 'export total',
      '1-0:98.8.0.FF': 'import transaction',
      '1-0:1.8.0*198': 'import transaction',
      '01-0B:B3.08.00*FF': 'import transaction',
      '01-00:C0.08.00*xx': 'none',
      '01-00:C0.08.00*FF': 'export total',
      '01-00:C2.08.00*FF': 'export transaction',
      '1-0:1.8.2': 'import tariff',
      '1-0:1.29.0': 'import other',
      '1-0:1.7.0': 'import other',
      '01-00:00.08.06.FF': 'null other',
      '1-b': 'null other',
      kWh: 'none',
    }
    for (const [code, kind] of Object.entries(codes)) expect(told(code), code).to.equal(kind)
  })

  it('name one register in two spellings', () => {
    const same = (one: string, other: string): boolean => {
      const [a, b] = [parseObis(one), parseObis(other)]
      return a !== undefined && b !== undefined && sameRegister(a, b)
    }
    expect(same('1-0:1.8.0', '01-00:01.08.00*FF')).to.equal(true)
    expect(same('1-0:1.8.0', '1-0:2.8.0')).to.equal(false)
    expect(same('1-0:1.8.0*198', '1-0:1.8.0*255')).to.equal(false)
  })
})

describe('signatures for the chain', () => {
  it('are brought to 64 bytes with a low s, which verify like the ones received', () => {
    const halves = { prime256v1: 'p256', secp256k1: 'secp256k1' } as const
    for (const [curve, scheme] of Object.entries(halves)) {
      for (let i = 0; i < 8; i++) {
        const signer = signerOn(curve)
        const view = viewOf(signed(signer, payloadOf()))
        if (isProblem(view.signature)) throw new Error(view.signature.detail)
        const key = keyOf(signer.spki)
        const chain = chainSignature(view.signature, key)
        if (isProblem(chain)) throw new Error(chain.detail)
        const [r, s] = [chain.signature.subarray(0, 32), chain.signature.subarray(32)].map(number)
        expect(chain.scheme).to.equal(scheme)
        expect(nodeEcdsa(key.curve, key, view.payload, r ?? 0n, s ?? 0n)).to.equal(true)
        expect((s ?? 0n) >> 255n, 'low s').to.equal(0n)
      }
    }
  })

  it('are refused for curves that only a notary attests', () => {
    const signer = signerOn('brainpoolP256r1')
    const { signature } = viewOf(signed(signer, payloadOf()))
    if (isProblem(signature)) throw new Error(signature.detail)
    const chain = chainSignature(signature, keyOf(signer.spki))
    expect(isProblem(chain) && chain.problem).to.equal('key_unsupported')
  })
})

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}
