import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { isProblem } from '../../modules/kit/ocmf/problem.ts'
import { bareRecord, recordsOf, textOf } from '../ocmf/forms.ts'
import { exactNumber, judgeItem, judgeLines } from '../ocmf/jsonl.ts'
import { receiptText } from '../ocmf/print.ts'
import { judgeReceipt } from '../ocmf/receipt-file.ts'
import { freshHome, strom } from './run-cli.ts'

const DATA = fileURLToPath(new URL('../../modules/kit/testdata/ocmf', import.meta.url))
const RECEIPTS = join(DATA, 'files')
const OTHERS = join(DATA, 'other')

interface Vector {
  readonly id: string
  readonly record: string
  readonly publicKey: string
  readonly verdict: string
}

const vectors: readonly Vector[] = JSON.parse(readFileSync(join(DATA, 'vectors.json'), 'utf8'))
const line = ({ id, record, publicKey }: Vector): string =>
  JSON.stringify({ id, record, publicKey })
const vector = (id: string): Vector => vectors.find((one) => one.id === id) as Vector
const judged = (text: string, key: string | null = null): string => {
  const result = judgeReceipt(text, key)
  if (isProblem(result)) return result.problem
  const values = result.values.map(({ judgement: { signature, clock, content } }) =>
    [signature, clock, content[0]?.problem ?? 'ok'].join(' '),
  )
  const pair = result.transaction?.[0]?.problem
  return [...new Set(values), ...(pair === undefined ? [] : [`pair ${pair}`])].join(', ')
}

/** What each receipt file is: signature, clock and content of its values, then what is wrong with the pair. */
const FILES: { readonly [file: string]: string } = {
  '20211007-device-with-evt-ocmf-sss-ses.xml': 'valid S status, pair status',
  'OCMF_Test_Data_00.xml': 'valid I ok',
  'fromweb.xml': 'valid I ok',
  'measurements.xml': 'valid U ok',
  'ocmf_sec.xml': 'valid I ok',
  'ocmf_tariff_1.xml': 'valid U ok',
  'second_key_fail_ocmf.xml': 'valid I ok, invalid I ok',
  'test_ocmf_ebee_01.xml': 'valid I ok, valid R ok',
  'test_ocmf_ebee_02.xml': 'invalid I ok, valid R ok, pair value_falls',
  'test_ocmf_keba_kcp30.xml': 'valid I ok',
  'test_ocmf_keba_kcp30_fail.xml': 'invalid I ok',
}

describe('strom ocmf verify', () => {
  const files = readdirSync(RECEIPTS)
  it(`judges every receipt file (${files.length} files)`, () => {
    const verdicts = files.map((file) => [file, judged(textOf(readFileSync(join(RECEIPTS, file))))])
    expect(Object.fromEntries(verdicts)).to.deep.equal(FILES)
  })

  const others = readdirSync(OTHERS)
  it(`names the format of files that are none of OCMF (${others.length} files)`, () => {
    for (const file of others) {
      const verdict = judged(textOf(readFileSync(join(OTHERS, file))))
      const expected = file === 'test_input_invalid_xml.xml' ? 'input' : 'other_format'
      expect(verdict, file).to.match(new RegExp(`^(invalid  )?${expected}$`))
    }
  })

  it('says who signed what, for people and for programs', async () => {
    const file = join(RECEIPTS, 'OCMF_Test_Data_00.xml')
    const text = await strom(['ocmf', 'verify', file])
    expect(text.code, text.stderr).to.equal(0)
    for (const part of [
      '1DZG0033016824',
      '060643',
      'T198',
      '04ab076a345b85',
      '9.038 kWh',
      'secp256k1',
    ])
      expect(text.stdout).to.include(part)
    expect(text.stdout).to.include('2021-10-26T08:20:52.000Z  I ')
    const json = await strom(['ocmf', 'verify', file, '-o', 'json'])
    const { ok, values, transaction } = JSON.parse(json.stdout)
    expect([ok, values.length, transaction]).to.deep.equal([true, 2, []])
    expect(values[1].readings.map((one: { wh: unknown }) => one.wh)).to.deep.equal([9038, null])
    expect(values[0].key.fingerprint).to.match(/^[0-9a-f]{64}$/)
  })

  it('ends with 1 for a receipt that is invalid, that has no key, or whose content is wrong', async () => {
    const { record, publicKey } = vector('ocmf-001')
    const [bad, no, ok, stdin, broken] = await Promise.all([
      strom(['ocmf', 'verify', record.replace('0.2597', '0.2598'), '--key', publicKey]),
      strom(['ocmf', 'verify', record]),
      strom(['ocmf', 'verify', record, '--key', publicKey]),
      strom(['ocmf', 'verify', '-', '--key', publicKey], { input: `${record}\n` }),
      strom(['ocmf', 'verify', vector('ocmf-004').record, '--key', vector('ocmf-004').publicKey]),
    ])
    expect([bad.code, no.code, ok.code, stdin.code, broken.code]).to.deep.equal([1, 1, 0, 0, 1])
    expect(bad.stdout).to.include('signature_mismatch')
    expect(no.stdout).to.include('no-key')
    expect(broken.stdout).to.match(/signature +valid\n/)
  })

  it('says that a file is missing, and that RSA is no key of OCMF', async () => {
    const missing = await strom(['ocmf', 'verify', 'nowhere.xml'])
    expect([missing.code, missing.stderr.includes('no such file')]).to.deep.equal([9, true])
    const rsa = readFileSync(join(OTHERS, 'test_ocmf_rsa_01.xml'), 'utf8')
    const [, key = ''] = /<publicKey[^>]*>([^<]*)</.exec(rsa) ?? []
    const { refusal } = vectorJudged(key)
    expect(refusal).to.include('RSA')
  })

  it(`answers lines in one form, every line (${vectors.length} vectors)`, async () => {
    const file = join(freshHome(), 'lines.jsonl')
    const text = [...vectors.map(line), '', '{"id":', '[]', '{"id":8}'].join('\r\n')
    writeFileSync(file, text)
    const ran = await strom(['ocmf', 'verify', '--jsonl', file])
    expect(ran.code, ran.stderr).to.equal(0)
    const answers = ran.stdout.trimEnd().split('\n')
    expect(answers.length).to.equal(vectors.length + 3)
    answers.slice(0, vectors.length).forEach((answer, i) => {
      const parsed = JSON.parse(answer)
      expect(parsed.signature, parsed.id).to.equal(vectors[i]?.verdict.split(' ')[0])
      expect(Object.keys(parsed).join()).to.equal('id,signature,clock,content,reason,readings')
    })
    expect(answers[0]).to.equal(
      '{"id":"ocmf-001","signature":"valid","clock":"I","content":"ok","reason":"ok","readings":[' +
        '{"time":"2019-08-13T10:03:15.000Z","clock":"I","obis":"1-b:1.8.0","wh":259.6,"status":"G"},' +
        '{"time":"2019-08-13T10:03:36.000Z","clock":"R","obis":"1-b:1.8.0","wh":259.7,"status":"G"}]}',
    )
    expect(answers.at(-1)).to.equal(
      '{"id":8,"signature":"invalid","clock":null,"content":"input",' +
        '"reason":"input: the line has no text \\"record\\"","readings":[]}',
    )
  })

  it('answers no-key where the key is missing, null or empty', () => {
    const { record } = vector('ocmf-001')
    for (const item of [{ record }, { record, publicKey: null }, { record, publicKey: '' }])
      expect(judgeItem(item).signature).to.equal('no-key')
    expect(judgeItem({ record, publicKey: 7 }).signature).to.equal('invalid')
    expect(judgeItem({ record, publicKey: vector('ocmf-144').publicKey }).reason).to.include(
      'signature_mismatch',
    )
  })

  it('takes a JSON array of the same objects too', () => {
    const answers = [...judgeLines(`[${vectors.map(line).join(',')}]`)]
    expect(answers.length).to.equal(vectors.length)
  })

  it('prints a number only where JSON keeps its digits', () => {
    const texts = ['0', '259.6', '62500127.1', '0.1', '123456789012.345', '9007199254740993']
    expect(texts.map(exactNumber)).to.deep.equal([
      0,
      259.6,
      62_500_127.1,
      0.1,
      123_456_789_012.345,
      '9007199254740993',
    ])
  })

  it('keeps what a record says from steering the terminal', () => {
    const record = vector('ocmf-001').record.replace('"ID":""', '"ID":"\\u001b[2J\\u202eevil"')
    const result = judgeReceipt(record, null)
    if (isProblem(result)) throw new Error(result.detail)
    const shown = receiptText(result)
    expect(shown).to.include('evil')
    expect([shown.includes('\u001b'), shown.includes('\u202e')]).to.deep.equal([false, false])
  })
})

describe('forms of a receipt', () => {
  const { record, publicKey } = vector('ocmf-001')
  const xml = (text: string): string =>
    `<values><value><signedData format="OCMF">${text}</signedData><publicKey>${publicKey}</publicKey></value></values>`

  it('are unwrapped: XML entities, CDATA, blanks, comments, byte order marks, other roots', () => {
    const escaped = record.replaceAll('"', '&quot;')
    const texts = [
      xml(record),
      xml(escaped),
      xml(`<![CDATA[${record}]]>`),
      xml(`\r\n\t${record}\r\n`),
      `\uFEFF<?xml version="1.0"?>\r\n<!-- a receipt -->${xml(record)}`,
      `<receipts><a>${xml(record)}</a></receipts>`,
      xml(Buffer.from(record).toString('base64')),
      xml(Buffer.from(record).toString('hex')),
    ]
    for (const text of texts) expect(judged(text), text).to.equal('valid I ok')
    expect(judged('<values><value/></values>')).to.equal('input')
    expect(judged('')).to.equal('input')
    expect(judged(xml(''))).to.equal('invalid  header')
  })

  it('are unwrapped outside of XML too', () => {
    const escaped = record.replaceAll('"', '&quot;')
    const texts = [
      escaped,
      Buffer.from(record).toString('base64'),
      ` ${record}\n`,
      `\uFEFF${record}`,
    ]
    for (const text of texts) {
      expect(bareRecord(text)).to.equal(record)
      expect(judged(text, publicKey)).to.equal('valid I ok')
    }
    expect(bareRecord('nothing')).to.equal('nothing')
  })

  it('hold several records, one a line', () => {
    const two = vector('ocmf-144').record
    expect(recordsOf(`${record}\r\n${two}\n`)).to.deep.equal([record, two])
    expect(recordsOf('OCMF|{\n"FV":"1.0"\n}|\n{}').length).to.equal(1)
  })

  it('are read from UTF-16 and from the encoding an XML declaration names', () => {
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(record, 'utf16le')])
    expect(judged(textOf(wide), publicKey)).to.equal('valid I ok')
    const latin = Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><a>Stra\u00dfe</a>',
      'latin1',
    )
    expect(textOf(latin)).to.include('Stra\u00dfe')
  })
})

function vectorJudged(key: string): { refusal: string } {
  const result = judgeReceipt(vector('ocmf-001').record, key)
  if (isProblem(result)) return { refusal: result.detail }
  return { refusal: result.values[0]?.judgement.refusal?.detail ?? '' }
}
