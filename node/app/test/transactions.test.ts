import { expect } from 'chai'
import { MsgSendResponse } from '../../../proto/gen/cosmos/bank/v1beta1/tx.ts'
import { TxMsgData } from '../../../proto/gen/cosmos/base/abci/v1beta1/abci.ts'
import { AuthInfo, TxBody, TxRaw } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import { toBase64 } from '../base64.ts'
import { AppChain, eventLines, refusal } from './support.ts'
import { paying, SharedWallet, sendMessage, Wallet } from './wallet.ts'

const alice = await Wallet.of('alice')
const bob = await Wallet.of('bob')
const carol = await Wallet.of('carol')
const shared = new SharedWallet([alice, bob, carol], 2)
// The operator of the genesis validator has account number 0.
const ALICE = 1
const BOB = 2
const SHARED = 3

const accounts = [
  { address: alice.address, ustrom: 1_000_000n },
  { address: bob.address, ustrom: 1_000n },
  { address: shared.address, ustrom: 50_000n },
]
const start = (options = {}): Promise<AppChain> => AppChain.start({ accounts, options })

/** Takes a transaction apart and changes a part without signing again. */
function altered(tx: Uint8Array, change: (raw: TxRaw) => Partial<TxRaw>): Uint8Array {
  const raw = TxRaw.decode(tx)
  return TxRaw.encode({ ...raw, ...change(raw) })
}

describe('transactions made by CosmJS', () => {
  it('move tokens when signed DIRECT, with the data CosmJS reads', async () => {
    const chain = await start()
    const tx = await alice.direct([alice.send(carol.address, '250')], {
      number: ALICE,
      sequence: 0,
    })
    const result = await chain.deliver(tx)
    expect(refusal(result)).to.equal(' 0: ')
    expect(TxMsgData.decode(result.data).msgResponses).to.deep.equal([
      { typeUrl: MsgSendResponse.typeUrl, value: new Uint8Array() },
    ])
    expect(result.gasWanted).to.equal(200_000n)
    expect(result.gasUsed > 50_000n && result.gasUsed < 100_000n, `${result.gasUsed}`).to.equal(
      true,
    )
  })

  it('move tokens when signed with amino JSON, memo and fee in the text', async () => {
    const chain = await start()
    const plan = { number: ALICE, sequence: 0, memo: '<Grüße> & "more"', fee: paying('10') }
    const result = await chain.deliver(await alice.amino([alice.send(bob.address, '1')], plan))
    expect(refusal(result)).to.equal(' 0: ')
  })

  it('move tokens of a multisig account when two of three members sign, and not when one does', async () => {
    const chain = await start()
    const send = [sendMessage(shared.address, carol.address, '5')]
    const plan = { number: SHARED, sequence: 0 }
    const alone = await chain.deliver(await shared.signedBy([1], send, plan))
    expect(refusal(alone)).to.match(/^sdk 4: signature verification failed; .* unauthorized$/)
    const both = await chain.deliver(await shared.signedBy([2, 0], send, plan))
    expect(refusal(both)).to.equal(' 0: ')
  })

  it('give the events of a MsgSend with a fee in the order of the SDK', async () => {
    const chain = await start()
    const plan = { number: ALICE, sequence: 0, fee: paying('30') }
    const tx = await alice.direct([alice.send(bob.address, '7')], plan)
    const result = await chain.deliver(tx)
    // The same 20 bytes as cosmos17xpfvakm2amg962yls6f84z3kell8c5lserqta: every SDK chain has this address.
    const collector = 'strom17xpfvakm2amg962yls6f84z3kell8c5l8ltg7g'
    const [signature] = TxRaw.decode(tx).signatures
    const moved = (from: string, to: string, amount: string, extra: string): string[] => [
      `coin_spent{spender=${from},amount=${amount}${extra}}`,
      `coin_received{receiver=${to},amount=${amount}${extra}}`,
      `transfer{recipient=${to},sender=${from},amount=${amount}${extra}}`,
      `message{sender=${from}${extra}}`,
    ]
    const seen = eventLines(result)
    expect(seen).to.deep.equal([
      ...moved(alice.address, collector, '30ustrom', ''),
      `tx{fee=30ustrom,fee_payer=${alice.address}}`,
      `tx{acc_seq=${alice.address}/0}`,
      `tx{signature=${toBase64(signature as Uint8Array)}}`,
      `message{action=/cosmos.bank.v1beta1.MsgSend,sender=${alice.address},module=bank,msg_index=0}`,
      ...moved(alice.address, bob.address, '7ustrom', ',msg_index=0'),
    ])
    expect(
      result.events.every(({ attributes }) => attributes.every(({ index }) => index)),
    ).to.equal(true)
  })
})

describe('a transaction is refused', () => {
  const send = [alice.send(bob.address, '1')]
  const plan = { number: ALICE, sequence: 0 }
  let chain: AppChain
  beforeEach(async () => {
    chain = await start()
  })

  /** Check and execution must say the same. */
  async function refused(tx: Uint8Array): Promise<string> {
    const checked = refusal(await chain.check(tx))
    expect(refusal(await chain.deliver(tx))).to.equal(checked)
    return checked
  }

  it('when its sequence is not the next one (sdk 32)', async () => {
    const tx = await alice.direct(send, { ...plan, sequence: 4 })
    expect(await refused(tx)).to.equal(
      'sdk 32: account sequence mismatch, expected 0, got 4: incorrect account sequence',
    )
  })

  it('when it is signed for another chain or account, or changed after signing (sdk 4)', async () => {
    const text =
      'sdk 4: signature verification failed; please verify account number (1), sequence (0) and chain-id (strom-app-1): unauthorized'
    const other = { ...plan, chainId: 'other-1' }
    expect(await refused(await alice.direct(send, other))).to.equal(text)
    expect(await refused(await alice.amino(send, { ...plan, number: 2 }))).to.equal(text)
    const tx = await alice.direct(send, plan)
    const changed = altered(tx, ({ bodyBytes }) => {
      const body = TxBody.decode(bodyBytes)
      return { bodyBytes: TxBody.encode({ ...body, memo: 'changed' }) }
    })
    expect(await refused(changed)).to.equal(text)
  })

  it('when its signature has the high S (sdk 4)', async () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const tx = altered(await alice.direct(send, plan), ({ signatures: [signature] }) => {
      const half = Buffer.from((signature as Uint8Array).subarray(32)).toString('hex')
      const high = (order - BigInt(`0x${half}`)).toString(16).padStart(64, '0')
      const r = (signature as Uint8Array).subarray(0, 32)
      return { signatures: [Buffer.concat([r, Buffer.from(high, 'hex')])] }
    })
    expect(await refused(tx)).to.match(/^sdk 4: signature verification failed/)
  })

  it('when the fee is more than the account has (sdk 5)', async () => {
    const tx = await bob.direct([bob.send(alice.address, '1')], {
      number: BOB,
      sequence: 0,
      fee: paying('1001'),
    })
    expect(await refused(tx)).to.equal(
      'sdk 5: spendable balance 1000ustrom is smaller than 1001ustrom: insufficient funds',
    )
  })

  it('when it runs out of gas, before or in its message (sdk 11)', async () => {
    const little = await alice.direct(send, { ...plan, fee: { amount: [], gas: '2000' } })
    expect(await refused(little)).to.match(/^sdk 11: out of gas in location: .*: out of gas$/)
    const { gasUsed } = await chain.check(await alice.direct(send, plan))
    const enough = (gasUsed + 5_000n).toString()
    const fresh = await start()
    const more = await alice.direct(send, { ...plan, fee: { amount: [], gas: enough } })
    expect((await fresh.check(more)).code).to.equal(0)
    expect(refusal(await fresh.deliver(more))).to.match(
      /^sdk 11: failed to execute message; message index: 0: out of gas in location: /,
    )
  })

  it('when its memo has more than 256 bytes (sdk 12)', async () => {
    expect(await refused(await alice.direct(send, { ...plan, memo: 'x'.repeat(257) }))).to.equal(
      'sdk 12: maximum number of characters is 256 but received 257 characters: memo too large',
    )
    const wide = await alice.direct(send, { ...plan, memo: 'ü'.repeat(129) })
    expect(await refused(wide)).to.match(/^sdk 12: .* received 258 characters/)
    expect(
      (await chain.check(await alice.direct(send, { ...plan, memo: 'ü'.repeat(128) }))).code,
    ).to.equal(0)
  })

  it('when its timeout height has passed (sdk 30)', async () => {
    await chain.block()
    await chain.block()
    const tx = await alice.direct(send, { ...plan, timeout: 2n })
    expect(refusal(await chain.check(tx))).to.equal(
      'sdk 30: block height: 3, timeout height: 2: tx timeout height',
    )
    expect((await chain.check(await alice.direct(send, { ...plan, timeout: 3n }))).code).to.equal(0)
  })

  it('when no module handles a message (sdk 6)', async () => {
    const tx = altered(await alice.direct(send, plan), ({ bodyBytes }) => {
      const body = TxBody.decode(bodyBytes)
      const messages = [{ typeUrl: '/cosmos.group.v1.MsgVote', value: new Uint8Array() }]
      return { bodyBytes: TxBody.encode({ ...body, messages }) }
    })
    expect(await refused(tx)).to.equal(
      'sdk 6: unable to resolve type URL /cosmos.group.v1.MsgVote: no module handles it: unknown request',
    )
  })

  it('when it is garbage, cut short or has unknown fields (sdk 2)', async () => {
    const tx = await alice.direct(send, plan)
    for (const bytes of [new Uint8Array([1, 2, 3]), tx.subarray(0, -3)]) {
      expect(await refused(bytes)).to.match(/^sdk 2: .*: tx parse error$/)
    }
    const unknown = Buffer.concat([tx, Buffer.from([0x22, 0x01, 0x00])])
    expect(await refused(unknown)).to.match(/^sdk 2: .*: tx parse error$/)
  })

  it('when it is signed with a key that is not an account key, or not the account’s (sdk 8)', async () => {
    const withKey = async (typeUrl: string, key: Uint8Array): Promise<Uint8Array> =>
      altered(await alice.direct(send, plan), ({ authInfoBytes }) => {
        const info = AuthInfo.decode(authInfoBytes)
        const value = Buffer.concat([Buffer.from([0x0a, key.length]), key])
        const signerInfos = info.signerInfos.map((one) => ({
          ...one,
          publicKey: { typeUrl, value },
        }))
        return { authInfoBytes: AuthInfo.encode({ ...info, signerInfos }) }
      })
    const ed25519 = await withKey('/cosmos.crypto.ed25519.PubKey', new Uint8Array(32).fill(7))
    expect(await refused(ed25519)).to.match(/^sdk 8: .*ed25519.*: invalid pubkey$/)
    const stranger = await withKey('/cosmos.crypto.secp256k1.PubKey', bob.pubkey)
    expect(await refused(stranger)).to.equal(
      `sdk 8: pubKey does not match signer address ${alice.address} with signer index: 0: invalid pubkey`,
    )
  })

  it('when the account is unknown (sdk 9), it is unsigned (sdk 15) or signed too often (sdk 4)', async () => {
    const unknown = await carol.direct([carol.send(bob.address, '1')], { number: 9, sequence: 0 })
    expect(await refused(unknown)).to.equal(
      `sdk 9: fee payer address: ${carol.address} does not exist: unknown address`,
    )
    const tx = await alice.direct(send, plan)
    expect(await refused(altered(tx, () => ({ signatures: [] })))).to.equal(
      'sdk 15: no signatures supplied',
    )
    const twice = altered(tx, ({ signatures }) => ({ signatures: [...signatures, ...signatures] }))
    expect(await refused(twice)).to.equal(
      'sdk 4: wrong number of signers; expected 1, got 2: unauthorized',
    )
  })
})

describe('fees and sequences', () => {
  const plan = { number: ALICE, sequence: 0 }

  it('are kept although a message fails, and every message is undone', async () => {
    const chain = await start()
    const messages = [alice.send(carol.address, '5'), alice.send(bob.address, '999999999')]
    const tx = await alice.direct(messages, { ...plan, fee: paying('100') })
    const result = await chain.deliver(tx)
    expect(refusal(result)).to.equal(
      'sdk 5: failed to execute message; message index: 1: spendable balance 999895ustrom is smaller than 999999999ustrom: insufficient funds',
    )
    expect(eventLines(result).filter((line) => line.includes('msg_index'))).to.deep.equal([])
    expect(result.data).to.have.length(0)
    const text = JSON.stringify(chain.app.exportState())
    expect(text).to.contain('"999900"').and.not.contain(carol.address)
    const next = await alice.direct([alice.send(carol.address, '5')], { ...plan, sequence: 1 })
    expect(refusal(await chain.deliver(next))).to.equal(' 0: ')
  })

  it('below the node’s own minimum are refused in check (sdk 13) and executed all the same', async () => {
    const chain = await start({ minGasPrices: [{ denom: 'ustrom', price: 25n * 10n ** 15n }] })
    const cheap = await alice.direct([alice.send(bob.address, '1')], {
      ...plan,
      fee: paying('4999'),
    })
    expect(refusal(await chain.check(cheap))).to.equal(
      'sdk 13: insufficient fees; got: 4999ustrom required: 5000ustrom: insufficient fee',
    )
    const enough = await alice.direct([alice.send(bob.address, '1')], {
      ...plan,
      fee: paying('5000'),
    })
    expect((await chain.check(enough)).code).to.equal(0)
    expect((await chain.deliver(cheap)).code).to.equal(0)
  })

  it('of zero coins, as wallets write at a gas price of 0, pay nothing and pass', async () => {
    const chain = await start()
    const tx = await alice.direct([alice.send(bob.address, '1')], { ...plan, fee: paying('0') })
    expect((await chain.check(tx)).code).to.equal(0)
    const result = await chain.deliver(tx)
    expect(refusal(result)).to.equal(' 0: ')
    expect(eventLines(result)).to.include(`tx{fee=0ustrom,fee_payer=${alice.address}}`)
    expect(JSON.stringify(chain.app.exportState())).to.contain('"999999"')
  })

  it('name the account and its sequence for the mempool', async () => {
    const chain = await start()
    const tx = await alice.direct([alice.send(bob.address, '1')], plan)
    const { sender, sequence } = await chain.check(tx)
    expect({ sender, sequence }).to.deep.equal({ sender: alice.address, sequence: 0n })
  })
})
