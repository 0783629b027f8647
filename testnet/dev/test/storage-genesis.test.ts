import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readGenesis } from '../../../genesis/document.ts'
import { wireModules } from '../../../node/app/modules.ts'
import { homeAt } from '../../../node/home.ts'
import { GenesisState as DeviceGenesis } from '../../../proto/gen/strom/device/v1/genesis.ts'
import { GenesisState } from '../../../proto/gen/strom/operator/v1/genesis.ts'
import { type Network, operatorAccounts, portsFor, prepareNetwork } from '../../network.ts'
import { loadRecordedTown } from '../../town/recorded-town.ts'
import { storageSites } from '../../town/storage.ts'
import { validatorAddress } from '../operators.ts'

describe('genesis of a town with storage', () => {
  const dir = mkdtempSync(join(tmpdir(), 'strom-storage-genesis-'))
  let network: Network
  let state: ReturnType<typeof readGenesis>['document']['appState']
  before(async () => {
    const town = loadRecordedTown('3')
    const prepared = await prepareNetwork({
      dir,
      chainId: 'strom-dev-1',
      validators: 4,
      seed: '3',
      genesisTime: { seconds: town.start, nanos: 0 },
      ports: portsFor(4),
      town,
      storage: storageSites(town, 4, '3'),
      devClock: { epoch: { seconds: town.start, nanos: 0 }, speed: 450 },
    })
    network = prepared.network
    state = readGenesis(homeAt(network.homes[0] ?? '').genesis).document.appState
  })
  after(() => rmSync(dir, { recursive: true }))

  it('is accepted by every module', () => {
    for (const { name, genesis } of wireModules().modules) {
      const own = state[name]
      if (own === undefined) throw new Error(`the genesis has no ${name}`)
      expect(() => genesis.validate(own), name).not.to.throw()
    }
  })

  it('puts a battery and a meter of two makers behind each validator, owned by its account', () => {
    const { operators, params } = GenesisState.fromJson(state['operator'] ?? null)
    const { devices, makers } = DeviceGenesis.fromJson(state['device'] ?? null)
    const accounts = operatorAccounts(network)
    expect(operators).to.have.length(4)
    expect([params.periodTicks, params.maxSilentTicks, params.allowSimulated]).to.deep.equal([
      24,
      8,
      true,
    ])
    for (const [i, { address }] of accounts.entries()) {
      const own = operators.find((one) => one.validatorAddress === validatorAddress(address))
      expect(own?.battery).to.equal(`storage-${i + 1}-battery`)
      expect([own?.genesis, own?.deepDue, own?.factorPpm]).to.deep.equal([true, true, 1_000_000n])
      const pair = [own?.battery, own?.meter].map((id) => devices.find((one) => one.id === id))
      expect(pair.map((device) => device?.owner)).to.deep.equal([address, address])
      expect(new Set(pair.map((device) => device?.site)).size).to.equal(1)
      expect(new Set(pair.map((device) => device?.maker)).size).to.equal(2)
      for (const device of pair) expect(makers.map(({ id }) => id)).to.include(device?.maker)
    }
    const keys = [...devices, ...makers].map(({ pubkey }) => Buffer.from(pubkey).toString('hex'))
    expect(new Set(keys).size).to.equal(keys.length)
  })
})
