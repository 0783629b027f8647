import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { toBech32 } from '../../modules/kit/address.ts'
import { validateGenesis } from '../../node/app/genesis.ts'
import { wireModules } from '../../node/app/modules.ts'
import { DEFAULT_PARAMS } from '../../node/chain/params.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { buildGenesis } from '../build.ts'
import { GenesisError, genesisJson, parseGenesis, readGenesis } from '../document.ts'

const OPERATORS = [1, 2, 3, 4].map((n) => ({
  moniker: `validator-${n}`,
  pubKey: new Uint8Array(32).fill(n),
  operator: new Uint8Array(20).fill(n),
  tokens: BigInt(n) * 10_000_000n,
}))

function build(fields: object = {}) {
  return buildGenesis({
    chainId: 'strom-dev-1',
    genesisTime: { seconds: 1_472_256_000n, nanos: 0 },
    operators: OPERATORS,
    accounts: OPERATORS.map(({ operator }) => ({ address: toBech32(operator), ustrom: 5n })),
    devices: [],
    ...fields,
  })
}

/** What the document says when a field of its JSON is replaced. */
function refusal(path: string, value: JsonValue | undefined): string {
  const json = genesisJson(build()) as { [key: string]: JsonValue }
  const steps = path.split('.')
  const last = steps.pop() as string
  let at = json
  for (const step of steps) at = at[step] as { [key: string]: JsonValue }
  if (value === undefined) delete at[last]
  else at[last] = value
  try {
    parseGenesis(json)
  } catch (error) {
    if (error instanceof GenesisError) return error.message
    throw error
  }
  return 'taken'
}

describe('the genesis document', () => {
  it('is read back as it was written, with and without a dev clock', () => {
    const devClock = { epoch: { seconds: 1_472_256_000n, nanos: 0 }, speed: 450 }
    for (const document of [build(), build({ devClock, maxAheadSeconds: 1_350n })]) {
      const json = JSON.parse(JSON.stringify(genesisJson(document))) as JsonValue
      const read = parseGenesis(json)
      expect(read).to.deep.equal({
        ...document,
        appHash: Buffer.alloc(0),
        validators: document.validators.map((one) => ({ ...one, pubKey: Buffer.from(one.pubKey) })),
      })
      expect(JSON.stringify(genesisJson(read))).to.equal(JSON.stringify(json))
    }
  })

  it('has CometBFT’s field names, with 64-bit numbers as text', () => {
    const json = genesisJson(build())
    expect(Object.keys(json)).to.deep.equal([
      'genesis_time',
      'chain_id',
      'initial_height',
      'consensus_params',
      'validators',
      'app_hash',
      'app_state',
    ])
    expect(json.genesis_time).to.equal('2016-08-27T00:00:00Z')
    expect(json.initial_height).to.equal('1')
    expect(json.consensus_params).to.deep.include({
      block: { max_bytes: '22020096', max_gas: '-1' },
      evidence: {
        max_age_num_blocks: '100000',
        max_age_duration: '172800000000000',
        max_bytes: '1048576',
      },
    })
    const [first] = json.validators as { [key: string]: JsonValue }[]
    expect(first).to.deep.include({ name: 'validator-1', power: '10' })
    expect(first?.address).to.match(/^[0-9A-F]{40}$/)
  })

  it('passes the checks of every module', () => {
    const { modules } = wireModules()
    validateGenesis(modules, build().appState)
    const unknown = { ...build().appState, amm: {} }
    expect(() => validateGenesis(modules, unknown)).to.throw(
      'app_state.amm: there is no module of that name',
    )
  })

  it('takes default consensus params when it has none', () => {
    const json = { ...genesisJson(build()) }
    delete json.consensus_params
    expect(parseGenesis(json).consensusParams).to.deep.equal(DEFAULT_PARAMS)
  })
})

describe('a genesis document is refused', () => {
  const cases: readonly (readonly [string, JsonValue | undefined, string])[] = [
    ['chain_id', undefined, 'chain_id must be text'],
    ['chain_id', '', 'chain_id must have 1 to 50 characters'],
    ['chain_id', 'x'.repeat(51), 'chain_id must have 1 to 50 characters'],
    ['genesis_time', 'yesterday', 'genesis_time must be an RFC 3339 time'],
    ['initial_height', '0', 'initial_height must be at least 1'],
    ['initial_height', 'one', 'initial_height must be an integer as text'],
    ['app_state', undefined, 'app_state must be an object'],
    ['validators', {}, 'validators must be a list'],
    ['validators.0.power', '0', 'validators[0].power must be positive'],
    ['validators.1.pub_key.type', 'x', 'validators[1].pub_key.type must be'],
    ['validators.1.pub_key.value', 'AAAA', 'validators[1].pub_key.value is 3 bytes'],
    ['consensus_params.block.max_bytes', '0', 'consensus_params: '],
    ['consensus_params.block.max_gas', undefined, 'consensus_params.block.max_gas must be'],
    ['dev_clock', { epoch: '2016-08-27T00:00:00Z', speed: 0 }, 'dev_clock.speed must be a number'],
    ['dev_clock', { epoch: 'x', speed: 2 }, 'dev_clock.epoch must be an RFC 3339 time'],
  ]
  for (const [path, value, text] of cases) {
    it(`when ${path} is ${value === undefined ? 'missing' : JSON.stringify(value).slice(0, 30)}`, () => {
      expect(refusal(path, value)).to.contain(text)
    })
  }

  it('when the file is absent, is not JSON or breaks a rule, naming the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'strom-genesis-'))
    const path = join(folder, 'genesis.json')
    try {
      expect(() => readGenesis(path)).to.throw(GenesisError, `${path}: cannot be read`)
      writeFileSync(path, '{"chain_id":')
      expect(() => readGenesis(path)).to.throw(GenesisError, `${path}: is not JSON`)
      writeFileSync(path, '{"chain_id":"a"}')
      expect(() => readGenesis(path)).to.throw(
        GenesisError,
        `${path}: genesis_time must be an RFC 3339 time`,
      )
      writeFileSync(path, JSON.stringify(genesisJson(build())))
      expect(readGenesis(path).sha256).to.match(/^[0-9a-f]{64}$/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
