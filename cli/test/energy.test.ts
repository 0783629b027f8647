import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import type { Hasher } from '../../modules/kit/crypto.ts'
import { foldRange } from '../../modules/kit/sum-tree.ts'
import { LeafProof, SummedLeaf } from '../../proto/gen/strom/fleet/v1/leaf.ts'
import { MsgEnterLeaves, MsgSubmitRoot } from '../../proto/gen/strom/fleet/v1/tx.ts'
import { QueryRefusalsResponse } from '../../proto/gen/strom/metering/v1/query.ts'
import { Account, Refusal } from '../../proto/gen/strom/metering/v1/state.ts'
import { MsgSubmitReadings, MsgSubmitReceipts } from '../../proto/gen/strom/metering/v1/tx.ts'
import { CliError } from '../errors.ts'
import { fieldJson } from '../message-json.ts'
import { balanceOf, balanceText } from '../query/account.ts'
import { flagWords, kwhText, timeText } from '../query/format.ts'
import { renderView, viewOf } from '../query/views.ts'
import { answersFile, challengeFile, enterFile, rootFile } from '../tx/fleet-input.ts'
import { readingsFile, receiptsFile } from '../tx/inputs.ts'
import type { FileInput, MessageJson } from '../tx/place.ts'
import { freshHome } from './run-cli.ts'

const home = freshHome()
const hashing =
  (name: string) =>
  (bytes: Uint8Array): Uint8Array =>
    createHash(name).update(bytes).digest()
const hasher: Hasher = { sha256: hashing('sha256'), ripemd160: hashing('ripemd160') }

function file(name: string, text: string): string {
  const path = join(home, name)
  writeFileSync(path, text)
  return path
}

function filled(
  input: FileInput,
  path: string,
  options: { [name: string]: string | boolean } = {},
): MessageJson {
  const json: MessageJson = {}
  input.fill(json, path, options)
  return json
}

function refusal(work: () => unknown): CliError {
  try {
    work()
  } catch (error) {
    if (error instanceof CliError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the account of a device', () => {
  it('adds credited, withheld and open energy up to what the register counted, floor at both ends', () => {
    const account = Account.create({
      creditedWh: 12_000n,
      withheld: [
        { reason: 'gap', wh: 500n },
        { reason: 'questionable', wh: 7n },
      ],
      openWh: 3n,
    })
    const balance = balanceOf(account, 87_489_999n, 100_001_001n)
    expect(balance).to.include({ sum_wh: 12_510n, register_wh: 12_512n, balanced: false })
    expect(balanceText('export', balance)).to.contain('NOT EQUAL')
    const right = balanceOf(account, 87_489_999n, 99_999_001n)
    expect(right.balanced).to.equal(true)
    const text = balanceText('export', right)
    expect(text).to.match(
      /withheld: gap +500 Wh {2}readings at the ends of an interval are missing/,
    )
    expect(text).to.contain('register counted 99999 - 87489 = 12510 Wh: equal')
  })

  it('is balanced exactly when the sum is the difference of the floors', () => {
    const wh = fc.bigInt(0n, 10n ** 9n)
    fc.assert(
      fc.property(wh, wh, wh, wh, fc.bigInt(-2n, 2n), (credited, gap, open, start, slip) => {
        const account = Account.create({
          creditedWh: credited,
          withheld: [{ reason: 'gap', wh: gap }],
          openWh: open,
        })
        const end = start / 1000n + credited + gap + open + slip
        if (end < 0n) return
        const balance = balanceOf(account, start, end * 1000n + 999n)
        expect(balance.balanced).to.equal(slip === 0n)
      }),
    )
  })
})

describe('readings for people', () => {
  it('show refusals as a table of time, seq, reason and detail, with what to do about each reason once', () => {
    const view = viewOf('/strom.metering.v1.Query/Refusals')
    if (view === undefined) throw new Error('no view')
    const refused = (seq: bigint, reason: string): Refusal =>
      Refusal.create({ seq, reason, detail: `about ${seq}`, time: 1_772_366_400n })
    const answer = QueryRefusalsResponse.create({
      refusals: [refused(7n, 'register_fell'), refused(8n, 'clock'), refused(9n, 'clock')],
    })
    const lines = renderView(view, QueryRefusalsResponse.toJson(answer)).split('\n')
    expect(lines[0]).to.match(/^time +seq +reason +detail$/)
    expect(lines[1]).to.match(/^2026-03-01 12:00:00 +7 +register_fell +about 7$/)
    const hints = lines.slice(5)
    expect(hints).to.have.length(2)
    expect(hints[0]).to.contain('register_fell (1):').and.contain('declare-exchange')
    expect(hints[1]).to.contain('clock (2):')
    const none = QueryRefusalsResponse.toJson(QueryRefusalsResponse.create({}))
    expect(renderView(view, none)).to.equal('no reading was refused')
  })

  it('write times, kWh and flags exactly', () => {
    expect(timeText('1772366400')).to.equal('2026-03-01 12:00:00')
    expect([timeText('0'), timeText('x')]).to.deep.equal(['', ''])
    expect([kwhText('81200900'), kwhText('5')]).to.deep.equal(['81.200900', '0.000005'])
    expect([flagWords(17), flagWords(256 + 1)]).to.deep.equal([
      'measured+questionable',
      'measured+256',
    ])
  })
})

describe('files that fill messages', () => {
  it('take signed readings as a list, as an object and one a line', () => {
    const one = { message: 'AQ==', signature: 'Ag==' }
    for (const text of [
      JSON.stringify([one, one]),
      JSON.stringify({ readings: [one, one] }),
      `${JSON.stringify(one)}\n${JSON.stringify(one)}\n`,
    ]) {
      const json = filled(readingsFile, file('readings', text))
      expect(MsgSubmitReadings.fromJson(json).readings).to.have.length(2)
    }
    const wrong = refusal(() => filled(readingsFile, file('readings', '{"a":1}\nnothing\n')))
    expect(wrong.message).to.contain('line 2')
  })

  it('take receipts byte for byte and name the line that is none', () => {
    const record = 'OCMF|{"FV":"1.0", "RD":[]}|{"SD":"AB"}'
    const json = filled(receiptsFile, file('r.txt', `${record}\r\n\n${record}\n`), {
      device: 'charger-7',
    })
    const { receipts } = MsgSubmitReceipts.fromJson(json)
    expect(receipts.map(({ record: bytes }) => Buffer.from(bytes).toString())).to.deep.equal([
      record,
      record,
    ])
    expect(refusal(() => filled(receiptsFile, file('r.txt', record))).message).to.contain(
      '--device',
    )
    const wrong = refusal(() =>
      filled(receiptsFile, file('r.txt', `${record}\n<xml/>`), { device: 'x' }),
    )
    expect(wrong.message).to.contain('line 2')
    expect(wrong.details.hint).to.contain('strom ocmf verify')
  })

  it('compute root, sums and proofs of a batch that fold to one root', () => {
    const leaves = Array.from({ length: 13 }, (_, i) => ({
      leaf: Buffer.from([i, 1, 2]).toString('base64'),
      import_wh: `${i}`,
      export_wh: `${100 + i}`,
    }))
    const path = file('leaves.json', JSON.stringify({ leaves }))
    const root = MsgSubmitRoot.fromJson(filled(rootFile, path))
    expect(root).to.include({ count: 13, sumImportWh: 78n, sumExportWh: 1378n })
    expect(root.leaves).to.have.length(0)
    expect(MsgSubmitRoot.fromJson(filled(rootFile, path, { publish: true })).leaves).to.have.length(
      13,
    )
    const sum = (leaf: SummedLeaf) => ({
      bytes: leaf.leaf,
      importWh: leaf.importWh,
      exportWh: leaf.exportWh,
    })
    for (let index = 0; index < 13; index += 1) {
      const json = filled(challengeFile, path, { index: `${index}` })
      const proof = LeafProof.fromJson(json['proof'] ?? null)
      const folded = foldRange(hasher, 13, index, [sum(proof.leaf)], proof.path)
      expect(Buffer.from(folded?.hash ?? [])).to.deep.equal(Buffer.from(root.root))
    }
    const entered = MsgEnterLeaves.fromJson(filled(enterFile, path, { first: '3', count: '6' }))
    const folded = foldRange(hasher, 13, entered.first, entered.leaves.map(sum), entered.path)
    expect(folded).to.deep.include({ importWh: 78n, exportWh: 1378n })
    expect(Buffer.from(folded?.hash ?? [])).to.deep.equal(Buffer.from(root.root))
    expect(filled(answersFile, path, { indexes: '0, 12' })['leaves']).to.have.length(2)
    for (const options of [{ index: '13' }, {}, { index: '-1' }])
      expect(refusal(() => filled(challengeFile, path, options)).exitCode).to.equal(2)
  })
})

describe('fields on a command line', () => {
  it('read dates where unix seconds are wanted, and files where bytes or JSON are', () => {
    const int64 = { number: 1, name: 'until', key: 'until', kind: 'int64' } as const
    expect(fieldJson(int64, '2026-03-01T12:00:00Z')).to.equal('1772366400')
    expect(fieldJson(int64, '900')).to.equal('900')
    expect(refusal(() => fieldJson(int64, 'tomorrow')).details.hint).to.contain('2026-03-01')
    const bytes = { number: 1, name: 'evidence', key: 'evidence', kind: 'bytes' } as const
    const path = file('evidence.bin', 'abc')
    expect(fieldJson(bytes, `@${path}`)).to.equal('YWJj')
    const nested = {
      number: 1,
      name: 'opening',
      key: 'opening',
      kind: 'message',
      message: () => SummedLeaf,
    } as const
    expect(fieldJson(nested, '{"leaf":"AQ=="}')).to.deep.equal({ leaf: 'AQ==' })
    expect(refusal(() => fieldJson(nested, 'x')).details.hint).to.contain('--opening @file.json')
  })
})
