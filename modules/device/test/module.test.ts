import { expect } from 'chai'
import { GenesisState } from '../../../proto/gen/strom/device/v1/genesis.ts'
import { QueryDevicesRequest } from '../../../proto/gen/strom/device/v1/query.ts'
import { Device, Kind, Status } from '../../../proto/gen/strom/device/v1/state.ts'
import { MsgRegisterDevice } from '../../../proto/gen/strom/device/v1/tx.ts'
import { ChainError } from '../../kit/errors.ts'
import { fakeChain } from '../../kit/testing/fake-context.ts'
import { accepted, block, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { genesis } from '../genesis.ts'
import { deviceModule } from '../module.ts'
import { defaultParams } from '../params.ts'
import { device, devices } from '../queries/devices.ts'
import { keyOf, OWNER, registration } from './fixture.ts'

const stored = (id: string, fields: Partial<Device> = {}): Device => {
  const { proofOfPossession, ...rest } = registration(id)
  return Device.create({ ...rest, status: Status.STATUS_ACTIVE, registeredHeight: 1n, ...fields })
}
const sample = (...list: Device[]) =>
  GenesisState.toJson({ params: defaultParams(), devices: list })

runModuleSuite({
  make: () => [deviceModule()],
  sampleGenesis: {
    device: sample(
      stored('load-1', { kind: Kind.KIND_LOAD }),
      stored('pv-0', { status: Status.STATUS_SUSPENDED }),
    ),
  },
  operations: [
    accepted('a device', MsgRegisterDevice, registration('pv-1')),
    block(),
    refused('the same device', MsgRegisterDevice, registration('pv-1'), 'device', 3),
    refused(
      'a foreign key',
      MsgRegisterDevice,
      registration('pv-2', {}, { name: 'x' }),
      'device',
      5,
    ),
    accepted('another device', MsgRegisterDevice, registration('wind-1', { kind: Kind.KIND_WIND })),
  ],
})

describe('device genesis', () => {
  const verdict = (...list: Device[]): string => {
    try {
      genesis.validate(sample(...list))
    } catch (error) {
      if (error instanceof ChainError) return error.message
      throw error
    }
    return 'valid'
  }
  it('is refused when devices are unordered, share a key or are malformed, naming the device', () => {
    expect(verdict(stored('a'), stored('b'))).to.equal('valid')
    expect(verdict(stored('b'), stored('a'))).to.match(/b, a are not in order/)
    expect(verdict(stored('a'), stored('b', { pubkey: keyOf('a').pubkey }))).to.match(
      /device b: its key/,
    )
    expect(verdict(stored('a', { nameplateW: 0n }))).to.match(/device a: nameplate_w/)
    expect(verdict(stored('a', { status: 0 }))).to.match(/device a: status 0/)
    expect(verdict(stored('a', { intervalS: 7 }))).to.match(/device a: interval_s 7/)
  })
})

describe('device queries', () => {
  const chain = fakeChain()
  genesis.init(
    chain.write(),
    sample(
      stored('a'),
      stored('b', { kind: Kind.KIND_LOAD, site: 's-2' }),
      stored('c', { zone: 'FR' }),
    ),
  )
  const found = (filter: Partial<QueryDevicesRequest>): string[] =>
    devices.handle(chain.query(), QueryDevicesRequest.create(filter)).devices.map((d) => d.id)
  it('Devices filters by owner, zone, kind and site', () => {
    expect(found({})).to.deep.equal(['a', 'b', 'c'])
    expect(found({ owner: OWNER, zone: 'DE-LU' })).to.deep.equal(['a', 'b'])
    expect(found({ kind: Kind.KIND_PV })).to.deep.equal(['a', 'c'])
    expect(found({ site: 's-2' })).to.deep.equal(['b'])
    expect(found({ owner: 'nobody' })).to.deep.equal([])
  })
  it('Device answers with one device and refuses an unknown id', () => {
    expect(device.handle(chain.query(), { id: 'b' }).device.site).to.equal('s-2')
    expect(() => device.handle(chain.query(), { id: 'z' })).to.throw(ChainError, 'no entry for z')
  })
})
