import { expect } from 'chai'
import { toAminoJson } from '../amino-json.ts'
import { aminoSignText, aminoSignTexts } from '../amino-sign-doc.ts'
import type { Fee } from '../gen/cosmos/tx/v1beta1/tx.ts'
import { AuthInfo, SignDoc, TxBody, TxRaw } from '../gen/cosmos/tx/v1beta1/tx.ts'
import { codecFor } from '../registry.ts'
import { sortedJson } from '../sorted-json.ts'
import { fromHex, testdata, toHex } from './support.ts'

interface Signed {
  sign_bytes: string
  body_bytes: string
  auth_info_bytes: string
  signature: string
  tx_bytes: string
}

interface Case {
  name: string
  chain_id: string
  account_number: number
  sequence: number
  messages: string[]
  direct: Signed
  amino: Signed
}

interface Published {
  chain_id: string
  vectors: {
    inputs: { accountNumber: number; sequence: number; bodyBytes: string; authInfoBytes: string }
    outputs: { signBytes: string; signature: string; signedTxBytes: string }
  }[]
}

const { cases } = testdata<{ cases: Case[] }>('cosmjs-sign-docs/sign_docs.json')
const simapp = testdata<Published>('cosmjs-direct-simapp/direct.json')

/** Cases where CosmJS signs other text than the Cosmos SDK renders. */
const COSMJS_ONLY = [
  'staking.MsgCreateValidator / plain',
  'staking.MsgEditValidator / plain',
  'distribution.MsgWithdrawValidatorCommission / plain',
]

function aminoDoc(one: Case): Parameters<typeof aminoSignText>[0] {
  const body = TxBody.decode(fromHex(one.amino.body_bytes))
  const fee = AuthInfo.decode(fromHex(one.amino.auth_info_bytes)).fee as Fee
  return {
    chainId: one.chain_id,
    accountNumber: BigInt(one.account_number),
    sequence: BigInt(one.sequence),
    fee,
    body,
  }
}

describe('transactions made by CosmJS', () => {
  it(`decode and encode to the same bytes at every layer (${cases.length * 2} transactions)`, () => {
    expect(cases).to.have.length(25)
    for (const one of cases.flatMap((c) => [c.direct, c.amino])) {
      const raw = TxRaw.decode(fromHex(one.tx_bytes))
      expect(toHex(TxRaw.encode(raw))).to.equal(one.tx_bytes)
      expect(toHex(TxBody.encode(TxBody.decode(raw.bodyBytes)))).to.equal(one.body_bytes)
      expect(toHex(AuthInfo.encode(AuthInfo.decode(raw.authInfoBytes)))).to.equal(
        one.auth_info_bytes,
      )
      expect(raw.signatures.map(toHex)).to.deep.equal([one.signature])
    }
  })

  it(`carry messages of 17 known types that encode to the same bytes (${cases.length} transactions)`, () => {
    const types = new Set<string>()
    for (const one of cases) {
      const body = TxBody.decode(fromHex(one.direct.body_bytes))
      expect(body.messages.map((message) => message.typeUrl)).to.deep.equal(one.messages)
      for (const { typeUrl, value } of body.messages) {
        const codec = codecFor(typeUrl)
        if (!codec) throw new Error(`no codec for ${typeUrl}`)
        expect(toHex(codec.encode(codec.decode(value))), one.name).to.equal(toHex(value))
        types.add(typeUrl)
      }
    }
    expect(types.size).to.equal(17)
  })

  it(`give the same DIRECT sign bytes (${cases.length} from CosmJS, ${simapp.vectors.length} published)`, () => {
    for (const one of cases) {
      const doc = SignDoc.create({
        bodyBytes: fromHex(one.direct.body_bytes),
        authInfoBytes: fromHex(one.direct.auth_info_bytes),
        chainId: one.chain_id,
        accountNumber: BigInt(one.account_number),
      })
      expect(toHex(SignDoc.encode(doc)), one.name).to.equal(one.direct.sign_bytes)
    }
    for (const { inputs, outputs } of simapp.vectors) {
      const bodyBytes = fromHex(inputs.bodyBytes)
      const authInfoBytes = fromHex(inputs.authInfoBytes)
      const accountNumber = BigInt(inputs.accountNumber)
      const doc = SignDoc.create({
        bodyBytes,
        authInfoBytes,
        chainId: simapp.chain_id,
        accountNumber,
      })
      expect(toHex(SignDoc.encode(doc))).to.equal(outputs.signBytes)
      expect(toHex(TxBody.encode(TxBody.decode(bodyBytes)))).to.equal(inputs.bodyBytes)
      expect(toHex(AuthInfo.encode(AuthInfo.decode(authInfoBytes)))).to.equal(inputs.authInfoBytes)
      const raw = TxRaw.create({
        bodyBytes,
        authInfoBytes,
        signatures: [fromHex(outputs.signature)],
      })
      expect(toHex(TxRaw.encode(raw))).to.equal(outputs.signedTxBytes)
    }
  })

  it(`give the same amino text in the CosmJS dialect (${cases.length} documents)`, () => {
    for (const one of cases) {
      expect(aminoSignText(aminoDoc(one), 'cosmjs'), one.name).to.equal(one.amino.sign_bytes)
    }
  })

  it(`give the same amino text in the SDK dialect except in ${COSMJS_ONLY.length} known cases`, () => {
    for (const one of cases) {
      const texts = aminoSignTexts(aminoDoc(one))
      expect(texts, one.name).to.include(one.amino.sign_bytes)
      expect(texts.length, one.name).to.equal(COSMJS_ONLY.includes(one.name) ? 2 : 1)
    }
  })

  it('keep a multisig transaction byte for byte and render its key in amino JSON', () => {
    const multisig = testdata<{ tx_bytes: string; sorted_pubkeys: string[]; threshold: number }>(
      'cosmjs-sign-docs/multisig.json',
    )
    const raw = TxRaw.decode(fromHex(multisig.tx_bytes))
    expect(toHex(TxRaw.encode(raw))).to.equal(multisig.tx_bytes)
    const auth = AuthInfo.decode(raw.authInfoBytes)
    expect(toHex(AuthInfo.encode(auth))).to.equal(toHex(raw.authInfoBytes))
    const key = auth.signerInfos[0]?.publicKey
    const codec = codecFor(key?.typeUrl ?? '')
    if (!key || !codec) throw new Error('the multisig key is missing')
    expect(toAminoJson(codec, codec.decode(key.value))).to.deep.equal({
      type: 'tendermint/PubKeyMultisigThreshold',
      value: {
        pubkeys: multisig.sorted_pubkeys.map((value) => ({
          type: 'tendermint/PubKeySecp256k1',
          value,
        })),
        threshold: String(multisig.threshold),
      },
    })
  })

  it('give the same ADR-36 text (4 documents)', () => {
    const adr36 = testdata<{ signer: string; cases: { data_hex: string; sign_bytes: string }[] }>(
      'cosmjs-sign-docs/adr36.json',
    )
    expect(adr36.cases).to.have.length(4)
    for (const { data_hex, sign_bytes } of adr36.cases) {
      const data = Buffer.from(data_hex, 'hex').toString('base64')
      const text = sortedJson({
        chain_id: '',
        account_number: '0',
        sequence: '0',
        fee: { gas: '0', amount: [] },
        msgs: [{ type: 'sign/MsgSignData', value: { signer: adr36.signer, data } }],
        memo: '',
      })
      expect(text).to.equal(sign_bytes)
    }
  })

  it('escape what Go escapes and sort members', () => {
    expect(sortedJson({ b: '<&>\u2028\u2029', a: [true, null, 1] })).to.equal(
      '{"a":[true,null,1],"b":"\\u003c\\u0026\\u003e\\u2028\\u2029"}',
    )
  })
})
