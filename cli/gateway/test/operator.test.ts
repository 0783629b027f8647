import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Challenge, ChallengeStatus } from '../../../proto/gen/strom/operator/v1/state.ts'
import { readOperatorConfig } from '../operator/config.ts'
import { foresee } from '../operator/foresight.ts'
import { loadSeed } from '../operator/seed.ts'
import { until } from './collector.ts'
import { VALIDATOR } from './fake-operator.ts'
import { OperatorBench, TICK } from './operator-bench.ts'

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe("an operator's secrets on chain", () => {
  const bench = new OperatorBench()

  it('are committed and revealed once a period over restarts at any moment', async () => {
    const first = bench.operator.period + 1n
    for (let tick = 0; tick < 24; tick += 1) {
      if (tick % 3 === 0) bench.open()
      for (let block = 0; block < 9; block += 1) {
        bench.chain.block(100n)
        await bench.looked()
      }
      if (tick % 3 === 2) {
        // The restart falls between a message and its block.
        await bench.stop()
      }
    }
    await bench.stop()
    expect(bench.operator.refused).to.deep.equal([])
    const expected = Array.from({ length: 6 }, (_, i) => [
      `commit ${first + BigInt(i)}`,
      `reveal ${first + BigInt(i)}`,
    ]).flat()
    expect(bench.operator.taken.slice(0, expected.length)).to.deep.equal(expected)
  })

  it('are sent again when a mempool lost them', async () => {
    bench.chain.loseNext = 2
    bench.open()
    for (let i = 0; i < 40 && bench.operator.taken.length === 0; i += 1) {
      bench.chain.block(1n)
      await wait(25)
    }
    expect(bench.operator.taken).to.deep.equal([`commit ${bench.operator.period + 1n}`])
    expect(bench.chain.loseNext).to.equal(0)
    await until(() => bench.said('committed to a secret'))
  })

  it('that wait in a mempool are not sent again by the next run', async () => {
    bench.open()
    await bench.settle()
    await until(() => bench.chain.waiting === 1)
    await bench.stop()
    bench.open()
    await bench.settle()
    await until(() => bench.said('committed to a secret'))
    expect(bench.operator.refused).to.deep.equal([])
    expect(bench.operator.taken).to.have.length(1)
    expect(bench.chain.txCount).to.equal(1)
  })

  it('that another seed committed to are left alone and told of', async () => {
    bench.open()
    await bench.settle()
    await until(() => bench.chain.waiting === 1)
    bench.chain.block(1n)
    await until(() => bench.said('committed to a secret'))
    await bench.stop()
    bench.open({ seed: { bytes: Buffer.alloc(32, 1), insecure: false, fresh: false } })
    await until(() => bench.said('that this seed did not make'))
    bench.chain.block(1_800n)
    await wait(100)
    expect(bench.chain.waiting).to.equal(0)
    expect(bench.operator.taken).to.have.length(1)
  })

  it('are not sent by an account that may not act without a word why', async () => {
    bench.operator.grants.length = 0
    bench.operator.operator = undefined
    bench.open()
    await until(() => bench.said('may not act for bess: its owner strom1owner grants it'))
    expect(bench.said(`the chain knows no storage behind ${VALIDATOR}`)).to.equal(true)
    bench.chain.block(1n)
    await until(() => bench.chain.waiting === 1)
    bench.chain.block(1n)
    bench.chain.block(1n)
    await until(() => bench.said(`failed in block 3: ${bench.address} may not act`))
  })

  it('of a seed in gateway.toml are sent for simulated batteries only, and loudly', async () => {
    bench.open({ seed: { bytes: Buffer.alloc(32, 1), insecure: true, fresh: false } })
    await until(() => bench.said('INSECURE SEED'))
    await until(() => bench.said('nothing is sent or steered'))
    bench.chain.block(1n)
    await wait(60)
    expect(bench.chain.waiting).to.equal(0)
    await bench.stop()
    bench.operator.battery.simulated = true
    bench.open({ seed: { bytes: Buffer.alloc(32, 1), insecure: true, fresh: false } })
    await bench.settle()
    await until(() => bench.chain.waiting === 1)
  })
})

describe("an operator's seed and settings", () => {
  const bench = new OperatorBench()

  it('is made once, readable by its owner alone, and said nowhere', () => {
    const made = loadSeed(bench.config)
    expect(made).to.include({ fresh: true, insecure: false })
    expect(statSync(bench.config.secretFile).mode & 0o777).to.equal(0o600)
    const again = loadSeed(bench.config)
    expect(again.fresh).to.equal(false)
    expect(Buffer.from(again.bytes)).to.deep.equal(Buffer.from(made.bytes))
    const hex = Buffer.from(made.bytes).toString('hex')
    expect(readFileSync(bench.config.secretFile, 'utf8').trim()).to.equal(hex)
    writeFileSync(join(bench.dir, 'open.seed'), hex, { mode: 0o644 })
    expect(() => loadSeed({ ...bench.config, secretFile: join(bench.dir, 'open.seed') })).to.throw(
      'chmod 600',
    )
    writeFileSync(join(bench.dir, 'bad.seed'), hex.slice(1), { mode: 0o600 })
    let message = ''
    try {
      loadSeed({ ...bench.config, secretFile: join(bench.dir, 'bad.seed') })
    } catch (error) {
      message = String(error)
    }
    expect(message).to.contain('64 hex digits').and.not.contain(hex.slice(1, 20))
    const given = loadSeed({ ...bench.config, insecureSeed: 'town' })
    expect(given).to.include({ insecure: true, fresh: false })
  })

  it('names the setting that cannot be', () => {
    const good = { validator: VALIDATOR, battery: 'bess', meter: 'grid' }
    const read = (table: object, interval = 900n) =>
      readOperatorConfig(table, '/g/gateway.toml', (id) => (id === 'grid' ? interval : 300n))
    expect(read(good)).to.include({
      secretFile: '/g/operator.seed',
      stateFile: '/g/operator.json',
      dispatch: 'follow',
      reserveWh: 0n,
      maxW: undefined,
    })
    expect(readOperatorConfig(undefined, 'f', () => 900n)).to.equal(undefined)
    for (const [table, message] of [
      [{ ...good, validator: 'strom1x' }, 'validator should be an address stromvaloper1'],
      [{ ...good, meter: 'bess' }, 'a device of its own'],
      [{ ...good, dispatch: 'trade' }, 'one of follow'],
      [{ ...good, colour: 1 }, 'colour is not a setting'],
      [{ ...good, insecure_seed: 'x', secret_file: 'y' }, 'cannot stand together'],
      [{ validator: VALIDATOR, meter: 'grid' }, 'battery is missing'],
    ] as const)
      expect(() => read(table), message).to.throw(message)
    expect(() => read(good, 300n)).to.throw('interval_s = 900')
  })
})

describe("an operator's challenges", () => {
  const bench = new OperatorBench()
  const START = (TICK + 1n) * 900n
  const registers = (time: bigint, exportMwh: bigint, socMwh?: bigint) => ({
    time,
    importMwh: 0n,
    exportMwh,
    ...(socMwh === undefined ? {} : { socMwh }),
  })
  const last = (): bigint | null | undefined => bench.instruments.setpoints.at(-1)

  it('are driven from what stood at the start, over a restart, and let go of at the end', async () => {
    const { chain, instruments } = bench
    const asked = bench.operator.ask(TICK + 1n, 2_000n, { ticks: 2, deep: true })
    instruments.samples.set('bess-meter', registers(START - 20n, 0n))
    instruments.readings.set('bess', registers(START - 600n, 0n, 6_000_000n))
    bench.open()
    await until(() => bench.said('discharge 2000 Wh (± 50, deep, over 2 ticks) from'))
    chain.block(905n)
    instruments.readings.set('bess-meter', registers(START, 7_000n))
    instruments.samples.set('bess-meter', registers(START, 7_000n))
    // 5 s went by and nothing was commanded yet: 1,000 Wh in 850 s.
    await until(() => last() === -4_235n)
    await bench.stop()
    expect(last()).to.equal(null)
    // In the second tick; the book has a later reading by now, and the start is known from the file.
    chain.block(900n)
    instruments.readings.set('bess-meter', registers(START + 900n, 1_007_000n))
    instruments.readings.set('bess', registers(START + 900n, 0n, 100_000n))
    instruments.samples.set('bess-meter', registers(START + 905n, 1_007_000n))
    bench.open()
    await until(() => last() === -4_235n)
    expect(bench.said('other direction')).to.equal(false)
    chain.block(895n)
    await until(() => last() === null)
    asked.status = ChallengeStatus.CHALLENGE_STATUS_MISSED
    asked.measuredWh = 990n
    asked.reason = 'moved 990 Wh'
    chain.block(60n)
    await until(() => bench.said('was missed: moved 990 Wh (990 Wh of 2000 Wh, ± 50)'))
    const told = bench.messages.length
    await bench.stop()
    bench.open()
    await wait(80)
    expect(bench.messages.slice(told).filter((one) => one.includes('missed'))).to.deep.equal([])
  })

  it('go the other way when the signed state of charge shows no headroom, with a warning hours before', async () => {
    const { chain, instruments } = bench
    bench.operator.ask(TICK + 1n, 1_000n)
    instruments.readings.set('bess', registers(START, 0n, 500_000n))
    instruments.readings.set('bess-meter', registers(START, 0n))
    instruments.samples.set('bess-meter', registers(START, 0n))
    bench.open()
    await until(() =>
      bench.said(
        'but has no headroom (500 Wh stored): charge 553 Wh until then, or the chain will ask for the other direction, charge 1000 Wh',
      ),
    )
    chain.block(900n)
    await until(() => last() === 4_211n)
    expect(bench.said('asks for the other direction, charge 1000 Wh')).to.equal(true)
  })

  it('are told of when they cannot be measured or powered', async () => {
    const { chain, instruments } = bench
    bench.operator.ask(TICK + 1n, 1_300n)
    instruments.samples.set('bess-meter', registers(START - 20n, 0n))
    bench.open()
    await until(() => bench.said('more than 5000 W can move in that time: it will be missed'))
    chain.block(970n)
    await until(() => bench.said('no reading of bess-meter was signed for the start'))
    await until(() => bench.said('needs more power than bess may give (-5000 W)'))
    expect(bench.said('bess signed no state of charge')).to.equal(true)
    await until(() => last() === -5_000n)
  })

  it('let a battery go that a run which was killed had held', async () => {
    writeFileSync(bench.config.stateFile, '{"held":true,"told":"3"}')
    bench.open()
    await until(() => last() === null)
    expect(bench.instruments.setpoints).to.deep.equal([0n, null])
    await bench.stop()
    expect(JSON.parse(readFileSync(bench.config.stateFile, 'utf8'))).to.deep.include({
      held: false,
      told: '3',
    })
  })

  it('are driven on while no node answers', async () => {
    const { chain, instruments } = bench
    bench.operator.ask(TICK + 1n, 1_000n)
    instruments.samples.set('bess-meter', registers(START, 0n))
    instruments.readings.set('bess-meter', registers(START, 0n))
    bench.open()
    await until(() => bench.said('discharge 1000 Wh'))
    await chain.closeAll()
    chain.time += 900n
    await until(() => last() === -4_211n)
    await until(() => bench.said('no node answers'))
  })

  it('foresee want of headroom with a reserve, and when no direction is left', () => {
    const battery = {
      storageWh: 2_000n,
      sohPpm: 1_000_000n,
      etaCPpm: 1_000_000n,
      etaDPpm: 1_000_000n,
      nameplateW: 5_000n,
    }
    const challenge = Challenge.create({ tick: TICK + 16n, ticks: 1, targetWh: -1_000n })
    const say = (socMwh: bigint, reserveWh = 0n) =>
      foresee({ challenge, battery, socMwh, reserveWh, maxW: undefined, now: TICK * 900n })
    expect(say(1_000_000n)).to.equal(undefined)
    expect(say(1_000_000n, 200n)).to.contain('not the reserve; discharge 200 Wh until then')
    expect(say(1_600_000n)).to.contain('in 4 h 0 min').and.contain('discharge 600 Wh until then')
    const large = { ...challenge, targetWh: 1_200n }
    const stuck = foresee({
      challenge: large,
      battery,
      socMwh: 1_000_000n,
      reserveWh: 0n,
      maxW: undefined,
      now: TICK * 900n,
    })
    expect(stuck).to.contain('no headroom for the other direction either')
  })
})
