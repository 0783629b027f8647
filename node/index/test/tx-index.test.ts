import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { AbciEvent } from '../../abci/application.ts'
import { type LevelDb, openLevel, range } from '../../store/level.ts'
import { matches, parseQuery } from '../query-language.ts'
import { eventMap, type IndexedHeight, TxIndex } from '../tx-index.ts'

const event = (type: string, attributes: { [key: string]: string }, index = true): AbciEvent => ({
  type,
  attributes: Object.entries(attributes).map(([key, value]) => ({ key, value, index })),
})

/** Height h carries h % 4 transactions; senders alternate, amounts grow. */
function heightOf(h: number): IndexedHeight {
  const count = h % 4
  const txs = Array.from({ length: count }, (_, i) => Buffer.from(`tx ${h}/${i}`))
  return {
    height: BigInt(h),
    txs,
    txEvents: txs.map((_, i) => [
      event('message', { sender: i % 2 === 0 ? 'alice' : 'bob', action: '/send' }),
      event('transfer', { amount: `${h * 10 + i}ustrom` }),
      event('transfer', { amount: '1ustrom' }),
      event('hidden', { key: 'x' }, false),
    ]),
    blockEvents: h % 10 === 0 ? [event('mint', { amount: `${h}` })] : [],
  }
}

const HEIGHTS = Array.from({ length: 60 }, (_, i) => heightOf(i + 1))
const QUERIES = [
  "message.sender='alice'",
  "message.sender='bob' AND tx.height>20",
  "message.sender='alice' AND transfer.amount>300",
  "message.sender='alice' AND transfer.amount='1ustrom' AND tx.height<=33 AND tx.height>30",
  'tx.height=27',
  'tx.height>58',
  'tx.height<3',
  'tx.height>=10 AND tx.height<12',
  'tx.height>100',
  "tx.height='27'",
  'transfer.amount EXISTS',
  "transfer.amount CONTAINS '23'",
  "tm.event='Tx' AND message.action='/send'",
  "message.sender='carol'",
  "message.sender='ali'",
]

describe('transaction index on LevelDB', () => {
  let folder: string
  let db: LevelDb
  let index: TxIndex

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strom-index-'))
    db = await openLevel(join(folder, 'db'))
    index = new TxIndex(range(db, 'i'))
    // Neighbours of the range must never show up in it.
    await db.batch(
      ['h', 'j'].map((prefix) => ({
        type: 'put' as const,
        key: Buffer.from(`${prefix}emessage.sender\0alice\0`),
        value: new Uint8Array(12),
      })),
      { sync: false },
    )
    for (const height of HEIGHTS) await index.add(height)
  })
  after(async () => {
    await db.close()
    rmSync(folder, { recursive: true })
  })

  const search = async (query: string, on = index): Promise<string[]> =>
    (await on.searchTxs(parseQuery(query))).map(({ height, index: i }) => `${height}/${i}`)

  /** What a search must give, by looking at every transaction. */
  const expected = (query: string): string[] =>
    HEIGHTS.flatMap(({ height, txEvents }) =>
      txEvents.flatMap((events, i) => {
        const map = eventMap(events)
        map.delete('hidden.key')
        map.set('tm.event', ['Tx'])
        map.set('tx.height', [height.toString()])
        return matches(parseQuery(query), map) ? [`${height}/${i}`] : []
      }),
    )

  it(`agrees with a scan of all transactions on ${QUERIES.length} queries, in chain order`, async () => {
    for (const query of QUERIES) {
      expect(await search(query), query).to.deep.equal(expected(query))
    }
    expect(await search("message.sender='alice'")).to.have.lengthOf(60)
  })

  it('does not search attributes that are not marked for indexing', async () => {
    expect(await search("hidden.key='x'")).to.deep.equal([])
  })

  it('finds a transaction by hash and nothing by an unknown or malformed one', async () => {
    const id = hash('sha256', Buffer.from('tx 27/2'), 'buffer')
    expect(index.place(id)).to.deep.equal({ height: 27n, index: 2 })
    expect(await search(`tx.hash='${id.toString('hex').toUpperCase()}'`)).to.deep.equal(['27/2'])
    expect(await search(`tx.hash='${'00'.repeat(32)}'`)).to.deep.equal([])
    expect(await search("tx.hash='nonsense'")).to.deep.equal([])
  })

  it('finds blocks by height, with events or without, and by their own events only', async () => {
    const blocks = (query: string): Promise<bigint[]> => index.searchBlocks(parseQuery(query))
    expect(await blocks('block.height>57')).to.deep.equal([58n, 59n, 60n])
    expect(await blocks('mint.amount>=40')).to.deep.equal([40n, 50n, 60n])
    expect(await blocks("mint.amount='40' AND block.height=40")).to.deep.equal([40n])
    expect(await blocks("message.sender='alice'")).to.deep.equal([])
  })

  it('is not confused by values that hold a zero byte or are long', async () => {
    const odd = new TxIndex(range(db, 'k'))
    const long = 'x'.repeat(400)
    await odd.add({
      height: 1n,
      txs: [Buffer.from('a'), Buffer.from('b'), Buffer.from('c')],
      txEvents: [
        [event('memo', { text: 'a\0b' })],
        [event('memo', { text: 'a' })],
        [event('memo', { text: long })],
      ],
      blockEvents: [],
    })
    expect(await search("memo.text='a'", odd)).to.deep.equal(['1/1'])
    expect(await search(`memo.text='${long}'`, odd)).to.deep.equal(['1/2'])
  })

  it('keeps its cursor over a restart, and adding a height again changes nothing', async () => {
    const again = new TxIndex(range(db, 'i'))
    expect(again.height).to.equal(60n)
    const before = await contents('i')
    await again.add(heightOf(60))
    expect(await contents('i')).to.deep.equal(before)
  })

  it('is rebuilt to the same bytes from the same heights', async () => {
    const rebuilt = new TxIndex(range(db, 'r'))
    expect(rebuilt.height).to.equal(0n)
    for (const height of HEIGHTS) await rebuilt.add(height)
    expect(await contents('r')).to.deep.equal(await contents('i'))
  })

  async function contents(prefix: string): Promise<string[]> {
    const pairs: string[] = []
    for await (const [key, value] of range(db, prefix).iterate()) {
      pairs.push(`${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`)
    }
    return pairs
  }
})
