import { AminoTypes, createDefaultAminoConverters } from '@cosmjs/stargate'
import { expect } from 'chai'
import { MsgCreateValidator as CosmjsCreate } from 'cosmjs-types/cosmos/staking/v1beta1/tx'
import { anyToAminoJson } from '../amino-json.ts'
import { MsgCreateValidator } from '../gen/cosmos/staking/v1beta1/tx.ts'
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

  it('in the CosmJS dialect is what CosmJS signs for a validator without a delegator', () => {
    const types = new AminoTypes(createDefaultAminoConverters())
    const { typeUrl } = MsgCreateValidator
    const created = CosmjsCreate.fromPartial({
      description: { moniker: 'a' },
      commission: { rate: '0', maxRate: '1000000000000000000', maxChangeRate: '10000000000000000' },
      minSelfDelegation: '1',
      validatorAddress: 'stromvaloper1',
      pubkey: {
        typeUrl: '/cosmos.crypto.ed25519.PubKey',
        value: Uint8Array.from([0x0a, 32, ...new Uint8Array(32).fill(1)]),
      },
      value: { denom: 'ustrom', amount: '1' },
    })
    const signed = sortedJson(
      JSON.parse(JSON.stringify(types.toAmino({ typeUrl, value: created }))),
    )
    const value = Uint8Array.from(CosmjsCreate.encode(created).finish())
    expect(sortedJson(anyToAminoJson({ typeUrl, value }, 'cosmjs'))).to.equal(signed)
    expect(sortedJson(anyToAminoJson({ typeUrl, value }))).to.not.equal(signed)
  })
})
