import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type QueryClient, StargateClient } from 'stargate-032'
import { fromBech32 } from '../../../modules/kit/address.ts'
import { Certificate } from '../../../proto/gen/strom/certificate/v1/state.ts'
import { Session } from '../../dev/session.ts'
import { freePorts, type NodeProcess } from '../../launch.ts'
import { loadRecordedTown } from '../../town/recorded-town.ts'
import { walletNamed } from '../wallet.ts'

const HOURS = 3n

/** What the wire says a key is, written here by hand: clients know nothing of our code. */
const bankKey = (address: Uint8Array, denom: string): Uint8Array =>
  Uint8Array.from([0x02, address.length, ...address, ...Buffer.from(denom)])
const certificateKey = (device: string, intervalStart: bigint): Uint8Array => {
  const start = Buffer.alloc(8)
  // The sign bit of the time is flipped, so that byte order is time order.
  start.writeBigUInt64BE(intervalStart + (1n << 63n))
  // Part 0 is what the plant generated; batteries release further parts.
  return Uint8Array.from([0x01, ...Buffer.from(device), 0x00, ...start, 0x00, 0x00])
}

describe('CosmJS 0.32.4 verifies what our nodes answer against our headers', function () {
  this.timeout(300_000)
  let dir: string
  let session: Session
  let client: StargateClient
  let queries: QueryClient

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'strom-verified-'))
    const town = loadRecordedTown('0')
    session = await Session.start({
      dir: join(dir, 'net'),
      town,
      seed: '0',
      validators: 4,
      ports: await freePorts(4),
      speed: 18_000,
      fast: true,
      chainId: 'strom-proof-1',
      log: { info: () => undefined, warn: () => undefined },
      onExit: (index, code, log) => {
        throw new Error(`node${index} ended with code ${code}: ${log}`)
      },
    })
    await session.run(town.start + HOURS * 3600n)
    await session.gateway.drained()
    const node = session.launcher.nodes[2] as NodeProcess
    client = await StargateClient.connect(node.rpcUrl)
    // Its query client is a protected member; everything behind it is the published code.
    const open = client as unknown as { forceGetQueryClient(): QueryClient }
    queries = open.forceGetQueryClient()
  })

  after(async () => {
    client?.disconnect()
    await session?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  it('a bank balance', async () => {
    const { address } = walletNamed(session.network, 'bob')
    const balance = await client.getBalance(address, 'ustrom')
    const proven = await queries.queryStoreVerified('bank', bankKey(fromBech32(address), 'ustrom'))
    expect(Buffer.from(proven.value).toString()).to.equal(balance.amount)
    expect(proven.height).to.be.greaterThan(0)
  })

  it('that an account holds nothing of a denom', async () => {
    const { address } = walletNamed(session.network, 'bob')
    const proven = await queries.queryStoreVerified('bank', bankKey(fromBech32(address), 'nothing'))
    expect(proven.value).to.have.lengthOf(0)
  })

  it('a certificate of energy', async () => {
    const node = session.launcher.nodes[2] as NodeProcess
    let checked = 0
    for (const device of session.town.devices.filter(({ kind }) => kind === 'PV')) {
      const response = await fetch(`${node.restUrl}/strom/certificate/v1/certificates/${device.id}`)
      const { certificates } = (await response.json()) as {
        certificates: { interval_start: string; quantity_wh: string }[]
      }
      const [one] = certificates
      if (one === undefined) continue
      const start = BigInt(one.interval_start)
      const proven = await queries.queryStoreVerified(
        'certificate',
        certificateKey(device.id, start),
      )
      const certificate = Certificate.decode(proven.value)
      expect(certificate.device).to.equal(device.id)
      expect(certificate.intervalStart).to.equal(start)
      expect(certificate.quantityWh).to.equal(BigInt(one.quantity_wh))
      const recorded = session.town.readings(device.id)
      const from = recorded.find(({ time }) => time === start)
      const to = recorded.find(({ time }) => time === certificate.intervalEnd)
      expect(certificate.quantityWh).to.equal(
        (to?.exportMwh ?? 0n) / 1000n - (from?.exportMwh ?? 0n) / 1000n,
      )
      checked += 1
    }
    expect(checked).to.be.greaterThan(0)
  })

  it('that a certificate was never issued', async () => {
    const device = session.town.devices.find(({ kind }) => kind === 'PV')?.id ?? ''
    const proven = await queries.queryStoreVerified('certificate', certificateKey(device, 900n))
    expect(proven.value).to.have.lengthOf(0)
  })
})
