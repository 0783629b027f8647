import { expect } from 'chai'
import fc from 'fast-check'
import { matches, parseQuery, QueryError } from '../query-language.ts'

const EVENTS = new Map([
  ['tm.event', ['Tx']],
  ['tx.height', ['9007199254740993']],
  ['tx.hash', ['AB']],
  ['transfer.amount', ['100ustrom', '7ustrom']],
  ['transfer.recipient', ["o'brien", 'strom1bob']],
  ['meter.at', ['2016-08-27T12:00:00Z']],
])

describe('event query language', () => {
  const holds = (query: string): boolean => matches(parseQuery(query), EVENTS)

  const TRUE = [
    "tm.event='Tx'",
    "tm.event = 'Tx'",
    "tm.event='Tx' AND tx.hash='AB'",
    'tx.height=9007199254740993',
    'tx.height>9007199254740992',
    'tx.height < 9007199254740994 AND tx.height>=9007199254740993',
    "tx.height='9007199254740993'",
    'transfer.amount>99',
    'transfer.amount = 7',
    "transfer.recipient='strom1bob'",
    "transfer.recipient CONTAINS '1bo'",
    "transfer.recipient = 'o\\'brien'",
    'transfer.recipient EXISTS',
    'meter.at > TIME 2016-08-27T11:59:59Z',
    'meter.at>=TIME 2016-08-27T14:00:00+02:00',
    'meter.at > DATE 2016-08-27',
    'meter.at < DATE 2016-08-28',
  ]
  const FALSE = [
    "tm.event='NewBlock'",
    "tm.event='Tx' AND tx.hash='CD'",
    'tx.height=9007199254740992',
    'tx.height>9007199254740993',
    'transfer.amount>100',
    "transfer.recipient='strom1'",
    'transfer.sender EXISTS',
    'transfer.recipient > 1',
    'meter.at > TIME 2016-08-27T12:00:00Z',
    "TX.HEIGHT='9007199254740993'",
  ]
  const MALFORMED = [
    '',
    ' ',
    'malformed query',
    'tx.height>',
    '=5',
    "tx.height>'5'",
    "tm.event='Tx",
    "tm.event='Tx' OR tx.height=1",
    "tm.event='Tx' AND",
    "AND tm.event='Tx'",
    'tx.height=abc',
    'a.b CONTAINS 5',
    'a.b > TIME yesterday',
    'a.b > TIME 2016-08-27',
    'a.b > DATE 2016-13-40',
    'a.b = 12ab',
    "a.b 'x'",
    `a.b='${'x'.repeat(512)}'`,
  ]

  it(`finds ${TRUE.length} queries true, any value of an attribute counting`, () => {
    for (const query of TRUE) expect(holds(query), query).to.equal(true)
  })

  it(`finds ${FALSE.length} queries false`, () => {
    for (const query of FALSE) expect(holds(query), query).to.equal(false)
  })

  it(`refuses ${MALFORMED.length} malformed queries with the prefix clients match on`, () => {
    for (const query of MALFORMED) {
      expect(() => parseQuery(query), query).to.throw(QueryError, /^failed to parse query: /)
    }
  })

  it('takes keys that begin with a keyword', () => {
    expect(
      parseQuery("TIME.of = 'x' AND ANDROID.id EXISTS").conditions.map(({ key }) => key),
    ).to.deep.equal(['TIME.of', 'ANDROID.id'])
  })

  it('throws nothing but QueryError on 1,000 random texts', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        try {
          parseQuery(text)
        } catch (error) {
          expect(error).to.be.instanceOf(QueryError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
