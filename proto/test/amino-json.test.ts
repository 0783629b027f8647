import { expect } from 'chai'
import { anyToAminoJson } from '../amino-json.ts'
import { sortedJson } from '../sorted-json.ts'
import { testdata } from './support.ts'

interface Case {
  type_url: string
  value: string
  amino_json: string
}

const cases = testdata<Case[]>('amino-json/amino_json.json')
const types = new Set(cases.map(({ type_url }) => type_url))

describe('amino JSON', () => {
  it(`of messages is what the SDK renders (${cases.length} messages of ${types.size} types)`, () => {
    for (const { type_url, value, amino_json } of cases) {
      const any = { typeUrl: type_url, value: Uint8Array.from(Buffer.from(value, 'base64')) }
      expect(sortedJson(anyToAminoJson(any)), type_url).to.equal(amino_json)
    }
    expect([cases.length, types.size]).to.deep.equal([189, 46])
  })
})
