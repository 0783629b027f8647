import { expect } from 'chai'
import { accountOf } from '../../../cli/gateway/account.ts'
import { deriveDeviceKey } from '../../../cli/gateway/device-keys.ts'
import { DeviceSigner } from '../../../cli/gateway/device-signer.ts'
import { buildTx, DEFAULT_FEE } from '../../../cli/gateway/tx-builder.ts'
import { TxMsgData } from '../../../proto/gen/cosmos/base/abci/v1beta1/abci.ts'
import {
  QuerySummaryResponse as CertificateSummary,
  QuerySummaryRequest as CertificateSummaryRequest,
  QueryCertificatesByDeviceRequest,
  QueryCertificatesByDeviceResponse,
} from '../../../proto/gen/strom/certificate/v1/query.ts'
import { Device, Kind, Status, TrustClass } from '../../../proto/gen/strom/device/v1/state.ts'
import {
  QuerySummaryRequest,
  QuerySummaryResponse,
} from '../../../proto/gen/strom/metering/v1/query.ts'
import { MsgSubmitReadingsResponse } from '../../../proto/gen/strom/metering/v1/tx.ts'
import { poolAhead } from '../verify-pool.ts'
import { AppChain, CHAIN, GENESIS_TIME, sha256 } from './support.ts'

const gateway = accountOf(sha256(Buffer.from('gateway')))
const FIRST = GENESIS_TIME
const MEASURED = 1n
const QUARTER = 900n

function plant(id: string, kind: number): Device {
  return Device.create({
    id,
    pubkey: deriveDeviceKey('test', id).publicKey,
    scheme: 'p256',
    owner: gateway.address,
    kind,
    nameplateW: 10_000n,
    zone: 'DE-LU',
    site: 'home-1',
    intervalS: 900,
    status: Status.STATUS_ACTIVE,
    trustClass: TrustClass.TRUST_CLASS_A,
    classPpm: 10_000,
  })
}

const devices = ['roof', 'wind', 'load'].map((id, i) =>
  plant(id, [Kind.KIND_PV, Kind.KIND_WIND, Kind.KIND_LOAD][i] as number),
)
const setup = {
  accounts: [{ address: gateway.address, ustrom: 0n }],
  // The registry keeps its genesis in order of the ids.
  devices: [...devices].sort((a, b) => (a.id < b.id ? -1 : 1)).map((one) => Device.toJson(one)),
}

/** Meters that sign with keys of their own; registers in mWh after `quarters` quarter hours. */
class Meters {
  readonly #signers = new Map(
    devices.map(({ id }) => [
      id,
      new DeviceSigner({ chainId: CHAIN, device: id, key: deriveDeviceKey('test', id) }),
    ]),
  )

  read(id: string, quarters: bigint, importMwh: bigint, exportMwh: bigint) {
    const signer = this.#signers.get(id)
    if (signer === undefined) throw new Error(`no meter ${id}`)
    const time = FIRST + quarters * QUARTER
    return signer.sign({ time, importMwh, exportMwh, status: MEASURED })
  }
}

type Reading = ReturnType<Meters['read']>

function batch(sequence: bigint, readings: readonly Reading[]): Uint8Array {
  const options = { account: gateway, chainId: CHAIN, accountNumber: 1n, sequence, readings }
  return buildTx({ ...options, fee: DEFAULT_FEE }).bytes
}

async function summary(chain: AppChain) {
  const path = '/strom.metering.v1.Query/Summary'
  const { value } = await chain.query(path, QuerySummaryRequest.encode({}))
  return QuerySummaryResponse.decode(value).totals
}

describe('readings through the whole application', () => {
  it('are credited and certified, a bad one refused alone, and a batch sent again changes nothing', async () => {
    const chain = await AppChain.start(setup)
    const meters = new Meters()
    await chain.block([], 1_000n)
    const opening = devices.map(({ id }) => meters.read(id, 0n, 7n, 5_000_400n))
    const first = await chain.deliver(batch(0n, opening))
    expect(`${first.code} ${first.log}`).to.equal('0 ')

    const roof = meters.read('roof', 1n, 7n, 6_250_399n)
    const wind = meters.read('wind', 1n, 7n, 7_000_900n)
    const load = meters.read('load', 1n, 900_007n, 5_000_400n)
    const spoilt = {
      ...wind,
      signature: wind.signature.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
    }
    const second = await chain.deliver(batch(1n, [roof, spoilt, load]))
    const [packed] = TxMsgData.decode(second.data).msgResponses
    const { results } = MsgSubmitReadingsResponse.decode(packed?.value ?? new Uint8Array())
    expect(results.map(({ accepted, reason }) => `${accepted} ${reason}`)).to.deep.equal([
      'true ',
      'false bad_signature',
      'true ',
    ])

    const hash = chain.store.contentHash('metering')
    const again = await chain.deliver(batch(2n, [roof, load]))
    expect(again.code).to.equal(0)
    expect(chain.store.contentHash('metering')).to.deep.equal(hash)

    const third = await chain.deliver(batch(3n, [wind]))
    expect(third.code).to.equal(0)
    // A day later the window of the quarter hour closes.
    const due = await chain.block([], 86_400n)
    expect(due.events.filter(({ type }) => type === 'certificate_issued')).to.have.length(2)
    const totals = await summary(chain)
    expect([totals.accepted, totals.refused]).to.deep.equal([6n, 0n])
    expect(
      totals.byKind.map(({ kind, importWh, exportWh }) => [kind, importWh, exportWh]),
    ).to.deep.equal([
      [Kind.KIND_PV, 0n, 1_250n],
      [Kind.KIND_WIND, 0n, 2_000n],
      [Kind.KIND_LOAD, 900n, 0n],
    ])
    const path = '/strom.certificate.v1.Query'
    const issued = await chain.query(`${path}/Summary`, CertificateSummaryRequest.encode({}))
    expect(CertificateSummary.decode(issued.value).totals).to.include({
      issuedWh: 3_250n,
      certificates: 2n,
      ranges: 2n,
    })
    const request = QueryCertificatesByDeviceRequest.create({ device: 'roof' })
    const listed = await chain.query(
      `${path}/CertificatesByDevice`,
      QueryCertificatesByDeviceRequest.encode(request),
    )
    const { certificates } = QueryCertificatesByDeviceResponse.decode(listed.value)
    expect(certificates).to.have.length(1)
    chain.app.assertInvariants()
  })

  it('have the same results when worker threads verify ahead', async () => {
    const hashes: string[] = []
    for (const options of [{}, { ahead: poolAhead(1) }]) {
      const chain = await AppChain.start({ ...setup, options })
      const meters = new Meters()
      await chain.block([], 30_000n)
      const readings = Array.from({ length: 24 }, (_, i) =>
        devices.map(({ id }) => meters.read(id, BigInt(i), 0n, BigInt(i) * 250_000n)),
      ).flat()
      const tx = batch(0n, readings)
      expect((await chain.check(tx)).code).to.equal(0)
      expect((await chain.deliver(tx)).code).to.equal(0)
      expect((await summary(chain)).pending).to.equal(72n)
      await chain.app.close()
      hashes.push(Buffer.from(chain.store.contentHash('metering')).toString('hex'))
    }
    // ECDSA signatures are random, and what is stored of a reading is its identity, not its signature.
    expect(hashes[0]).to.equal(hashes[1])
  })
})
