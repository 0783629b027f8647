import { hash } from 'node:crypto'
import { expect } from 'chai'
import { nativeVerifier } from '../../node/app/native-crypto.ts'
import { AuthInfo, TxBody } from '../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import '../../proto/registry.ts'
import { accountOf } from '../gateway/account.ts'
import { deriveKey, hdPath } from '../keys/derive.ts'
import { draftJson, draftOfBytes } from '../tx/file.ts'
import { type Draft, type Mode, signDraft, txBytes } from '../tx/sign.ts'
import { readVectors } from './vectors.ts'

interface Signed {
  readonly sign_bytes: string
  readonly body_bytes: string
  readonly auth_info_bytes: string
  readonly signature: string
  readonly tx_bytes: string
  readonly tx_hash: string
}
interface SignDocs {
  readonly mnemonic: string
  readonly cases: readonly {
    readonly name: string
    readonly chain_id: string
    readonly account_number: number
    readonly sequence: number
    readonly signer: string
    readonly direct: Signed
    readonly amino: Signed
  }[]
}
interface Simapp {
  readonly chain_id: string
  readonly faucet: { readonly mnemonic: string }
  readonly vectors: readonly {
    readonly inputs: {
      accountNumber: number
      sequence: number
      bodyBytes: string
      authInfoBytes: string
    }
    readonly outputs: { signature: string; signedTxBytes: string }
  }[]
}

const docs = readVectors<SignDocs>('cosmjs-sign-docs/sign_docs.json')
const simapp = readVectors<Simapp>('cosmjs-direct-simapp/direct.json')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Buffer => Buffer.from(text, 'hex')

/** An unsigned draft with the body and fee of a client's transaction. */
function unsigned(body: string, authInfo: string): Draft {
  const fee = AuthInfo.decode(bytes(authInfo)).fee
  if (fee === undefined) throw new Error('the vector has no fee')
  return { body: TxBody.decode(bytes(body)), fee, signerInfos: [], signatures: [] }
}

describe('transactions: signing', () => {
  for (const mode of ['direct', 'amino-json'] as const satisfies readonly Mode[]) {
    it(`signs ${docs.cases.length} transactions in ${mode} byte for byte as CosmJS does`, async () => {
      const accounts = await Promise.all(
        [0n, 1n, 2n].map(async (index) =>
          accountOf(await deriveKey(docs.mnemonic, hdPath(118n, 0n, index))),
        ),
      )
      for (const one of docs.cases) {
        const expected = mode === 'direct' ? one.direct : one.amino
        const key = AuthInfo.decode(bytes(expected.auth_info_bytes)).signerInfos[0]?.publicKey
          ?.value
        const account = accounts.find(
          ({ pubkey }) => key !== undefined && hex(key).endsWith(hex(pubkey)),
        )
        if (account === undefined) throw new Error(`${one.name}: no account has the signer's key`)
        const signed = signDraft(
          unsigned(expected.body_bytes, expected.auth_info_bytes),
          0,
          account,
          mode,
          {
            chainId: one.chain_id,
            accountNumber: BigInt(one.account_number),
            sequence: BigInt(one.sequence),
          },
        )
        // Two transactions may be rendered in two ways in amino; then the node accepts both, and we sign the SDK's.
        expect(hex(txBytes({ ...signed, signatures: [] })), one.name).to.equal(
          expected.tx_bytes.slice(0, -2 * 66),
        )
        if (mode === 'direct') {
          expect(hex(txBytes(signed)), one.name).to.equal(expected.tx_bytes)
          expect(hash('sha256', txBytes(signed)).toUpperCase()).to.equal(expected.tx_hash)
        } else if (hex(signed.signatures[0] as Uint8Array) !== expected.signature) {
          expect(one.name).to.match(/WithdrawValidatorCommission|CreateValidator|EditValidator/)
        }
        const verifier = nativeVerifier()
        const signBytes =
          mode === 'direct' ? bytes(expected.sign_bytes) : Buffer.from(expected.sign_bytes)
        expect(
          verifier.verify('secp256k1', account.pubkey, signBytes, bytes(expected.signature)),
        ).to.equal(true)
      }
    })
  }

  it(`signs ${simapp.vectors.length} published DIRECT transactions byte for byte`, async () => {
    const account = accountOf(await deriveKey(simapp.faucet.mnemonic, hdPath()))
    for (const { inputs, outputs } of simapp.vectors) {
      const signed = signDraft(
        unsigned(inputs.bodyBytes, inputs.authInfoBytes),
        0,
        account,
        'direct',
        {
          chainId: simapp.chain_id,
          accountNumber: BigInt(inputs.accountNumber),
          sequence: BigInt(inputs.sequence),
        },
      )
      expect(hex(signed.signatures[0] as Uint8Array)).to.equal(outputs.signature)
      expect(hex(txBytes(signed))).to.equal(outputs.signedTxBytes)
    }
  })

  it(`reads ${docs.cases.length} client transactions and writes the same bytes again`, () => {
    for (const { direct, name } of docs.cases) {
      const draft = draftOfBytes(bytes(direct.tx_bytes))
      expect(hex(txBytes(draft)), name).to.equal(direct.tx_bytes)
      expect(JSON.stringify(draftJson(draft))).to.contain('"signer_infos"')
    }
  })
})
