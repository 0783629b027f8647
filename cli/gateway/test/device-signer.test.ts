import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { p256 } from '@noble/curves/nist.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { expect } from 'chai'
import fc from 'fast-check'
import { DeviceMessage } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { createDeviceKey, deriveDeviceKey, loadDeviceKey } from '../device-keys.ts'
import { DeviceSigner, identityOf } from '../device-signer.ts'
import { GatewayError } from '../errors.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const signer = (): DeviceSigner =>
  new DeviceSigner({
    chainId: 'strom-dev-1',
    device: 'home-1-pv',
    key: deriveDeviceKey('1', 'home-1-pv'),
  })
const reading = (time: bigint) => ({ time, importMwh: 0n, exportMwh: 1_000n * time, status: 1n })

describe('device signer', () => {
  it('derives the same key from the same seed, marks it insecure, and another key from another seed or name', () => {
    const key = deriveDeviceKey('1', 'home-1-pv')
    expect(key.insecure).to.equal(true)
    expect(key.publicKey).to.have.length(33)
    expect(hex(deriveDeviceKey('1', 'home-1-pv').publicKey)).to.equal(hex(key.publicKey))
    expect(hex(deriveDeviceKey('2', 'home-1-pv').publicKey)).to.not.equal(hex(key.publicKey))
    expect(hex(deriveDeviceKey('1', 'home-2-pv').publicKey)).to.not.equal(hex(key.publicKey))
  })

  it('numbers messages from 1 and links each to the sha256 of the one before, the first to nothing', () => {
    const device = signer()
    const first = device.sign(reading(900n))
    const second = device.sign({ ...reading(1800n), socMwh: 0n })
    const [a, b] = [DeviceMessage.decode(first.message), DeviceMessage.decode(second.message)]
    expect([a.seq, b.seq]).to.deep.equal([1n, 2n])
    expect(a.prevHash).to.have.length(0)
    expect(hex(b.prevHash)).to.equal(hex(sha256(first.message)))
    expect(hex(device.position.hash)).to.equal(hex(sha256(second.message)))
    expect([a.socMwh, b.socMwh]).to.deep.equal([undefined, 0n])
    expect([a.chainId, a.device, a.context, a.status, a.anchor]).to.deep.equal([
      'strom-dev-1',
      'home-1-pv',
      'main',
      1,
      undefined,
    ])
  })

  it('makes 64-byte signatures that another implementation verifies with either S (20 random readings)', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 62n) - 1n }), (registers) => {
        const device = signer()
        const { message, signature } = device.sign({
          time: 1n,
          importMwh: registers,
          exportMwh: registers,
          status: 9n,
        })
        expect(signature).to.have.length(64)
        const low = p256.Signature.fromBytes(signature)
        const other = new p256.Signature(low.r, p256.Point.Fn.ORDER - low.s).toBytes()
        for (const bytes of [signature, other]) {
          expect(p256.verify(bytes, message, device.publicKey, { lowS: false })).to.equal(true)
          const key = createPublicKey(device.key.privateKey)
          expect(verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, bytes)).to.equal(
            true,
          )
        }
      }),
      { numRuns: 20 },
    )
  })

  it('knows a reading by its bytes: two signatures of one message have one identity', () => {
    const [one, two] = [signer().sign(reading(900n)), signer().sign(reading(900n))]
    expect(hex(one.signature)).to.not.equal(hex(two.signature))
    expect(hex(identityOf(one.message))).to.equal(hex(identityOf(two.message)))
  })

  it('goes on after a restart exactly where signing would have been', () => {
    const [straight, resumed] = [signer(), signer()]
    straight.sign(reading(900n))
    resumed.advance(reading(900n))
    expect(hex(resumed.sign(reading(1800n)).message)).to.equal(
      hex(straight.sign(reading(1800n)).message),
    )
  })

  describe('key files', () => {
    let dir: string
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'strom-keys-'))
    })
    afterEach(() => rmSync(dir, { recursive: true, force: true }))

    it('are made once, read back and never overwritten', () => {
      const made = createDeviceKey(dir, 'meter-1')
      expect(hex(loadDeviceKey(dir, 'meter-1').publicKey)).to.equal(hex(made.publicKey))
      expect(made.insecure).to.equal(false)
      expect(() => createDeviceKey(dir, 'meter-1')).to.throw(GatewayError, 'never overwritten')
    })

    it('are refused when absent, no key, another curve, or named outside the folder', () => {
      writeFileSync(join(dir, 'text.pem'), 'hello')
      writeFileSync(
        join(dir, 'ed.pem'),
        '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n',
      )
      expect(() => loadDeviceKey(dir, 'none')).to.throw(GatewayError, 'cannot read the device key')
      expect(() => loadDeviceKey(dir, 'text')).to.throw(GatewayError, 'is not a private key')
      expect(() => loadDeviceKey(dir, 'ed')).to.throw(GatewayError, 'is not a P-256 key')
      expect(() => loadDeviceKey(dir, '../text')).to.throw(GatewayError, 'is not a name')
    })
  })
})
