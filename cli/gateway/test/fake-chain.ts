import type { KeyObject } from 'node:crypto'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import secp256k1 from 'secp256k1'
import { BaseAccount } from '../../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import {
  QueryAccountRequest,
  QueryAccountResponse,
} from '../../../proto/gen/cosmos/auth/v1beta1/query.ts'
import { TxMsgData } from '../../../proto/gen/cosmos/base/abci/v1beta1/abci.ts'
import { PubKey } from '../../../proto/gen/cosmos/crypto/secp256k1/keys.ts'
import { AuthInfo, SignDoc, TxBody, TxRaw } from '../../../proto/gen/cosmos/tx/v1beta1/tx.ts'
import {
  QueryDeviceStateRequest,
  QueryDeviceStateResponse,
  QueryDeviceStatesRequest,
  QueryDeviceStatesResponse,
  QueryParamsResponse,
  QueryReadingRequest,
  QueryReadingResponse,
  QueryRefusalsResponse,
} from '../../../proto/gen/strom/metering/v1/query.ts'
import type { SignedReading, SignedReceipt } from '../../../proto/gen/strom/metering/v1/reading.ts'
import { DeviceMessage } from '../../../proto/gen/strom/metering/v1/reading.ts'
import {
  DeviceState,
  Params,
  StoredReading,
  Verdict,
} from '../../../proto/gen/strom/metering/v1/state.ts'
import {
  MsgSubmitReadings,
  MsgSubmitReadingsResponse,
  MsgSubmitReceipts,
  MsgSubmitReceiptsResponse,
  ReadingResult,
} from '../../../proto/gen/strom/metering/v1/tx.ts'
import type { DeviceKey } from '../device-keys.ts'
import type { FakeOperator } from './fake-operator.ts'

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/**
 * A chain of one process for the gateway's tests: real HTTP, real account and device signatures, sequences, a mempool
 * and blocks made by `block()`. It takes readings in any order and judges number, falling register and clock.
 */
export class FakeChain {
  readonly chainId = 'strom-test-1'
  speed: number | undefined // of the calendar in its genesis
  readonly maxBatch = 50
  /** States a page: few, so that paging is walked. */
  pageSize = 2
  height = 1n
  time = 0n
  sequence = 0n
  /** Transactions CheckTx takes and then loses. */
  loseNext = 0
  /** Largest transaction seen, and readings in all blocks with repeats. */
  largestTx = 0
  duplicates = 0
  txCount = 0
  readonly stored = new Map<string, StoredReading>()
  /** Identities of all messages that ever reached the mempool, by device and number. */
  readonly identities = new Map<string, Set<string>>()
  readonly states = new Map<string, DeviceState>()
  /** Records the chain has, by identity in hex, and how often each came again. */
  readonly receipts = new Map<string, SignedReceipt>()
  receiptRepeats = 0
  /** Paths of all queries, counted. */
  readonly queries = new Map<string, number>()
  /** Readings of an earlier time are refused on arrival: their window has closed. */
  closedBefore = 0n
  /** A record that makes its whole transaction fail in the block, if it contains this text. */
  poison = ''
  /** The storage behind a validator, when a test has one. */
  operator: FakeOperator | undefined
  readonly #keys = new Map<string, KeyObject>()
  readonly #exports = new Map<string, bigint>()
  #mempool: Uint8Array[] = []
  #checked = 0n
  readonly #txs = new Map<string, { height: bigint; code: number; data: Uint8Array; log: string }>()
  #servers: Server[] = []

  register(device: string, key: DeviceKey): void {
    this.#keys.set(device, createPublicKey(key.privateKey))
  }

  /** A charger by the SubjectPublicKeyInfo of its key, hex. */
  registerCharger(device: string, spkiHex: string): void {
    const key = Buffer.from(spkiHex, 'hex')
    this.#keys.set(device, createPublicKey({ key, format: 'der', type: 'spki' }))
  }

  /** Listens on a free port; returns the address. */
  async listen(): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
          id: number
          method: string
          params: Record<string, string>
        }
        response.setHeader('content-type', 'application/json')
        try {
          response.end(JSON.stringify({ jsonrpc: '2.0', id, result: this.#answer(method, params) }))
        } catch (error) {
          response.end(
            JSON.stringify({
              jsonrpc: '2.0',
              id,
              error: { code: -32603, message: 'Internal error', data: String(error) },
            }),
          )
        }
      })
    })
    this.#servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async close(index = 0): Promise<void> {
    const server = this.#servers[index]
    if (server === undefined || !server.listening) return
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  async closeAll(): Promise<void> {
    for (const i of this.#servers.keys()) await this.close(i)
  }

  /** Puts the mempool into a block `seconds` later. */
  block(seconds = 60n): void {
    this.height += 1n
    this.time += seconds
    for (const tx of this.#mempool) {
      this.sequence += 1n
      const receipts = this.#receipts(tx)
      const poisoned =
        this.poison !== '' && receipts.some((one) => textOf(one).includes(this.poison))
      const why = messagesOf(tx).map((one) => this.operator?.deliver(one) ?? '')[0] ?? ''
      if (poisoned || why !== '') {
        const log = poisoned ? 'poisoned' : why
        const failed = { height: this.height, code: 5, data: new Uint8Array(0), log }
        this.#txs.set(sha256(tx).toString('base64'), failed)
        continue
      }
      const results = this.#readings(tx).map((one) => this.#judge(one))
      const judged = receipts.map((one) => this.#judgeReceipt(one))
      const codec = receipts.length > 0 ? MsgSubmitReceiptsResponse : MsgSubmitReadingsResponse
      const value = codec.encode({ results: [...results, ...judged] })
      const data = TxMsgData.encode({ data: [], msgResponses: [{ typeUrl: codec.typeUrl, value }] })
      this.#txs.set(sha256(tx).toString('base64'), { height: this.height, code: 0, data, log: '' })
    }
    this.#mempool = []
    this.#checked = this.sequence
  }

  /** Hash of a block, hex. */
  hashAt(height: bigint): string {
    return sha256(Buffer.from(`block ${height}`)).toString('hex')
  }

  get waiting(): number {
    return this.#mempool.length
  }

  #answer(method: string, params: Record<string, string>): unknown {
    if (method === 'status') {
      return {
        node_info: { network: this.chainId },
        sync_info: {
          latest_block_height: this.height.toString(),
          latest_block_hash: this.hashAt(this.height).toUpperCase(),
          latest_block_time: new Date(Number(this.time) * 1000)
            .toISOString()
            .replace('Z', '123456Z'),
          catching_up: false,
        },
      }
    }
    if (method === 'genesis') return { genesis: { dev_clock: { speed: this.speed } } }
    if (method === 'broadcast_tx_sync')
      return this.#checkTx(Buffer.from(params['tx'] ?? '', 'base64'))
    if (method === 'tx') {
      const tx = this.#txs.get(params['hash'] ?? '')
      if (tx === undefined) throw new Error('tx not found')
      return {
        height: tx.height.toString(),
        tx_result: { code: tx.code, log: tx.log, data: Buffer.from(tx.data).toString('base64') },
      }
    }
    if (method !== 'abci_query') throw new Error(`no method ${method}`)
    try {
      const value = this.#query(params['path'] ?? '', Buffer.from(params['data'] ?? '', 'hex'))
      return {
        response: {
          code: 0,
          value: Buffer.from(value).toString('base64'),
          height: this.height.toString(),
        },
      }
    } catch (error) {
      return { response: { code: 22, codespace: 'sdk', log: String(error) } }
    }
  }

  #query(path: string, data: Uint8Array): Uint8Array {
    this.queries.set(path, (this.queries.get(path) ?? 0) + 1)
    const own = this.operator?.query(path, data)
    if (own !== undefined) return own
    if (path === '/strom.metering.v1.Query/Refusals')
      return QueryRefusalsResponse.encode({ refusals: [], pagination: undefined })
    if (path === '/strom.metering.v1.Query/DeviceState') {
      const state = this.states.get(QueryDeviceStateRequest.decode(data).device)
      if (state === undefined) throw new Error('has not reported')
      return QueryDeviceStateResponse.encode({ state })
    }
    if (path === '/cosmos.auth.v1beta1.Query/Account') {
      const { address } = QueryAccountRequest.decode(data)
      const value = BaseAccount.encode({
        address,
        pubKey: undefined,
        accountNumber: 7n,
        sequence: this.sequence,
      })
      return QueryAccountResponse.encode({ account: { typeUrl: BaseAccount.typeUrl, value } })
    }
    if (path === '/strom.metering.v1.Query/Params') {
      const params = Params.create({ maxAheadS: 60n, maxBatch: this.maxBatch })
      return QueryParamsResponse.encode({ params })
    }
    if (path === '/strom.metering.v1.Query/DeviceStates') {
      const at = Number(
        Buffer.from(QueryDeviceStatesRequest.decode(data).pagination?.key ?? []).toString() || '0',
      )
      const all = [...this.states.values()]
      const nextKey =
        at + this.pageSize < all.length
          ? Buffer.from(String(at + this.pageSize))
          : new Uint8Array(0)
      return QueryDeviceStatesResponse.encode({
        states: all.slice(at, at + this.pageSize),
        pagination: { nextKey, total: 0n },
      })
    }
    if (path === '/strom.metering.v1.Query/Reading') {
      const { device, seq } = QueryReadingRequest.decode(data)
      const reading = this.stored.get(`${device}/${seq}`)
      if (reading === undefined) throw new Error('not found')
      return QueryReadingResponse.encode({ reading })
    }
    throw new Error(`unknown query path ${path}`)
  }

  #checkTx(bytes: Uint8Array): { code: number; codespace: string; log: string; hash: string } {
    const verdict = (code: number, log: string) => ({
      code,
      codespace: code === 0 ? '' : 'sdk',
      log,
      hash: sha256(bytes).toString('hex'),
    })
    this.largestTx = Math.max(this.largestTx, bytes.length)
    for (const { message } of this.#readings(bytes)) {
      const { device, seq } = DeviceMessage.decode(message)
      const known = this.identities.get(`${device}/${seq}`) ?? new Set()
      this.identities.set(`${device}/${seq}`, known.add(sha256(message).toString('hex')))
    }
    const raw = TxRaw.decode(bytes)
    const signer = AuthInfo.decode(raw.authInfoBytes).signerInfos[0]
    const expected = this.#checked
    if (signer?.sequence !== expected)
      return verdict(32, `account sequence mismatch, expected ${expected}, got ${signer?.sequence}`)
    const { key } = PubKey.decode(signer.publicKey?.value ?? new Uint8Array(0))
    const doc = SignDoc.encode({
      bodyBytes: raw.bodyBytes,
      authInfoBytes: raw.authInfoBytes,
      chainId: this.chainId,
      accountNumber: 7n,
    })
    if (!secp256k1.ecdsaVerify(raw.signatures[0] ?? new Uint8Array(64), sha256(doc), key))
      return verdict(4, 'signature verification failed')
    if (this.#readings(bytes).length + this.#receipts(bytes).length > this.maxBatch)
      return verdict(18, 'batch too large')
    if (this.#readings(bytes).some((r) => r.signature.length !== 64))
      return verdict(18, 'bad signature length')
    if (this.#receipts(bytes).some((one) => textOf(one).includes('untakeable')))
      return verdict(18, 'a receipt nobody takes')
    this.txCount += 1
    if (this.loseNext > 0) {
      this.loseNext -= 1
      return verdict(0, '')
    }
    this.#checked += 1n
    this.#mempool.push(bytes)
    return verdict(0, '')
  }

  #readings(tx: Uint8Array): SignedReading[] {
    return messagesOf(tx).flatMap(({ typeUrl, value }) =>
      typeUrl === MsgSubmitReadings.typeUrl ? MsgSubmitReadings.decode(value).readings : [],
    )
  }

  #receipts(tx: Uint8Array): SignedReceipt[] {
    return messagesOf(tx).flatMap(({ typeUrl, value }) =>
      typeUrl === MsgSubmitReceipts.typeUrl ? MsgSubmitReceipts.decode(value).receipts : [],
    )
  }

  /** As the chain does, but by nothing of its code: bars, JSON, one DER signature in hex, the clock's letter. */
  #judgeReceipt(receipt: SignedReceipt): ReadingResult {
    const [, payload = '', signature = ''] = textOf(receipt).split('|')
    const identity = sha256(Buffer.from(payload))
    const verdict = (reason: string, detail = ''): ReadingResult =>
      ReadingResult.create({ identity, accepted: reason === '', reason, detail })
    const key = this.#keys.get(receipt.device)
    if (key === undefined) return verdict('unknown_device')
    const { SD } = JSON.parse(signature) as { SD: string }
    if (!verify('sha256', Buffer.from(payload), key, Buffer.from(SD, 'hex')))
      return verdict('bad_signature', 'not a signature of the key')
    const { RD } = JSON.parse(payload) as { RD: { TM: string }[] }
    const last = RD.at(-1)?.TM ?? ''
    if (last.endsWith('U')) return verdict('receipt', 'the clock of the charger is unknown')
    const time = Date.parse(last.slice(0, -2).replace(',', '.')) / 1000
    if (time > Number(this.time) + 60) return verdict('clock_ahead', `${time} is ahead`)
    const known = this.receipts.has(identity.toString('hex'))
    if (known) this.receiptRepeats += 1
    this.receipts.set(identity.toString('hex'), receipt)
    return { ...verdict(''), duplicate: known }
  }

  #judge(signed: SignedReading): ReadingResult {
    const message = DeviceMessage.decode(signed.message)
    const identity = sha256(signed.message)
    const verdict = (reason: string): ReadingResult =>
      ReadingResult.create({ identity, accepted: reason === '', reason })
    const publicKey = this.#keys.get(message.device)
    if (publicKey === undefined) return verdict('unknown_device')
    if (
      !verify(
        'sha256',
        signed.message,
        { key: publicKey, dsaEncoding: 'ieee-p1363' },
        signed.signature,
      )
    )
      return verdict('bad_signature')
    const state =
      this.states.get(message.device) ??
      DeviceState.create({ device: message.device, context: message.context })
    const stored = this.stored.get(`${message.device}/${message.seq}`)
    if (stored !== undefined) {
      const known = same(stored.identity, identity)
      if (known) this.duplicates += 1
      return known ? { ...verdict(''), accepted: true, duplicate: true } : verdict('equivocation')
    }
    if (message.time < this.closedBefore) return verdict('window_closed')
    if (message.time > this.time + 60n) {
      this.states.set(message.device, { ...state, refusalsSeen: state.refusalsSeen + 1n })
      return verdict('clock_ahead')
    }
    // The chain judges later; here the verdict on a fallen register stands at once.
    const highest = this.#exports.get(message.device) ?? 0n
    const reason = message.exportMwh < highest ? 'register_fell' : ''
    if (reason === '') this.#exports.set(message.device, message.exportMwh)
    const next = message.seq === state.lastSeq + 1n
    this.states.set(message.device, {
      ...state,
      lastSeq: next ? message.seq : state.lastSeq,
      lastHash: next ? identity : state.lastHash,
      refusalsSeen: state.refusalsSeen + (reason === '' ? 0n : 1n),
    })
    this.stored.set(
      `${message.device}/${message.seq}`,
      StoredReading.create({
        device: message.device,
        context: 'main',
        seq: message.seq,
        identity,
        reason,
        verdict: reason === '' ? Verdict.VERDICT_PENDING : Verdict.VERDICT_REFUSED,
      }),
    )
    return verdict('')
  }
}

function messagesOf(tx: Uint8Array) {
  return TxBody.decode(TxRaw.decode(tx).bodyBytes).messages
}

function textOf(receipt: SignedReceipt): string {
  return Buffer.from(receipt.record).toString('utf8')
}
