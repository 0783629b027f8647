import { expect } from 'chai'
import fc from 'fast-check'
import { readTime } from '../sources/clock.ts'
import { splitLine } from '../sources/csv.ts'
import {
  ENERGY_UNITS,
  isSentinel,
  kwhText,
  multiply,
  parseDecimal,
  registerMwh,
} from '../sources/decimal.ts'
import { sampleOfFields } from '../sources/fields.ts'
import { templatePath } from '../sources/home-assistant.ts'
import { parseJsonText, parsePath, pick, pickText } from '../sources/json-text.ts'

const mwh = (text: string, unit: string): unknown => {
  const value = parseDecimal(text)
  return value === undefined ? undefined : registerMwh(value, ENERGY_UNITS[unit] ?? 0)
}

describe('numbers of meters', () => {
  it('come out as exact mWh where binary fractions would not', () => {
    expect(mwh('12.345', 'kWh')).to.deep.equal({ value: 12_345_000n })
    expect(mwh('0.1', 'Wh')).to.deep.equal({ value: 100n })
    expect(mwh('9007199254740993.001', 'Wh')).to.deep.equal({ value: 9_007_199_254_740_993_001n })
    expect(mwh('1.5e3', 'Wh')).to.deep.equal({ value: 1_500_000n })
    expect(mwh('1234.5678', 'Wh')).to.deep.equal({ value: 1_234_567n })
    expect(mwh('2', 'MWh')).to.deep.equal({ value: 2_000_000_000n })
  })

  it('with every digit that a text of mWh has, whatever unit they are told in', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 64n) - 1n), (value) => {
        expect(mwh(kwhText(value), 'kWh')).to.deep.equal({ value })
      }),
    )
  })

  it('are refused when they are none, negative, too large or a mark for "not there"', () => {
    for (const text of [
      'nan',
      'NaN',
      'inf',
      'unavailable',
      'unknown',
      '',
      '0x10',
      '1,5',
      '--1',
      '1e999',
    ])
      expect(parseDecimal(text), text).to.equal(undefined)
    expect(mwh('-1', 'Wh')).to.have.property('problem')
    expect(mwh('99999999999999999999', 'Wh')).to.have.property('problem')
    for (const text of ['4294967295', '65535', '-32768', '9223372036854775808'])
      expect(isSentinel(text), text).to.equal(true)
    expect(isSentinel('65535.0')).to.equal(false)
  })

  it('are scaled by exact factors', () => {
    const ten = parseDecimal('0.001')
    const value = parseDecimal('123456789')
    if (ten === undefined || value === undefined) throw new Error('no decimals')
    expect(registerMwh(multiply(value, ten), 6)).to.deep.equal({ value: 123_456_789_000n })
  })
})

describe('JSON with the text of its numbers', () => {
  it('keeps every digit, also of numbers inside lists and beside strings that look like numbers', () => {
    const json = parseJsonText('{"a":{"b":[1.10,-2e3]},"s":"x 1.5 \\"2\\"","t":true,"n":null}')
    expect(json).to.deep.equal({
      a: { b: ['1.10', '-2e3'] },
      s: 'x 1.5 "2"',
      t: true,
      n: null,
    })
    expect(pickText(json, ['a', 'b', '0'])).to.equal('1.10')
    expect(pick(json, ['a', 'x'])).to.equal(undefined)
    expect(pick(json, ['constructor'])).to.equal(undefined)
  })

  it('is strict: what JSON.parse refuses is refused, and valid documents have the same shape', () => {
    for (const text of ['{"a":01}', '{"a":nan}', '{a:1}', '[1,]', '']) {
      expect(parseJsonText(text), text).to.equal(undefined)
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const texts = (one: unknown): unknown =>
          typeof one === 'number'
            ? JSON.stringify(one)
            : Array.isArray(one)
              ? one.map(texts)
              : typeof one === 'object' && one !== null
                ? Object.fromEntries(Object.entries(one).map(([k, v]) => [k, texts(v)]))
                : one
        expect(parseJsonText(JSON.stringify(value))).to.deep.equal(texts(value))
      }),
    )
  })

  it('is walked by paths with dots, brackets and quoted keys', () => {
    expect(parsePath('em1data:0.total_act_energy')).to.deep.equal(['em1data:0', 'total_act_energy'])
    expect(parsePath('[\'ENERGY\']["Total"][0]')).to.deep.equal(['ENERGY', 'Total', '0'])
    expect(parsePath('a b')).to.equal(undefined)
    expect(templatePath("{{value_json['ENERGY']['Total']}}")).to.deep.equal(['ENERGY', 'Total'])
    expect(templatePath('{{ value_json.energy.total }}')).to.deep.equal(['energy', 'total'])
    expect(templatePath('{{ value }}')).to.deep.equal([])
    for (const text of ['{{ value_json.a | float }}', '{{ value_json.a * 2 }}', '{% if a %}'])
      expect(templatePath(text), text).to.equal(undefined)
  })
})

describe('times of meters', () => {
  const received = BigInt(Date.parse('2026-07-01T12:00:10Z') / 1_000)
  it('are read from unix seconds, milliseconds and ISO texts with a zone', () => {
    expect(readTime('1782907200.95', 'unix', received)).to.equal(1_782_907_200n)
    expect(readTime('1782907200950', 'unix_ms', received)).to.equal(1_782_907_200n)
    expect(readTime('2026-07-01T14:00:00+02:00', 'iso', received)).to.equal(received - 10n)
    expect(readTime('2026-07-01T14:00:00+0200', 'iso', received)).to.equal(received - 10n)
    expect(readTime('2026-07-01T14:00:00', 'iso', received)).to.equal(undefined)
    expect(readTime('yesterday', 'iso', received)).to.equal(undefined)
  })

  it('without a zone give the meter clock error, whatever quarter hour the zone is', () => {
    for (const wall of ['2026-07-01T14:00:05', '2026-07-01T17:45:05', '2026-07-01T01:30:05'])
      expect(readTime(wall, 'local', received), wall).to.equal(received - 5n)
    expect(readTime('2026-07-01T14:01:10', 'local', received)).to.equal(received + 60n)
  })
})

describe('named values of posts and files', () => {
  const when = { time: 1n, receivedAt: 2n }
  it('carry their unit in the name; none, two for one register or an unknown one is refused', () => {
    expect(
      sampleOfFields('d', when, [
        ['import_kwh', '1.5'],
        ['power_w', '-20.7'],
      ]),
    ).to.deep.equal({
      device: 'd',
      ...when,
      good: true,
      importMwh: 1_500_000n,
      powerW: -20n,
    })
    for (const fields of [
      [['import', '1']],
      [
        ['import_wh', '1'],
        ['import_kwh', '1'],
      ],
      [['power_w', '1']],
      [['import_wh', '4294967295']],
      [['import_wh', 'nan']],
    ] as const)
      expect(sampleOfFields('d', when, fields), String(fields)).to.have.property('problem')
  })

  it('stand in lines divided by commas or semicolons, with or without quotes', () => {
    expect(splitLine('a, "b,c" ;d')).to.deep.equal(['a', 'b,c', 'd'])
    expect(splitLine('"x ""y""",2')).to.deep.equal(['x "y"', '2'])
  })
})
