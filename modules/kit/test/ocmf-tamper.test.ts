import { expect } from 'chai'
import fc from 'fast-check'
import { compareDecimals, floorInteger, formatDecimal, parseDecimal } from '../ocmf/decimal.ts'
import { isProblem } from '../ocmf/problem.ts'
import { identityOf, parseReceipt } from '../ocmf/receipt.ts'
import { formatTime, parseTime } from '../ocmf/time.ts'
import {
  hasCurve,
  hasher,
  payloadOf,
  signed,
  signerOn,
  signHex,
  verdictOn,
  viewOf,
} from './ocmf-signer.ts'

const signer = signerOn('prime256v1')
const other = signerOn('prime256v1')
const payload = payloadOf({ TT: 'day|night 0,42 €/kWh' })
const good = signed(signer, payload)
const der = signHex(signer, payload)
const withSd = (sd: string): string => `OCMF|${payload}|${JSON.stringify({ SD: sd })}`

describe('a tampered receipt', () => {
  it('is refused after a change of any field of its payload', () => {
    const changes: readonly [string, string][] = [
      ['"FV":"1.4"', '"FV":"1.3"'],
      ['"GI":"Box"', '"GI":"Bax"'],
      ['"GS":"G-1"', '"GS":"G-2"'],
      ['"PG":"T12"', '"PG":"T13"'],
      ['"PG":"T12"', '"PG":"F12"'],
      ['"MS":"M-1"', '"MS":"M-2"'],
      ['"IS":true', '"IS":false'],
      ['TRUSTED', 'SECURE'],
      ['day|night', 'day/night'],
      ['10:00:00', '10:00:01'],
      ['+0200 S', '+0100 S'],
      ['+0200 S', '+0200 I'],
      ['"TX":"B"', '"TX":"C"'],
      ['100.5', '100.50'],
      ['107.25', '107.26'],
      ['1-0:1.8.0', '1-0:2.8.0'],
      ['kWh"', 'Wh"'],
      ['"ST":"G"', '"ST":"S"'],
      ['"FV":', '"FV": '],
      ['"}|{', '"} |{'],
      ['{"FV"', ' {"FV"'],
      ['{"FV"', '{"XX":1,"FV"'],
    ]
    expect(verdictOn(good, signer.spki)).to.equal('valid')
    for (const [before, after] of changes) {
      const changed = good.replace(before, after)
      expect(changed, before).to.not.equal(good)
      expect(verdictOn(changed, signer.spki), after).to.equal('signature_mismatch')
    }
  })

  it('is refused when its JSON was written anew', () => {
    const spaced = payload.replaceAll(':', ' : ')
    const record = `OCMF|${spaced}|{"SD":"${signHex(signer, spaced)}"}`
    const anew = record.replace(spaced, JSON.stringify(JSON.parse(spaced)))
    expect(verdictOn(record, signer.spki)).to.equal('valid')
    expect(verdictOn(anew, signer.spki)).to.equal('signature_mismatch')
  })

  it('is refused for its header', () => {
    for (const header of ['OCMA|', 'ocmf|', 'OCMF2|', '|', 'OCM|', 'OCMF |', ''])
      expect(verdictOn(good.replace('OCMF|', header), signer.spki), header).to.equal('header')
  })

  it('is refused without one of its sections', () => {
    expect(verdictOn(`OCMF|${payload}`, signer.spki)).to.equal('signature_section')
    expect(verdictOn('OCMF|{"FV":"1.4"}', signer.spki)).to.equal('sections')
    expect(verdictOn(`OCMF|${payload}|`, signer.spki)).to.equal('signature_section')
    expect(verdictOn(`OCMF|${payload}|{}`, signer.spki)).to.equal('signature_missing')
    expect(verdictOn(`${good}|${signer.spki}|extra`, signer.spki)).to.equal('sections')
    expect(verdictOn(`${good}|{"SD":"00"}`, signer.spki)).to.equal('sections')
    expect(verdictOn(good.replace('}|{', '} junk|{'), signer.spki)).to.equal('signature_mismatch')
    expect(verdictOn(`OCMF|${payload}|["${der}"]`, signer.spki)).to.equal('signature_section')
  })

  it('is refused for r or s of another signature', () => {
    const { signature } = viewOf(good)
    if (isProblem(signature)) throw new Error(signature.detail)
    const raw = (r: bigint, s: bigint): string =>
      withSd([r, s].map((one) => one.toString(16).padStart(64, '0')).join(''))
    const { r, s } = signature
    expect(verdictOn(raw(r, s), signer.spki)).to.equal('valid')
    expect(verdictOn(raw(r + 1n, s), signer.spki)).to.equal('signature_mismatch')
    expect(verdictOn(raw(r, s ^ 1n), signer.spki)).to.equal('signature_mismatch')
    expect(verdictOn(raw(s, r), signer.spki)).to.equal('signature_mismatch')
    expect(verdictOn(raw(0n, s), signer.spki)).to.equal('signature_range')
    expect(verdictOn(raw(r, 0n), signer.spki)).to.equal('signature_range')
    expect(verdictOn(raw(r, 2n ** 256n - 1n), signer.spki)).to.equal('signature_range')
  })

  it('is refused for a broken DER frame', () => {
    const bytes = Buffer.from(der, 'hex')
    const at = (index: number, value: number): string => {
      const copy = Buffer.from(bytes)
      copy[index] = value
      return withSd(copy.toString('hex'))
    }
    const second = 4 + (bytes[3] ?? 0)
    const broken = [
      at(0, 0x31),
      at(1, (bytes[1] ?? 0) + 1),
      at(1, (bytes[1] ?? 0) - 1),
      at(2, 0x03),
      at(3, (bytes[3] ?? 0) + 1),
      at(second, 0x04),
      at(second + 1, (bytes[second + 1] ?? 0) - 1),
      withSd(bytes.subarray(0, bytes.length - 1).toString('hex')),
      withSd('3000'),
    ]
    for (const record of broken) expect(verdictOn(record, signer.spki)).to.equal('signature_form')
    expect(verdictOn(withSd('not hex!'), signer.spki)).to.equal('signature_encoding')
  })

  it('is refused under another key, and under what is no key', () => {
    const k1 = signerOn('secp256k1')
    const off = `${signer.spki.slice(0, -2)}${signer.spki.endsWith('00') ? '01' : '00'}`
    const rsa = `30819f300d06092a864886f70d010101050003818d0030818902818100${'00'.repeat(130)}0203010001`
    expect(verdictOn(good, other.spki)).to.equal('signature_mismatch')
    expect(verdictOn(good, k1.spki)).to.equal('signature_mismatch')
    expect(verdictOn(good, off)).to.equal('key_point')
    expect(verdictOn(good, signer.spki.slice(0, -2))).to.equal('key_form')
    expect(verdictOn(good, 'a key')).to.equal('key_form')
    expect(verdictOn(good, ' ')).to.equal('key_missing')
    expect(verdictOn(good, rsa)).to.equal('key_unsupported')
    expect(verdictOn(good, null)).to.equal('no-key')
  })

  it('is refused for an algorithm that is none of OCMF', () => {
    for (const SA of ['RSA-2048-SHA256', 'ECDSA-secp256r1-SHA512', 'ECDSA-curve25519-SHA256', 'x'])
      expect(verdictOn(signed(signer, payload, { SA }), signer.spki), SA).to.equal('algorithm')
  })

  it('is refused after a change of any single bit of its payload', () => {
    const bytes = Buffer.from(payload)
    const bit = fc.tuple(fc.nat(bytes.length - 1), fc.nat(7))
    fc.assert(
      fc.property(bit, ([at, shift]) => {
        const copy = Buffer.from(good)
        const byte = 'OCMF|'.length + at
        copy[byte] = (copy[byte] ?? 0) ^ (1 << shift)
        const verdict = verdictOn(copy, signer.spki)
        expect(verdict).to.not.equal('valid')
      }),
      { numRuns: 400 },
    )
  })
})

describe('an honest receipt in an odd form', () => {
  it('verifies with r and n - s, whose payload is the same identity', () => {
    const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const { signature } = viewOf(good)
    if (isProblem(signature)) throw new Error(signature.detail)
    const halves = [signature.r, n - signature.s].map((one) => one.toString(16).padStart(64, '0'))
    const twin = withSd(halves.join(''))
    expect(verdictOn(twin, signer.spki)).to.equal('valid')
    expect(identityOf(viewOf(twin).payload, hasher)).to.deep.equal(
      identityOf(viewOf(good).payload, hasher),
    )
  })

  it('verifies whatever encoding its signature came in', () => {
    const base64 = Buffer.from(der, 'hex').toString('base64')
    const sections = [
      { SD: der.toUpperCase() },
      { SD: ` ${der}\n` },
      { SD: der.match(/.{1,16}/g)?.join(' ') },
      { SE: 'base64', SD: base64 },
      { SE: 'BASE64', SD: base64 },
      { SD: base64 },
      { SE: 'base64', SD: der },
      { SD: `${der}0000` },
      { SA: 'ECDSA-secp256r1-SHA256', SM: 'application/x-der', SD: der },
      { SA: 'ECDSA-prime256v1-SHA256', SD: der },
      { SA: 'ecdsa-SECP256R1-sha256', SD: der },
      { SA: 'ECDSA-secp256k1-SHA256', SD: der },
      { SD: withoutSignBytes(der) },
    ]
    for (const section of sections) {
      const record = `OCMF|${payload}|${JSON.stringify(section)}`
      expect(verdictOn(record, signer.spki), JSON.stringify(section)).to.equal('valid')
    }
  })

  it('verifies with blanks, a byte order mark or a fourth section around it', () => {
    for (const record of [
      ` ${good}\r\n`,
      `\uFEFF${good}`,
      `\n\n${good}\t`,
      `${good}|${signer.spki}`,
    ])
      expect(verdictOn(record, signer.spki)).to.equal('valid')
  })

  it('verifies whatever encoding its key came in', () => {
    const spki = Buffer.from(signer.spki, 'hex')
    const point = spki.subarray(-65)
    const compressed = Buffer.concat([
      Buffer.from([(point.at(-1) ?? 0) % 2 === 0 ? 2 : 3]),
      point.subarray(1, 33),
    ])
    const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`
    const keys = [
      signer.spki.toUpperCase(),
      signer.spki.match(/../g)?.join(':') ?? '',
      signer.spki.match(/.{1,4}/g)?.join(' ') ?? '',
      `0x${signer.spki}`,
      spki.toString('base64'),
      spki.toString('base64url'),
      pem,
      point.toString('hex'),
      point.subarray(1).toString('hex'),
      point.subarray(1).toString('base64'),
      compressed.toString('hex'),
      `oca:base16:asn1:${signer.spki}`,
      `oca:base64:asn1:${spki.toString('base64')}`,
      Buffer.from(`oca:base16:asn1:${signer.spki}`).toString('base64'),
    ]
    for (const key of keys) expect(verdictOn(good, key), key).to.equal('valid')
  })

  const CURVES = ['secp192k1', 'secp256k1', 'prime192v1', 'prime256v1', 'brainpoolP256r1']
  const more = ['secp384r1', 'brainpoolP384r1', 'secp521r1', 'brainpoolP512r1']
  const known = [...CURVES, ...more].filter(hasCurve)
  it(`verifies on every curve, and finds the curve of a bare key by itself (${known.length} curves)`, () => {
    expect(known.length).to.be.greaterThan(6)
    for (const curve of known) {
      const signing = signerOn(curve)
      const record = signed(signing, payload)
      const size = Buffer.from(signing.spki, 'hex').length
      const head = signing.spki.lastIndexOf('0004', signing.spki.length - size) + 4
      expect(verdictOn(record, signing.spki), curve).to.equal('valid')
      expect(verdictOn(record, signing.spki.slice(head)), curve).to.equal('valid')
    }
  })
})

describe('any input at all', () => {
  it('is answered, never thrown at: random texts, bytes, and damaged receipts', () => {
    const parts = fc.array(
      fc.constantFrom(...'OCMF|{}[]",:\\0 19eE.-+TGBkWh\u00e9'.split(''), '"RD":', '"SD":"30"'),
    )
    const damaged = fc
      .tuple(fc.nat(good.length), fc.nat(40), parts)
      .map(([at, cut, put]) => good.slice(0, at) + put.join('') + good.slice(at + cut))
    const inputs = fc.oneof(
      parts.map((some) => some.join('')),
      damaged,
      fc.uint8Array({ maxLength: 300 }),
      fc.jsonValue().map((value) => `OCMF|${JSON.stringify(value)}|{"SD":"3006020101020101"}`),
    )
    fc.assert(
      fc.property(
        inputs,
        fc.oneof(
          parts.map((some) => some.join('')),
          fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes).toString('hex')),
        ),
        (input, key) => {
          parseReceipt(input)
          expect(verdictOn(input, key)).to.not.equal('valid')
        },
      ),
      { numRuns: 600 },
    )
  })
})

describe('exact readings', () => {
  it('keep a decimal exactly', () => {
    const number = fc.tuple(fc.bigInt(0n, 10n ** 15n), fc.nat(6), fc.nat(4))
    fc.assert(
      fc.property(number, ([digits, scale, blanks]) => {
        const text = digits.toString().padStart(scale + 1, '0')
        const point = text.length - scale
        const written = `${text.slice(0, point)}${scale === 0 ? '' : '.'}${text.slice(point)}`
        const value = parseDecimal(' '.repeat(blanks) + written)
        expect(value).to.deep.equal({ digits, scale })
        if (value === undefined) return
        const shortest = parseDecimal(formatDecimal(value)) ?? { digits: -1n, scale: 0 }
        expect(compareDecimals(shortest, value)).to.equal(0)
        expect(floorInteger({ digits: digits * 10n ** BigInt(scale), scale })).to.equal(digits)
        expect(floorInteger(value) * 10n ** BigInt(scale) <= digits).to.equal(true)
      }),
    )
  })

  it('refuse what is no plain decimal', () => {
    for (const text of [
      '',
      '1e3',
      '1E-3',
      '1,5',
      '0x1',
      '.5',
      '5.',
      'NaN',
      '1 000',
      '9'.repeat(41),
    ])
      expect(parseDecimal(text), text).to.equal(undefined)
  })

  it('read the time that node reads, in both directions', () => {
    const moment = fc.integer({ min: -60_000_000_000_000, max: 250_000_000_000_000 })
    const zone = fc.integer({ min: -14 * 60, max: 14 * 60 })
    fc.assert(
      fc.property(moment, zone, (millis, minutes) => {
        const iso = new Date(millis).toISOString()
        expect(formatTime(BigInt(millis))).to.equal(iso)
        const local = new Date(millis + minutes * 60_000).toISOString().slice(0, 23)
        const abs = Math.abs(minutes)
        const hours = String(Math.trunc(abs / 60)).padStart(2, '0')
        const offset = `${minutes < 0 ? '-' : '+'}${hours}${String(abs % 60).padStart(2, '0')}`
        const time = parseTime(`${local.replace('.', ',')}${offset} S`)
        expect(time).to.deep.equal({ millis: BigInt(millis), clock: 'S' })
      }),
    )
  })
})

/** The same DER signature with the zero bytes cut off that keep r and s positive. */
function withoutSignBytes(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  const parts: Buffer[] = []
  for (let at = 2; at < bytes.length; at += 2 + (bytes[at + 1] ?? 0)) {
    const content = bytes.subarray(at + 2, at + 2 + (bytes[at + 1] ?? 0))
    const cut = content[0] === 0 ? content.subarray(1) : content
    parts.push(Buffer.from([2, cut.length]), cut)
  }
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([0x30, body.length]), body]).toString('hex')
}
