import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { checkCalendar } from '../calendar-check.ts'
import { ChainClient } from '../chain-client.ts'
import { CONFIG_FILE, gatewayInit, readGatewayConfig } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { RpcClient } from '../rpc-client.ts'
import {
  keepCalendar,
  nowMs,
  nowSeconds,
  parseCalendar,
  passingMs,
  timerMs,
} from '../sources/clock.ts'
import { everyAligned } from '../sources/schedule.ts'
import { FakeChain } from './fake-chain.ts'

describe('the calendar of a gateway', () => {
  const chain = new FakeChain()
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'strom-calendar-'))
  })
  afterEach(async () => {
    keepCalendar(undefined)
    await chain.closeAll()
    rmSync(dir, { recursive: true, force: true })
  })

  it('is the wall clock, or that of a development network at its own pace', () => {
    expect(Number(nowSeconds())).to.be.closeTo(Date.now() / 1_000, 2)
    expect([timerMs(5_000), passingMs(50)]).to.deep.equal([5_000, 50])
    const anchor = parseCalendar(`${Date.now() - 2_000}:1780300800:180`)
    keepCalendar(anchor)
    expect(nowMs() / 1_000).to.be.within(1_780_300_800 + 360, 1_780_300_800 + 450)
    expect([timerMs(9_000), timerMs(9), passingMs(50)]).to.deep.equal([50, 1, 9_000])
    // Before its anchor it stands still.
    keepCalendar({ realMs: Date.now() + 60_000, seconds: 900, speed: 180 })
    expect(nowSeconds()).to.equal(900n)
  })

  it('brings aligned work onto its own multiples', async () => {
    keepCalendar({ realMs: Date.now(), seconds: 0, speed: 1_000 })
    const times: number[] = []
    const end = everyAligned(500, () => times.push(nowMs() / 1_000))
    while (times.length < 3) await new Promise((resolve) => setTimeout(resolve, 10))
    end()
    // Timers come a millisecond early, or late by what a busy machine makes of them.
    for (const time of times) expect((time + 10) % 500).to.be.lessThan(210)
    expect((times[2] ?? 0) - (times[0] ?? 0)).to.be.greaterThan(790)
  })

  it('is refused when it is malformed, and on a chain that has another one or none', async () => {
    for (const text of ['', '1:2', '1:2:0', '1:2:x', '1:2:3:/leash', '-1:2:3'])
      expect(parseCalendar(text), text).to.equal(undefined)
    const url = await chain.listen()
    gatewayInit({ dir, chainId: chain.chainId, nodes: [url], devices: ['a'] })
    const file = join(dir, CONFIG_FILE)
    const client = new ChainClient(new RpcClient([url]))
    await checkCalendar(readGatewayConfig(file), client)
    appendFileSync(file, 'clock_anchor = "1000:1780300800:180"\n')
    const config = readGatewayConfig(file)
    const why = async (): Promise<string> => {
      try {
        await checkCalendar(config, client)
      } catch (error) {
        if (error instanceof GatewayError) return error.message
        throw error
      }
      return ''
    }
    expect(await why()).to.contain('clock_anchor: the genesis of this chain has no dev_clock')
    chain.speed = 450
    expect(await why()).to.contain('clock_anchor: the dev_clock of this chain runs at 450')
    chain.speed = 180
    expect(await why()).to.equal('')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"1000:1780300800:180"', '5'))
    expect(() => readGatewayConfig(file)).to.throw('clock_anchor should be "REALMS:SECONDS:SPEED"')
  })
})
