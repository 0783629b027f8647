import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { isProblem, REASONS, type ReasonCode } from '../ocmf/problem.ts'
import { parseReceipt, viewRecord } from '../ocmf/receipt.ts'
import { transactionProblems } from '../ocmf/rules.ts'
import type { OcmfPayload } from '../ocmf/types.ts'
import { codesOf, payloadOf, viewOf } from './ocmf-signer.ts'

const B = {
  TM: '2024-05-01T10:00:00,000+0200 S',
  TX: 'B',
  RV: 100,
  RI: '1-0:1.8.0',
  RU: 'kWh',
  ST: 'G',
}
const E = { ...B, TM: '2024-05-01T11:00:00,000+0200 S', TX: 'E', RV: 107 }
const rd = (...readings: object[]): string => payloadOf({ RD: readings })
const without = (fields: object, name: string): object =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))

/** A payload for every reason a content can be refused for: the reason must be the gravest one found. */
const CASES: readonly (readonly [ReasonCode, string])[] = [
  ['json', '{"FV":"1.4",}'],
  ['json', payloadOf().replace('100.5', '0100.5')],
  ['json', payloadOf().replace('"G-1"', '"G\t1"')],
  ['json', payloadOf().replace('"G-1"', "'G-1'")],
  ['json_duplicate', payloadOf().replace('{"FV"', '{"PG":"T1","FV"')],
  ['json_duplicate', payloadOf().replace('"RV":100.5', '"RV":1,"RV":100.5')],
  ['payload', '[1]'],
  ['payload', payloadOf({ GS: {} })],
  ['payload', payloadOf({ RD: [B, 7] })],
  ['version', payloadOf({ FV: '2.0' })],
  ['version', payloadOf({ FV: '0.0' })],
  ['pagination_missing', payloadOf({ PG: '' })],
  ['pagination', payloadOf({ PG: 'T012' })],
  ['pagination', payloadOf({ PG: 'X1' })],
  ['pagination', payloadOf({ PG: 12 })],
  ['serial_missing', payloadOf({ MS: '', GS: '' })],
  ['readings_missing', payloadOf({ RD: [] })],
  ['readings_missing', payloadOf({ RD: null })],
  ['readings_many', rd(...Array.from({ length: 513 }, () => B))],
  ['time_missing', rd(without(B, 'TM'))],
  ['time', rd({ ...B, TM: '2024-02-30T10:00:00,000+0200 S' })],
  ['time', rd({ ...B, TM: '2024-05-01T10:00:00,000 S' })],
  ['time', rd({ ...B, TM: '2024-05-01T25:00:00,000+0200 S' })],
  ['time_state', rd({ ...B, TM: '2024-05-01T10:00:00,000+0200' })],
  ['time_state', rd({ ...B, TM: '2024-05-01T10:00:00,000+0200 Q' })],
  ['value_missing', rd(without(B, 'RV'))],
  ['value', rd({ ...B, RV: '1e3' })],
  ['value', payloadOf().replace('100.5', '1.005E2')],
  ['value', rd({ ...B, RV: '9,038' })],
  ['value', rd({ ...B, RV: '9223372036855' })],
  ['value_negative', rd({ ...B, RV: -1 })],
  ['unit_missing', rd(without(B, 'RU'))],
  ['status_missing', rd(without(B, 'ST'))],
  ['status_unknown', rd({ ...B, ST: 'Q' })],
  ['tx_unknown', rd({ ...B, TX: 'Z' })],
  ['tx_missing', rd(without(B, 'TX'))],
  ['obis', rd({ ...B, RI: 'energy' })],
  ['no_energy', rd({ ...B, RU: 'sec' })],
  ['no_energy', rd({ ...B, RI: '1-0:16.7.0' })],
  ['begin_twice', rd(B, B, E)],
  ['end_twice', rd(B, E, { ...E, TX: 'L' })],
  ['register_mismatch', rd(B, { ...E, RI: '1-0:2.8.0' })],
  ['unit_mismatch', rd(B, { ...E, RU: 'Wh', RV: 107_000 })],
  ['time_falls', rd(B, { ...E, TM: '2024-05-01T09:59:59,999+0200 S' })],
  ['value_falls', rd(B, { ...E, RV: 99.9999 })],
  ['value_falls', rd(B, { ...B, TX: 'C', RV: 120 }, E)],
  ['status', rd(B, { ...E, ST: 'M' })],
  ['error_flag', rd(B, { ...E, EF: 'Et' })],
  ['exception', rd(B, { ...B, TX: 'X' }, E)],
  ['user_level', payloadOf({ IL: 'MISMATCH' })],
  ['time_relative', rd({ ...B, TM: B.TM.replace('S', 'R') }, E)],
  ['event_counter', rd({ ...B, EI: 1 }, { ...E, EI: 2 })],
]

/** Reasons that other tests show: of records, signatures, keys and whole transactions. */
const ELSEWHERE: readonly ReasonCode[] = [
  'input',
  'header',
  'sections',
  'other_format',
  'encoding',
  'begin_missing',
  'end_missing',
  'serial_mismatch',
  'pagination_order',
  'signature_missing',
  'signature_section',
  'signature_encoding',
  'signature_form',
  'signature_range',
  'algorithm',
  'signature_mismatch',
  'key_missing',
  'key_form',
  'key_unsupported',
  'key_point',
]

const dataOf = (payload: string): OcmfPayload => {
  const { data } = viewOf(`OCMF|${payload}|{}`)
  if (data === null) throw new Error('no payload')
  return data
}

describe('the content of a receipt', () => {
  it(`is refused by its gravest reason (${CASES.length} contents)`, () => {
    for (const [code, payload] of CASES) expect(codesOf(payload)[0], payload).to.equal(code)
  })

  it('has a test for every reason of the list', () => {
    const shown = new Set([...CASES.map(([code]) => code), ...ELSEWHERE])
    expect([...shown].sort()).to.deep.equal(Object.keys(REASONS).sort())
  })

  it('has every reason in the table of the README, in order', () => {
    const readme = readFileSync(new URL('../ocmf/README.md', import.meta.url), 'utf8')
    const rows = [...readme.matchAll(/^\| `([a-z_]+)` \| (.*) \|$/gm)].map(([, code, text]) => [
      code,
      text,
    ])
    expect(rows).to.deep.equal(Object.entries(REASONS))
  })

  it('is ok for a transaction, a begin alone, an end alone, readings between and fiscal readings', () => {
    const C = { ...B, TX: 'C', RV: 103 }
    const fine = [
      rd(B, E),
      rd(B, C, E),
      rd(B),
      rd(E),
      rd(C),
      payloadOf({ PG: 'F0', RD: [without(B, 'TX'), { RV: 101 }] }),
      payloadOf({ FV: 1.0 }),
      payloadOf({ FV: undefined, MS: undefined }),
      rd({ ...B, RI: undefined }, { ...E, RI: undefined }),
      rd({ ...B, RI: '1-b' }, { ...E, RI: '1-b' }),
      rd({ ...B, EF: 't' }, E),
      rd(B, { ...E, TM: E.TM.replace('S', 'R') }),
      rd({ ...B, TM: '2024-05-01 10:00:00+02:00 s' }, { ...E, TM: '2024-05-01T09:00:00Z S' }),
      rd({ ...B, RV: '   100.0000' }, { ...E, RV: '0000107.0' }),
    ]
    for (const payload of fine) expect(codesOf(payload), payload).to.deep.equal([])
  })

  it('is ok where import and export registers share one transaction', () => {
    const out = { ...B, RI: '1-0:2.8.0', RV: 5 }
    const mains = { ...B, RI: '01-00:B2.08.00*FF', RV: 0 }
    const payload = rd(
      B,
      out,
      mains,
      E,
      { ...E, RI: '1-0:2.8.0', RV: 5 },
      { ...E, RI: mains.RI, RV: 7 },
    )
    expect(codesOf(payload)).to.deep.equal([])
  })

  it('carries left-out fields forward, but gives an error event no value', () => {
    const { readings } = dataOf(rd(B, { RV: 101, TX: 'C' }, { RV: 102 }, { ST: 'T' }))
    expect(readings.map(({ tx, mwh, status }) => [tx, mwh, status])).to.deep.equal([
      ['B', 100_000_000n, 'G'],
      ['C', 101_000_000n, 'G'],
      ['C', 102_000_000n, 'G'],
      ['C', null, 'T'],
    ])
  })

  it('knows units by their power of ten, MWh from mWh by its case', () => {
    const of = (RU: string): bigint | null =>
      dataOf(rd({ ...B, RV: 2.5, RU })).readings[0]?.mwh ?? null
    expect(['MWh', 'kWh', 'KWH', 'Wh', 'sec'].map(of)).to.deep.equal([
      2_500_000_000n,
      2_500_000n,
      2_500_000n,
      2_500n,
      null,
    ])
    expect(dataOf(rd({ ...B, RV: 3, RU: 'mWh' })).readings[0]?.mwh).to.equal(3n)
  })

  it('rounds down what is finer than a mWh, and keeps the digits beside it', () => {
    const { readings } = dataOf(rd({ ...B, RV: '1709.539307', RU: 'Wh' }))
    expect(readings[0]?.mwh).to.equal(1_709_539n)
    expect(readings[0]?.wh).to.deep.equal({ digits: 1_709_539_307n, scale: 6 })
    expect(codesOf(rd({ ...B, RV: '1.0000001' }, E))).to.deep.equal([])
  })

  it('keeps names of the prototype out of its fields', () => {
    const payload = payloadOf().replace('{"FV"', '{"__proto__":{"PG":"T1"},"constructor":1,"FV"')
    expect(codesOf(payload)).to.deep.equal([])
    expect(dataOf(payload).pagination?.number).to.equal(12n)
  })

  it('stands beside a signature that cannot be read, and the other way round', () => {
    const { signature, content, clock } = viewOf(`OCMF|${rd(B, E)}|{"SD":"zz!"}`)
    expect(isProblem(signature) && signature.problem).to.equal('signature_encoding')
    expect([content, clock]).to.deep.equal([[], 'S'])
    const broken = viewOf('OCMF|{broken|{"SD":"3006020101020101"}')
    expect(isProblem(broken.signature)).to.equal(false)
    expect(broken.content[0]?.problem).to.equal('json')
  })

  it('reports the worst clock: unknown, informative, relative, synchronised', () => {
    const worst = (...states: string[]): string | null => {
      const readings = states.map((state) => ({ ...B, TX: 'C', TM: B.TM.replace('S', state) }))
      return viewOf(`OCMF|${rd(...readings)}|{}`).clock
    }
    expect([worst('S'), worst('S', 'R'), worst('R', 'I', 'S'), worst('I', 'U')]).to.deep.equal([
      'S',
      'R',
      'I',
      'U',
    ])
  })
})

describe('a transaction in two records', () => {
  const begin = dataOf(payloadOf({ PG: 'T7', RD: [B] }))
  const codes = (...records: OcmfPayload[]): readonly ReasonCode[] =>
    transactionProblems(records).map((one) => one.problem)

  it('is ok with one begin, one end and a rising pagination', () => {
    expect(codes(begin, dataOf(payloadOf({ PG: 'T8', RD: [E] })))).to.deep.equal([])
  })

  it('is refused for another meter, another order, a missing begin or end, and a falling register', () => {
    const end = (fields: object): OcmfPayload => dataOf(payloadOf({ PG: 'T8', RD: [E], ...fields }))
    expect(codes(begin, end({ MS: 'M-2' }))).to.deep.equal(['serial_mismatch'])
    expect(codes(begin, end({ GS: 'G-2' }))).to.deep.equal(['serial_mismatch'])
    expect(codes(begin, end({ PG: 'T7' }))).to.deep.equal(['pagination_order'])
    expect(codes(begin, end({ PG: 'F8' }))).to.deep.equal(['pagination_order'])
    expect(codes(begin)).to.deep.equal(['end_missing'])
    expect(codes(end({}))).to.deep.equal(['begin_missing'])
    expect(codes(begin, end({ IL: 'INVALID' }))).to.deep.equal(['user_level'])
    expect(codes(begin, end({ RD: [{ ...E, RV: 99 }] }))).to.deep.equal(['value_falls'])
  })
})

describe('what is no receipt', () => {
  it('is refused by name when it is another format', () => {
    const others = [
      '1b1b1b1b01010101',
      '128.8.0(ST:200501162017)',
      '<ChargingProcess>',
      'AP;0;3;ALCV',
    ]
    for (const text of others) {
      const view = viewRecord(text)
      expect(isProblem(view) && view.problem, text).to.equal('other_format')
    }
  })

  it('is refused when its bytes are no UTF-8', () => {
    const bytes = Buffer.from(`OCMF|${payloadOf({ TT: 'Tag' })}|{}`)
    bytes[bytes.indexOf('Tag')] = 0xe4
    const view = viewRecord(bytes)
    expect(isProblem(view) && view.problem).to.equal('encoding')
  })

  it('is refused for the chain when a part of it cannot be read', () => {
    const refused = (record: string): string => {
      const receipt = parseReceipt(record)
      return isProblem(receipt) ? receipt.problem : 'taken'
    }
    const sd = '{"SD":"3006020101020101"}'
    expect(refused(`OCMF|${rd(B, E)}|${sd}`)).to.equal('taken')
    expect(refused(`OCMF|${rd(B, { ...E, ST: 'M' })}|${sd}`)).to.equal('taken')
    expect(refused(`OCMF|${rd(B, E)}|{}`)).to.equal('signature_missing')
    expect(refused(`OCMF|${payloadOf({ PG: 'Q' })}|${sd}`)).to.equal('pagination')
    expect(refused(`OCMF|${rd({ ...B, TM: 'now' })}|${sd}`)).to.equal('time')
  })
})
