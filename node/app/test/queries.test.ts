import { expect } from 'chai'
import { fromBech32 } from '../../../modules/kit/address.ts'
import { utf8Decode, utf8Encode } from '../../../modules/kit/bytes.ts'
import { BaseAccount } from '../../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import {
  QueryAccountRequest,
  QueryAccountResponse,
} from '../../../proto/gen/cosmos/auth/v1beta1/query.ts'
import {
  QueryBalanceRequest,
  QueryBalanceResponse,
} from '../../../proto/gen/cosmos/bank/v1beta1/query.ts'
import { CommitmentProof } from '../../../proto/gen/cosmos/ics23/v1/proofs.ts'
import { SimulateRequest, SimulateResponse } from '../../../proto/gen/cosmos/tx/v1beta1/service.ts'
import { AuthInfo, Tx, TxBody, TxRaw } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import type { ProofOp } from '../../abci/application.ts'
import { calculateRoot, verifyMembership, verifyNonMembership } from '../../store/ics23.ts'
import { iavlSpec, tendermintSpec } from '../../store/ics23-spec.ts'
import { AppChain, refusal } from './support.ts'
import { paying, Wallet } from './wallet.ts'

const alice = await Wallet.of('alice')
const bob = await Wallet.of('bob')
const ALICE = { number: 1, sequence: 0 }
const ACCOUNT = '/cosmos.auth.v1beta1.Query/Account'
const BALANCE = '/cosmos.bank.v1beta1.Query/Balance'
const SIMULATE = '/cosmos.tx.v1beta1.Service/Simulate'

const start = (): Promise<AppChain> =>
  AppChain.start({
    accounts: [
      { address: alice.address, ustrom: 1_000_000n },
      { address: bob.address, ustrom: 1_000n },
    ],
  })

async function balance(chain: AppChain, address: string, height = 0n): Promise<string> {
  const request = QueryBalanceRequest.encode({ address, denom: 'ustrom' })
  const { value } = await chain.query(BALANCE, request, { height })
  return QueryBalanceResponse.decode(value).balance?.amount ?? ''
}

/** Key of a balance as the SDK lays it out. */
function balanceKey(address: string): Uint8Array {
  const bytes = fromBech32(address)
  return Buffer.concat([Buffer.of(2, bytes.length), bytes, Buffer.from('ustrom')])
}

/** Root of the store that the first operator proves; the second is checked against the app hash. */
function provenStoreRoot(ops: readonly ProofOp[], store: string, appHash: Uint8Array): Uint8Array {
  const [inner, outer] = ops.map(({ data }) => CommitmentProof.decode(data))
  const { exist, nonexist } = inner ?? {}
  const path = exist ?? nonexist?.left ?? nonexist?.right
  if (path === undefined || outer === undefined) throw new Error('a proof is missing')
  const root = calculateRoot(path, iavlSpec)
  verifyMembership(tendermintSpec, appHash, outer, utf8Encode(store), root)
  return root
}

describe('queries of the application', () => {
  it('answer with the height they read, the latest and older ones', async () => {
    const chain = await start()
    await chain.block()
    await chain.deliver(await alice.direct([alice.send(bob.address, '5')], ALICE))
    expect(await balance(chain, bob.address)).to.equal('1005')
    expect(await balance(chain, bob.address, 1n)).to.equal('1000')
    const request = QueryAccountRequest.encode({ address: alice.address })
    const response = await chain.query(ACCOUNT.slice(1), request)
    expect(response.height).to.equal(2n)
    const packed = QueryAccountResponse.decode(response.value).account
    expect(BaseAccount.decode(packed?.value ?? new Uint8Array())).to.include({
      address: alice.address,
      accountNumber: 1n,
      sequence: 1n,
    })
  })

  it('say of an unknown account what CosmJS looks for (code 22)', async () => {
    const chain = await start()
    await chain.block()
    const stranger = (await Wallet.of('stranger')).address
    const response = await chain.query(ACCOUNT, QueryAccountRequest.encode({ address: stranger }))
    expect(refusal(response)).to.equal(
      `sdk 22: rpc error: code = NotFound desc = account ${stranger} not found: key not found`,
    )
  })

  it('refuse malformed requests (18), unknown paths (6) and heights to come (26)', async () => {
    const chain = await start()
    await chain.block()
    const malformed = await chain.query(ACCOUNT, QueryAccountRequest.encode({ address: 'strom1x' }))
    expect(refusal(malformed)).to.match(/^sdk 18: rpc error: code = InvalidArgument desc = /)
    const bytes = await chain.query(ACCOUNT, new Uint8Array([1, 2, 3]))
    expect(refusal(bytes)).to.match(/^sdk 18: rpc error: code = InvalidArgument/)
    expect(refusal(await chain.query('/cosmos.group.v1.Query/Groups'))).to.equal(
      'sdk 6: unknown query path /cosmos.group.v1.Query/Groups: unknown request',
    )
    expect(refusal(await chain.query('/store/nothing/key', Buffer.of(1)))).to.match(/^sdk 6: /)
    const future = await chain.query(BALANCE, new Uint8Array(), { height: 2n })
    expect(refusal(future)).to.equal(
      'sdk 26: cannot query with height in the future; please provide a valid height: invalid height',
    )
  })

  it('prove a balance, and its absence, against the app hash of their height', async () => {
    const chain = await start()
    await chain.block()
    const { appHash } = await chain.block([
      await alice.direct([alice.send(bob.address, '5')], ALICE),
    ])
    const key = balanceKey(bob.address)
    const held = await chain.query('/store/bank/key', key, { prove: true })
    expect(utf8Decode(held.value)).to.equal('1005')
    const ops = held.proofOps ?? []
    expect(ops.map(({ type }) => type)).to.deep.equal(['ics23:iavl', 'ics23:simple'])
    const root = provenStoreRoot(ops, 'bank', appHash)
    verifyMembership(iavlSpec, root, ops[0]?.data ?? new Uint8Array(), key, held.value)

    const absentKey = balanceKey((await Wallet.of('stranger')).address)
    const absent = await chain.query('/store/bank/key', absentKey, { prove: true })
    expect(absent.value).to.have.length(0)
    const absentOps = absent.proofOps ?? []
    const same = provenStoreRoot(absentOps, 'bank', appHash)
    expect(same).to.deep.equal(root)
    verifyNonMembership(iavlSpec, root, absentOps[0]?.data ?? new Uint8Array(), absentKey)
  })

  it('do not prove at height 1 (18), whose app hash no header holds yet', async () => {
    const chain = await start()
    await chain.block()
    const key = balanceKey(bob.address)
    const response = await chain.query('/store/bank/key', key, { prove: true })
    expect(refusal(response)).to.equal(
      'sdk 18: cannot query with proof when height <= 1; please provide a valid height: invalid request',
    )
    expect(utf8Decode((await chain.query('/store/bank/key', key)).value)).to.equal('1000')
  })

  it('name the version', async () => {
    const chain = await start()
    await chain.block()
    expect(utf8Decode((await chain.query('/app/version')).value)).to.equal('0.0.0-test')
  })
})

describe('simulation', () => {
  /** The transaction of wallets that do not sign yet: key, mode and signature as they send them. */
  async function unsigned(
    signer: { mode: number; key?: boolean; signature: Uint8Array; sequence?: bigint },
    amount = '5',
  ): Promise<TxRaw> {
    const signed = TxRaw.decode(await alice.direct([alice.send(bob.address, amount)], ALICE))
    const info = AuthInfo.decode(signed.authInfoBytes)
    const signerInfos = info.signerInfos.map((one) => ({
      publicKey: signer.key === true ? one.publicKey : undefined,
      modeInfo: { single: { mode: signer.mode }, multi: undefined },
      sequence: signer.sequence ?? 0n,
    }))
    const fee = { amount: [], gasLimit: 0n, payer: '', granter: '' }
    const authInfoBytes = AuthInfo.encode({ ...info, signerInfos, fee })
    return { bodyBytes: signed.bodyBytes, authInfoBytes, signatures: [signer.signature] }
  }

  async function gasOf(chain: AppChain, request: Uint8Array): Promise<bigint> {
    const response = await chain.query(SIMULATE, request)
    expect(refusal(response)).to.equal(' 0: ')
    const { gasInfo, result } = SimulateResponse.decode(response.value)
    expect(result?.msgResponses.map(({ typeUrl }) => typeUrl)).to.deep.equal([
      '/cosmos.bank.v1beta1.MsgSendResponse',
    ])
    return gasInfo?.gasUsed ?? 0n
  }

  it('passes without a key (Keplr) and with one and an empty signature (CosmJS), paying for signature and fee', async () => {
    const chain = await start()
    await chain.block()
    const keplr = await unsigned({ mode: 127, signature: new Uint8Array(64) })
    const cosmjs = await unsigned({ mode: 0, key: true, signature: new Uint8Array() })
    const txBytes = TxRaw.encode(keplr)
    const fromKeplr = await gasOf(
      chain,
      SimulateRequest.encode(SimulateRequest.create({ txBytes })),
    )
    const tx = Tx.create({
      body: TxBody.decode(cosmjs.bodyBytes),
      authInfo: AuthInfo.decode(cosmjs.authInfoBytes),
      signatures: cosmjs.signatures,
    })
    const fromCosmjs = await gasOf(chain, SimulateRequest.encode(SimulateRequest.create({ tx })))
    const paid = { ...ALICE, fee: paying('1000') }
    const delivered = await chain.deliver(await alice.direct([alice.send(bob.address, '5')], paid))
    // What a signed transaction has more, its key, its signature, its fee, is counted before it is there.
    for (const simulated of [fromKeplr, fromCosmjs])
      expect(Number(simulated - delivered.gasUsed)).to.be.within(0, 5_000)
  })

  it('says why a transaction would fail, and which sequence is next', async () => {
    const chain = await start()
    await chain.block()
    const signature = new Uint8Array(64)
    const simulate = async (raw: TxRaw): Promise<string> => {
      const txBytes = TxRaw.encode(raw)
      const request = SimulateRequest.encode(SimulateRequest.create({ txBytes }))
      return refusal(await chain.query(SIMULATE, request))
    }
    expect(await simulate(await unsigned({ mode: 1, signature, sequence: 3n }))).to.match(
      /^sdk 6: rpc error: code = Unknown desc = account sequence mismatch, expected 0, got 3: incorrect account sequence /,
    )
    expect(await simulate(await unsigned({ mode: 1, signature }, '2000000'))).to.match(
      /failed to execute message; message index: 0: spendable balance 1000000ustrom is smaller than 2000000ustrom/,
    )
  })

  it('changes nothing', async () => {
    const chain = await start()
    await chain.block()
    const raw = await unsigned({ mode: 127, signature: new Uint8Array(64) })
    const request = SimulateRequest.encode(SimulateRequest.create({ txBytes: TxRaw.encode(raw) }))
    await gasOf(chain, request)
    await gasOf(chain, request)
    const tx = await alice.direct([alice.send(bob.address, '5')], ALICE)
    expect((await chain.check(tx)).code).to.equal(0)
    expect(await balance(chain, bob.address)).to.equal('1000')
  })
})
