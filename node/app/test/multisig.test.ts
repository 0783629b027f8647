import { expect } from 'chai'
import { toBech32 } from '../../../modules/kit/address.ts'
import type { AnyValue } from '../../../proto/codec.ts'
import { LegacyAminoPubKey } from '../../../proto/gen/cosmos/crypto/multisig/keys.ts'
import { MultiSignature } from '../../../proto/gen/cosmos/crypto/multisig/v1beta1/multisig.ts'
import { PubKey } from '../../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import { AuthInfo, TxRaw } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { nativeHasher } from '../native-crypto.ts'
import { decodeKey } from '../pubkeys.ts'
import { AppChain, refusal } from './support.ts'
import { SharedWallet, sendMessage, Wallet } from './wallet.ts'

const members = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(Wallet.of))
const three = members.slice(0, 3)
const shared = new SharedWallet(three, 2)
const eight = new SharedWallet(members, 2)
const [SHARED, EIGHT] = [1, 2]
const receiver = members[7] as Wallet
const start = (): Promise<AppChain> =>
  AppChain.start({
    accounts: [shared, eight].map(({ address }) => ({ address, ustrom: 1000n })),
  })
const send = (from: { readonly address: string }) => [
  sendMessage(from.address, receiver.address, '5'),
]
const plan = { number: SHARED, sequence: 0 }

type Multi = NonNullable<NonNullable<AuthInfo['signerInfos'][number]['modeInfo']>['multi']>

/** Rewrites how a multisig transaction says who signed; its signatures stay those of the members. */
function rewritten(
  tx: Uint8Array,
  change: (
    multi: Multi,
    signatures: Uint8Array[],
  ) => Partial<Multi> & { signatures?: Uint8Array[] },
): Uint8Array {
  const raw = TxRaw.decode(tx)
  const info = AuthInfo.decode(raw.authInfoBytes)
  const [signer] = info.signerInfos
  const multi = signer?.modeInfo?.multi
  if (signer === undefined || multi === undefined) throw new Error('no multisig transaction')
  const { signatures } = MultiSignature.decode(raw.signatures[0] ?? new Uint8Array())
  const { signatures: left = signatures, ...more } = change(multi, signatures)
  const modeInfo = { single: undefined, multi: { ...multi, ...more } }
  return TxRaw.encode({
    ...raw,
    authInfoBytes: AuthInfo.encode({ ...info, signerInfos: [{ ...signer, modeInfo }] }),
    signatures: [MultiSignature.encode({ signatures: left })],
  })
}

async function told(tx: Uint8Array): Promise<string> {
  const chain = await start()
  const result = await chain.deliver(tx)
  return refusal(result).split(' ').slice(0, 2).join(' ')
}

describe('a multisig account', () => {
  it('lets any two of three sign, and all three, but not one', async () => {
    for (const chosen of [
      [0, 1],
      [1, 2],
      [2, 0],
      [0, 1, 2],
    ])
      expect(await told(await shared.signedBy(chosen, send(shared), plan))).to.equal(' 0:')
    expect(await told(await shared.signedBy([1], send(shared), plan))).to.equal('sdk 4:')
  })

  it('keeps its key, and counts sequences as any account does', async () => {
    const chain = await start()
    expect((await chain.deliver(await shared.signedBy([0, 1], send(shared), plan))).code).to.equal(
      0,
    )
    const again = await shared.signedBy([1, 2], send(shared), plan)
    expect(refusal(await chain.deliver(again))).to.match(/^sdk 32: /)
    const next = await shared.signedBy([1, 2], send(shared), { ...plan, sequence: 1 })
    expect((await chain.deliver(next)).code).to.equal(0)
  })

  it('pays 1,000 gas for each signature given', async () => {
    const used = async (chosen: number[]): Promise<bigint> => {
      const tx = await shared.signedBy(chosen, send(shared), plan)
      const { code, gasUsed } = await (await start()).deliver(tx)
      expect(code).to.equal(0)
      return gasUsed - 10n * BigInt(tx.length)
    }
    expect((await used([0, 1, 2])) - (await used([0, 1]))).to.equal(1000n)
  })

  it('is refused when bits name others than signed, are too few, or are of another number', async () => {
    const tx = await shared.signedBy([0, 1], send(shared), plan)
    const bits = (extraBitsStored: number, ...bytes: number[]) => ({
      bitarray: { extraBitsStored, elems: Uint8Array.from(bytes) },
    })
    expect(await told(rewritten(tx, () => bits(3, 0b1100_0000)))).to.equal(' 0:')
    for (const other of [
      bits(3, 0b0110_0000),
      bits(3, 0b1000_0000),
      bits(3, 0b1110_0000),
      bits(4, 0b1100_0000),
      bits(2, 0b1100_0000),
      bits(0, 0b1100_0000),
      bits(3, 0b1100_0000, 0),
      { bitarray: undefined },
    ])
      expect(await told(rewritten(tx, () => other))).to.equal('sdk 4:')
  })

  it('is refused when one member signs for two, or signatures are missing, too many or swapped', async () => {
    const tx = await shared.signedBy([0, 1], send(shared), plan)
    const with_ = (pick: (all: Uint8Array[]) => Uint8Array[]): Promise<string> =>
      told(rewritten(tx, (_, signatures) => ({ signatures: pick(signatures) })))
    expect(await with_(([a, b]) => [a as Uint8Array, b as Uint8Array])).to.equal(' 0:')
    expect(await with_(([a]) => [a as Uint8Array, a as Uint8Array])).to.equal('sdk 4:')
    expect(await with_(([a]) => [a as Uint8Array])).to.equal('sdk 4:')
    expect(await with_(([a, b]) => [b as Uint8Array, a as Uint8Array])).to.equal('sdk 4:')
    expect(await with_((all) => [...all, new Uint8Array(64)])).to.equal('sdk 4:')
  })

  it('of more members than the limit of signatures is refused (sdk 14)', async () => {
    const tx = await eight.signedBy([0, 1], send(eight), { number: EIGHT, sequence: 0 })
    expect(await told(tx)).to.equal('sdk 14:')
  })
})

describe('a multisig key', () => {
  const single = (n: number): AnyValue => ({
    typeUrl: PubKey.typeUrl,
    value: PubKey.encode({ key: (members[n] as Wallet).pubkey }),
  })
  const key = (threshold: number, ...publicKeys: AnyValue[]): AnyValue => ({
    typeUrl: LegacyAminoPubKey.typeUrl,
    value: LegacyAminoPubKey.encode({ threshold, publicKeys }),
  })

  it('has the address that CosmJS gives it', () => {
    const sorted = shared.pubkey.value.pubkeys.map(({ value }) => ({
      typeUrl: PubKey.typeUrl,
      value: PubKey.encode({ key: Buffer.from(value, 'base64') }),
    }))
    expect(toBech32(decodeKey(key(2, ...sorted), nativeHasher).address)).to.equal(shared.address)
  })

  it('of a threshold that cannot be reached or of nobody is refused (sdk 8)', () => {
    for (const bad of [key(0, single(0)), key(2, single(0)), key(1)])
      expect(() => decodeKey(bad, nativeHasher))
        .to.throw('threshold')
        .with.property('code', 8)
  })

  it('inside another one, or of another kind, is refused (sdk 8)', () => {
    for (const member of [
      key(1, single(0), single(1)),
      { typeUrl: '/cosmos.crypto.ed25519.PubKey', value: single(0).value },
    ])
      expect(() => decodeKey(key(1, member, single(2)), nativeHasher))
        .to.throw(`a multisig member of type ${member.typeUrl}`)
        .with.property('code', 8)
  })

  it('of more than 127 members has the address of amino, whose threshold takes two bytes', () => {
    const many = Array.from({ length: 200 }, (_, i) => {
      const compressed = Uint8Array.of(2, ...new Uint8Array(31).fill(1), i)
      return { typeUrl: PubKey.typeUrl, value: PubKey.encode({ key: compressed }) }
    })
    const amino = Buffer.concat([
      Buffer.from('22c1f7e208', 'hex'),
      Buffer.from([0xc8, 0x01]),
      ...many.map((_, i) =>
        Buffer.concat([
          Buffer.from('1226eb5ae98721', 'hex'),
          Buffer.from([2, ...new Uint8Array(31).fill(1), i]),
        ]),
      ),
    ])
    expect(decodeKey(key(200, ...many), nativeHasher).address).to.deep.equal(
      nativeHasher.sha256(amino).slice(0, 20),
    )
  })
})
