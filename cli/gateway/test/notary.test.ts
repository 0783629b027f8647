import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parseKey } from '../../../modules/kit/ocmf/key.ts'
import { isProblem } from '../../../modules/kit/ocmf/problem.ts'
import { CONFIG_FILE, gatewayInit, readGatewayConfig } from '../config.ts'
import { loadDeviceKey } from '../device-keys.ts'
import { Notary } from '../notary.ts'
import { checkReceipt } from '../receipt-check.ts'
import { ReceiptStore } from '../receipts.ts'
import { runGateway } from '../run.ts'
import type { IntendedReading } from '../signing-book.ts'
import type { Charger as Known } from '../sources/charger-key.ts'
import { createSources } from '../sources/kinds.ts'
import { gatewayStatus } from '../status.ts'
import { Charger, CURVES, type OcmfCurve } from './charger.ts'
import { until } from './collector.ts'
import { FakeChain } from './fake-chain.ts'

const NOW = Math.floor(Date.now() / 1000) - 10_000
const NAMES = Object.keys(CURVES) as OcmfCurve[]
const charging = (page: number, more: object = {}) => ({
  page,
  from: NOW + 1_000 * page,
  to: NOW + 1_000 * page + 600,
  fromWh: 5_000 * page,
  toWh: 5_000 * page + 4_321,
  ...more,
})

function known(charger: Charger, serial?: string): Known {
  const key = parseKey(charger.spkiHex)
  if (isProblem(key)) throw new Error(key.detail)
  return { key, serial, notary: true }
}

/** Hands a device's receipt to a push source, once it listens. */
function poster(port: number): (device: string, body: string) => Promise<void> {
  return async (device, body) => {
    const address = `http://127.0.0.1:${port}/ocmf?device=${device}`
    const end = Date.now() + 5_000
    for (;;) {
      const answer = await fetch(address, { method: 'POST', body }).catch(() => undefined)
      if (answer?.status === 202) return
      if (answer !== undefined || Date.now() > end) throw new Error(`no: ${answer?.status}`)
    }
  }
}

describe('notary', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'strom-notary-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it(`verifies receipts on all ${NAMES.length} curves and refuses every changed byte of what was signed`, () => {
    for (const name of NAMES) {
      const charger = new Charger(name)
      const record = charger.receipt(charging(1))
      const good = checkReceipt(record, known(charger))
      expect('reason' in good, name).to.equal(false)
      const foreign = checkReceipt(record, known(new Charger(name)))
      expect('reason' in foreign ? foreign.reason : '', name).to.equal('bad_signature')
      const payload = record.split('|')[1] ?? ''
      for (let at = 0; at < payload.length; at += 7) {
        const i = 'OCMF|'.length + at
        const other = record[i] === '1' ? '2' : '1'
        const changed = `${record.slice(0, i)}${other}${record.slice(i + 1)}`
        expect(checkReceipt(changed, known(charger)), `${name} ${at}`).to.have.property('reason')
      }
    }
  })

  it('says what is wrong with a receipt that is signed well', () => {
    const charger = new Charger('brainpoolP256r1')
    const refusal = (record: string, serial?: string): string => {
      const found = checkReceipt(record, known(charger, serial))
      return 'reason' in found ? `${found.reason} ${found.detail}` : 'ok'
    }
    expect(refusal(charger.receipt(charging(1, { clock: 'U' })))).to.contain('receipt the clock')
    expect(refusal(charger.receipt(charging(1, { toWh: 1 })))).to.contain('receipt value_falls')
    expect(refusal(charger.receipt(charging(1)), 'M-2')).to.contain('is of meter M-1, not M-2')
    expect(refusal(charger.receipt(charging(1)), 'M-1')).to.equal('ok')
    expect(refusal(`OCMF|${'x'.repeat(40_000)}|{}`)).to.contain('longer than 32768 bytes')
  })

  it('signs begin and end once, whatever moment it is cut off at', async () => {
    const charger = new Charger('secp384r1')
    const store = await ReceiptStore.open(join(dir, 'receipts.jsonl'))
    const signed: IntendedReading[] = []
    let fuse = 1
    const notary = new Notary({
      store,
      chargers: new Map([['box', known(charger)]]),
      last: () => signed.at(-1),
      take: async (_device, registers, status) => {
        fuse -= 1
        if (fuse < 0) throw new Error('the disk is full')
        signed.push({ ...registers, status })
      },
      warn: () => undefined,
    })
    const add = (record: string): Promise<boolean> =>
      store.add({ device: 'box', format: 'OCMF', record, receivedAt: 0n })
    await add(charger.receipt(charging(1)))
    await add(charger.receipt(charging(2)))
    await notary.pump()
    expect([signed.length, store.waiting().length]).to.deep.equal([1, 2])
    fuse = 10
    await notary.pump()
    expect(signed.map(({ time }) => Number(time) - NOW)).to.deep.equal([1_000, 1_600, 2_000, 2_600])
    expect(signed.map(({ importMwh }) => importMwh)).to.deep.equal([
      5_000_000n,
      9_321_000n,
      10_000_000n,
      14_321_000n,
    ])
    // Killed after its last reading was queued, before it was taken off the list.
    const kept = await ReceiptStore.open(join(dir, 'killed.jsonl'))
    const record = charger.receipt(charging(2))
    await kept.add({ device: 'box', format: 'OCMF', record, receivedAt: 0n })
    const again = new Notary({
      store: kept,
      chargers: new Map([['box', known(charger)]]),
      last: () => signed.at(-1),
      take: async () => expect.fail('signed twice'),
      warn: () => undefined,
    })
    await again.pump()
    expect(kept.books().get('box')).to.deep.include({ waiting: 0, attested: 1 })
    await kept.close()
    await add(charger.receipt(charging(0)))
    await notary.pump()
    expect(store.books().get('box')).to.deep.include({ waiting: 0, attested: 2, refusedCount: 1 })
    expect(store.books().get('box')?.refused[0]?.detail).to.contain('which is attested already')
    await store.close()
  })

  it('attests a brainpool charger as class N readings, sends a P-256 one as it is, and shows both', async () => {
    const chain = new FakeChain()
    chain.time = BigInt(Math.floor(Date.now() / 1000))
    const home = join(dir, 'home')
    const url = await chain.listen()
    gatewayInit({ dir: home, chainId: chain.chainId, nodes: [url], devices: ['old-box'] })
    const old = new Charger('brainpoolP384r1')
    const modern = new Charger('secp256r1')
    chain.register('old-box', loadDeviceKey(join(home, 'devices'), 'old-box'))
    chain.registerCharger('new-box', modern.spkiHex)
    const file = join(home, CONFIG_FILE)
    const port = 20_000 + (process.pid % 20_000)
    appendFileSync(
      file,
      `[[source]]\nkind = "push"\nname = "p"\nclass = "A"\nport = ${port}\n` +
        `[[source.device]]\nid = "old-box"\nnotary = true\npublic_key = "${old.spkiHex}"\n` +
        `[[source.device]]\nid = "new-box"\npublic_key = "${modern.spkiHex}"\n`,
    )
    const stop = new AbortController()
    const warnings: string[] = []
    const log = { info: () => undefined, warn: (text: string) => void warnings.push(text) }
    const config = readGatewayConfig(file)
    const blocks = setInterval(() => chain.block(1n), 40)
    const running = runGateway(config, { log, signal: stop.signal })
    const post = poster(port)
    try {
      await post('old-box', old.receipt(charging(1)))
      await post('old-box', old.receipt(charging(2)).replace('14321', '99999'))
      await post('new-box', modern.receipt(charging(1)))
      await post('new-box', modern.receipt(charging(2)).replace('14321', '99999'))
      const refusedCount = (): number =>
        readFileSync(config.receipts, 'utf8').split('"reason":"bad_signature"').length - 1
      await until(
        () => chain.receipts.size === 1 && chain.stored.size === 2 && refusedCount() === 2,
      )
      // The way back of a push source: the acknowledgement counts receipts as well.
      const told = async (): Promise<string> =>
        await (await fetch(`http://127.0.0.1:${port}/status`)).text()
      let status = ''
      await until(() => {
        void told().then((text) => {
          status = text
        })
        return /"new-box","queued":0,"accepted":"1","refused":"1","last_reason":"bad_sig/.test(
          status,
        )
      }, 'the acknowledgement')
      const queued = (): boolean => chain.states.get('old-box')?.lastSeq === 2n
      await until(queued)
    } finally {
      stop.abort()
      await running
      clearInterval(blocks)
    }
    const status = await gatewayStatus(config)
    await chain.closeAll()
    expect(status.receipts).to.deep.include({ waiting: 0, accepted: 1, attested: 1, refused: 2 })
    expect(status.devices.map((one) => `${one.device} ${one.trustClass}`)).to.have.members([
      'old-box N',
      'new-box A',
    ])
    expect(
      status.receipts.refusals.map(({ device, reason }) => `${device} ${reason}`),
    ).to.have.members(['old-box bad_signature', 'new-box bad_signature'])
    expect(warnings.join()).to.contain('new-box: the chain will refuse a receipt of this charger')
    expect(warnings.join()).to.contain('old-box: a receipt is refused: bad_signature')
  })

  it('takes keys and notaries only where they make sense', async () => {
    const brainpool = new Charger('brainpoolP256r1').spkiHex
    const modern = new Charger('secp256k1').spkiHex
    const made = async (device: object, source: object = {}) =>
      await createSources(
        [
          {
            kind: 'push',
            name: 'p',
            class: 'A',
            port: 0,
            device: [{ id: 'a', ...device }],
            ...source,
          },
        ],
        'f',
        dir,
      )
    const failure = async (work: Promise<unknown>): Promise<string> =>
      await work.then(
        () => '',
        (error: Error) => error.message,
      )
    const [source] = await made({ public_key: modern })
    expect(source?.devices).to.deep.equal(['a'])
    expect(source?.chargers?.get('a')?.notary).to.equal(false)
    expect(await failure(made({ notary: true }))).to.contain('public_key is missing')
    expect(await failure(made({ public_key: 'zz' }))).to.contain('public_key cannot be used')
    expect(await failure(made({ public_key: brainpool }))).to.contain('set notary = true')
    expect(await failure(made({ public_key: modern }, { class: 'C' }))).to.contain('class = "A"')
    expect(await failure(made({}, { device: [] }))).to.contain('at least one device')
    const ocpp = {
      kind: 'ocpp',
      unsigned: 'class C',
      device: [{ id: 'a', charge_point: 'c', notary: true, public_key: brainpool }],
    }
    expect(await failure(createSources([ocpp], 'f', dir))).to.contain('unsigned = "refuse"')
  })
})
