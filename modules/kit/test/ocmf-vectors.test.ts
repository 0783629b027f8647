import { expect } from 'chai'
import { toReadings } from '../ocmf/chain-readings.ts'
import { compressedKey, spkiKey } from '../ocmf/key.ts'
import { isProblem } from '../ocmf/problem.ts'
import { chainSignature, identityOf, parseReceipt } from '../ocmf/receipt.ts'
import { hasher, keyOf, nodeEcdsa, type Vector, vectors, verdictOn, viewOf } from './ocmf-signer.ts'

const valid = vectors.filter(({ verdict }) => verdict === 'valid')
const withKey = vectors.filter(({ publicKey }) => publicKey !== undefined)

describe('recorded receipts', () => {
  it(`have their verdicts (${vectors.length} vectors, ${valid.length} valid)`, () => {
    for (const { id, record, publicKey, verdict } of vectors) {
      const got = verdictOn(record, publicKey ?? null)
      const kind = got === 'valid' || got === 'no-key' ? got : 'invalid'
      expect(kind, id).to.equal(verdict.split(' ')[0])
    }
  })

  it('have the reason of their refusal', () => {
    const reasons: { [id: string]: string } = {}
    for (const { id, record, publicKey } of vectors) {
      const got = verdictOn(record, publicKey ?? null)
      if (got !== 'valid' && got !== 'signature_mismatch') reasons[id] = got
    }
    expect(reasons).to.deep.equal({ 'ocmf-157': 'header' })
  })

  it(`are no-key without their key (${valid.length} vectors)`, () => {
    for (const { id, record } of valid) expect(verdictOn(record, null), id).to.equal('no-key')
  })

  it(`name the curve of their key whatever its encoding (${withKey.length} keys)`, () => {
    for (const { id, publicKey = '', spkiHex = '', curve } of withKey) {
      const key = keyOf(publicKey)
      expect(key.curve.replace('brainpoolP', 'brainpool'), id).to.equal(curve)
      expect(Buffer.from(spkiKey(key)).toString('hex'), id).to.equal(spkiHex)
      const short = keyOf(compressedKey(key), key.curve)
      expect([short.x, short.y], id).to.deep.equal([key.x, key.y])
    }
  })

  it('verify with r and n - s too, and stay the same receipt', () => {
    const chain = valid.filter(({ curve }) => curve === 'secp256r1' || curve === 'secp256k1')
    for (const vector of chain) {
      const { payload, signature } = viewOf(vector.record)
      if (isProblem(signature)) throw new Error(vector.id)
      const key = keyOf(vector.publicKey ?? '')
      const low = chainSignature(signature, key)
      if (isProblem(low)) throw new Error(low.detail)
      expect(low.signature.length + low.key.length, vector.id).to.equal(64 + 33)
      const s = BigInt(`0x${Buffer.from(low.signature.subarray(32)).toString('hex')}`)
      expect(nodeEcdsa(key.curve, key, payload, signature.r, s), vector.id).to.equal(true)
      const twin = viewOf(withSignature(vector, signature.r, s))
      expect(identityOf(twin.payload, hasher)).to.deep.equal(identityOf(payload, hasher))
    }
    expect(chain.length).to.be.greaterThan(20)
  })

  it('keep every digit of a register: 62500.1271 kWh are 62,500,127,100 mWh', () => {
    const receipt = parseReceipt(vectors.find(({ id }) => id === 'ocmf-115')?.record ?? '')
    if (isProblem(receipt)) throw new Error(receipt.detail)
    expect(toReadings(receipt)).to.deep.equal([
      reading({ time: 531n, importMwh: 62_500_127_000n, timeState: 'U', tx: 'B' }),
      reading({ time: 539n, importMwh: 62_500_127_100n, timeState: 'R', tx: 'E' }),
    ])
    expect(receipt.pagination).to.deep.equal({ context: 'T', number: 70_172n })
    expect([receipt.gatewaySerial, receipt.meterSerial]).to.deep.equal(['2', null])
  })

  it('carry seconds beside the energy without taking them for energy', () => {
    const { data } = viewOf(vectors.find(({ id }) => id === 'ocmf-007')?.record ?? '')
    expect(data?.readings.map(({ unit, mwh }) => [unit, mwh])).to.deep.equal([
      ['kWh', 9_038_000n],
      ['sec', null],
    ])
  })
})

function reading(fields: object): object {
  return { exportMwh: null, cumulative: true, status: 'G', good: true, ...fields }
}

function withSignature({ record }: Vector, r: bigint, s: bigint): string {
  const raw = [r, s].map((one) => one.toString(16).padStart(64, '0')).join('')
  return `${record.slice(0, record.lastIndexOf('|'))}|{"SD":"${raw}"}`
}
