import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { freshHome } from './run-cli.ts'
import { type StakeNode, startStakeNode } from './stake-node.ts'

const PLANT = ['--zone', 'DE', '--site', 'home-1', '--interval-s', '900', '--class-ppm', '10000']
const CLASS = ['--trust-class', 'a', '--bond', '1STROM', '--nameplate-w', '5000']
const CELLS = '--storage-wh 10000 --eta-c-ppm 950000 --eta-d-ppm 950000'.split(' ')

interface StepJson {
  readonly name: string
  readonly state: string
  readonly command?: string
}

describe('stake, votes, grants and storage: every command against a node', function () {
  this.timeout(300_000)
  let node: StakeNode
  let you = ''

  before(async () => {
    node = await startStakeNode()
    const { keys } = (await node.json('keys', 'list')) as {
      keys: { name: string; address: string }[]
    }
    you = keys.find(({ name }) => name === 'you')?.address ?? ''
  })
  after(() => node.stop())

  const steps = async (...args: string[]): Promise<Map<string, StepJson>> => {
    const answer = await node.json('validator', 'create', ...args)
    return new Map((answer['steps'] as StepJson[]).map((one) => [one.name, one]))
  }
  const file = (name: string, content: unknown): string => {
    const path = join(node.home, name)
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }

  it('walks from what is missing to registered storage, and goes on where it stopped', async () => {
    const first = await steps('--from', 'me')
    expect(first.get('validator')?.state).to.equal('done')
    expect(first.get('battery')).to.include({ state: 'missing' })
    expect(first.get('battery')?.command).to.contain('strom tx device register --device-key')
    expect(first.get('storage')?.state).to.equal('later')
    for (const name of ['cells', 'gauges', 'battery', 'meter'])
      await node.good('keys', 'device', join(node.home, `${name}.pem`))
    const key = (name: string): string => join(node.home, `${name}.pem`)
    for (const maker of ['cells', 'gauges'])
      await node.tx('me', 'maker', 'admit', maker, maker, '--maker-key', key(maker))
    const register = (id: string, maker: string, ...more: string[]): Promise<void> =>
      node.tx(
        'me',
        'device',
        'register',
        '--device-key',
        key(id),
        '--maker',
        maker,
        '--maker-key',
        key(maker),
        '--serial',
        id,
        ...PLANT,
        ...CLASS,
        ...more,
      )
    await register('battery', 'cells', '--kind', 'bess', ...CELLS)
    const half = await steps('--from', 'me')
    expect(half.get('battery')?.state).to.equal('done')
    expect(half.get('meter')?.command).to.contain('--maker gauges').and.to.contain('--site home-1')
    await register('meter', 'gauges', '--kind', 'meter')
    expect((await steps('--from', 'me')).get('storage')).to.deep.include({
      state: 'ready',
      command: 'strom tx operator register battery meter --from me',
    })
    const whole = await steps('--from', 'me', '--yes')
    expect(whole.get('storage')?.state).to.equal('done')
    expect(whole.get('presence')?.command).to.contain('strom gateway run')
    await node.tx('me', 'operator', 'update', 'battery', 'meter')
  })

  it('commits and reveals a secret of the seed, each at its time', async () => {
    const offline = ['--offline', '--period', '9', '--chain-id', 'stake-1', '-a', '0', '-s', '0']
    const none = await node.bad(7, 'tx', 'operator', 'commit', '--from', 'me', '-y', ...offline)
    expect(none).to.include({ name: 'no_seed' })
    expect(none.hint).to.contain('openssl rand')
    mkdirSync(join(node.home, 'gateway'), { recursive: true })
    const seed = join(node.home, 'gateway', 'operator.seed')
    writeFileSync(seed, randomBytes(32).toString('hex'), { mode: 0o600 })
    const attempt = async (what: 'commit' | 'reveal'): Promise<boolean> => {
      const sent = await node.run('tx', 'operator', what, '--from', 'me', '-y', '-o', 'json')
      return (
        sent.code === 0 ||
        sent.stdout.includes(what === 'commit' ? 'committed_already' : 'revealed_already')
      )
    }
    await node.until('a commitment', () => attempt('commit'))
    expect(await node.good('query', 'operator', 'secrets')).to.match(/period +commitment|nobody/)
    // On a busy machine a half of a period may go by between two commands: then the next one counts.
    await node.until('a secret', async () => {
      if (await attempt('reveal')) return true
      await attempt('commit')
      return false
    })
    const again = await node.bad(1, 'tx', 'operator', 'reveal', '--from', 'me', '-y')
    expect(again.name).to.match(/^(revealed_already|not_now)$/)
  })

  it('delegates, unbonds, takes that back and moves stake, validators named by their names', async () => {
    await node.tx('you', 'staking', 'delegate', 'live', '20STROM')
    await node.tx('you', 'staking', 'unbond', 'live', '2STROM')
    const path = 'unbonding_responses'
    const left = (await node.json('query', 'staking', 'unbonding-delegations', 'you'))[path]
    const [
      {
        entries: [entry],
      },
    ] = left as [{ entries: [{ creation_height: string }] }]
    await node.tx('you', 'staking', 'cancel-unbond', 'live', '2STROM', entry.creation_height)
    const pubkey = randomBytes(32).toString('base64')
    await node.tx(
      'you',
      'staking',
      'create-validator',
      '--amount',
      '3STROM',
      '--moniker',
      'idle',
      '--pubkey',
      pubkey,
      '--commission-rate',
      '5%',
    )
    await node.tx('you', 'staking', 'redelegate', 'live', 'idle', '1STROM')
    await node.tx('me', 'staking', 'edit-validator', '--website', 'https://example.org')
    const table = await node.good('query', 'staking', 'validators')
    expect(table).to.match(/live +bonded +1\d\d(\.\d+)? +10 %/)
    expect(table).to.match(/idle +\w+ .*5 %/)
    const unknown = await node.bad(
      9,
      'tx',
      'staking',
      'delegate',
      'Live',
      '1STROM',
      '--from',
      'you',
      '-y',
    )
    expect(unknown.hint).to.contain('did you mean live?')
  })

  it('takes rewards out, sends them elsewhere and gives to the community', async () => {
    await node.tx('you', 'distribution', 'set-withdraw-addr', 'me')
    await node.tx('you', 'distribution', 'withdraw-rewards', 'live')
    await node.tx('you', 'distribution', 'withdraw-all-rewards')
    await node.tx('me', 'distribution', 'withdraw-rewards', 'live', '--commission')
    await node.tx('me', 'distribution', 'withdraw-validator-commission')
    await node.tx('me', 'distribution', 'fund-community-pool', '5STROM')
    await node.tx('me', 'distribution', 'fund-validator-rewards-pool', 'live', '1STROM')
    const foreign = await node.bad(
      2,
      'tx',
      'distribution',
      'withdraw-rewards',
      'live',
      '--commission',
      '--from',
      'you',
      '-y',
    )
    expect(foreign.hint).to.contain('--from')
    expect(await node.good('query', 'distribution', 'rewards', 'you')).to.match(/live +\d/)
  })

  it('drafts, proposes, deposits, votes in one and in parts, and takes a proposal back', async () => {
    const draft = join(node.home, 'draft.json')
    const what = ['--type', 'params', '--module', 'staking', '--set', 'max_validators=50']
    await node.good('tx', 'gov', 'draft-proposal', ...what, '--title', 'Fewer', '--out', draft)
    await node.tx('you', 'gov', 'submit-proposal', draft, '--deposit', '1STROM')
    await node.tx('me', 'gov', 'deposit', '1', '9STROM')
    await node.tx('me', 'gov', 'vote', '1', 'yes')
    await node.tx('you', 'gov', 'weighted-vote', '1', 'yes=0.6,abstain=0.4')
    await node.tx('me', 'upgrade', 'software-upgrade', 'v2', '--upgrade-height', '900000')
    await node.tx('you', 'gov', 'submit-proposal', '--type', 'text', '--title', 'Words')
    await node.tx('you', 'gov', 'cancel-proposal', '3')
    const table = await node.good('query', 'gov', 'proposals')
    expect(table).to.match(/1 +voting period +Fewer +10 STROM/)
    expect(table).to.match(/2 +voting period +Upgrade to v2/)
    expect(await node.good('query', 'gov', 'votes', '1')).to.contain('yes 60 %, abstain 40 %')
    const wrong = await node.bad(
      2,
      'tx',
      'gov',
      'weighted-vote',
      '1',
      'maybe=1',
      '--from',
      'me',
      '-y',
    )
    expect(wrong.hint).to.contain('yes=0.6')
  })

  it('lets others pay fees and act, and ends that', async () => {
    await node.tx(
      'me',
      'feegrant',
      'grant',
      'me',
      'you',
      '--spend-limit',
      '5STROM',
      '--period',
      '1d',
      '--period-limit',
      '1STROM',
    )
    expect(await node.good('query', 'feegrant', 'grants-by-grantee', 'you')).to.contain('5 STROM')
    await node.tx(
      'you',
      'bank',
      'send',
      'me',
      '1STROM',
      '--fees',
      '0.01STROM',
      '--fee-granter',
      'me',
    )
    await node.tx('me', 'feegrant', 'revoke', 'you')
    await node.tx(
      'me',
      'authz',
      'grant',
      'you',
      'generic',
      '--msg-type',
      '/cosmos.gov.v1.MsgVote',
      '--expiration',
      '2027-01-01',
    )
    await node.tx(
      'me',
      'authz',
      'grant',
      'you',
      'delegate',
      '--spend-limit',
      '5STROM',
      '--allowed-validators',
      'live',
    )
    const vote = await node.good('tx', 'gov', 'vote', '1', 'no', '--from', 'me', '--generate-only')
    await node.tx('you', 'authz', 'exec', file('vote.json', vote))
    expect(await node.good('query', 'authz', 'grants-by-granter', 'me')).to.match(
      /generic +\/cosmos.gov.v1.MsgVote/,
    )
    await node.tx('me', 'authz', 'revoke', 'you', '/cosmos.gov.v1.MsgVote')
  })

  it('makes accounts whose coins become free over time', async () => {
    const fresh = async (name: string): Promise<string> => {
      await node.good('keys', 'add', name)
      return name
    }
    await node.tx(
      'me',
      'vesting',
      'create-vesting-account',
      await fresh('v1'),
      '10STROM',
      '2027-01-01',
    )
    await node.tx('me', 'vesting', 'create-permanent-locked-account', await fresh('v2'), '10STROM')
    const periods = { start_time: '2026-03-02', periods: [{ coins: '5STROM', length: '30d' }] }
    await node.tx(
      'me',
      'vesting',
      'create-periodic-vesting-account',
      await fresh('v3'),
      file('p.json', periods),
    )
    const balance = await node.good('query', 'bank', 'balances', 'v3')
    expect(balance).to.contain('5 STROM')
  })

  it('shows a jailed validator, says what to do, and lets it back', async () => {
    const standing = async (): Promise<{ signing: { jailed: boolean }; next: { text: string } }> =>
      (await node.json('validator', 'status', 'idle')) as never
    await node.until('the jail', async () => (await standing()).signing.jailed)
    expect((await standing()).next.text).to.contain('strom tx slashing unjail')
    expect(await node.good('validator', 'status', 'idle')).to.match(/signing +JAILED/)
    await node.until('the end of it', async () => {
      const { code } = await node.run('tx', 'slashing', 'unjail', '--from', 'you', '-y')
      return code === 0
    })
    expect(you).to.match(/^strom1/)
  })

  it('answers on one screen for the validator of its home', async () => {
    const screen = await node.good('validator', 'status')
    for (const word of [
      'power',
      'signing',
      'presence',
      'capacity',
      'challenges',
      'secret',
      'rewards',
      'next',
    ])
      expect(screen).to.match(new RegExp(`^${word} +\\S`, 'm'))
    expect(screen).to.match(/proof +0\.000 kWh +last deep challenge +<- binds/)
    const status = (await node.json('validator', 'status', 'live')) as {
      storage: { battery: string; binding: string[] }
      power: { effective: string }
    }
    expect(status.storage).to.include({ battery: 'battery' })
    expect(Number(status.power.effective)).to.be.greaterThan(99)
    expect(await node.good('query', 'operator', 'power')).to.match(/live +yes/)
  })

  it('makes a validator of a node that is none yet, once there is money', async () => {
    const home = freshHome()
    const env = ['--home', home, '--keyring-backend', 'test']
    await node.good('init', 'second', '--chain-id', 'stake-1', '--no-validator', '--home', home)
    const lost = await node.bad(7, 'validator', 'create', ...env)
    expect(lost.hint).to.contain('strom keys add')
    await node.good('keys', 'add', 'owner', ...env)
    const poor = await node.json('validator', 'create', '--amount', '4STROM', ...env)
    expect((poor['steps'] as StepJson[])[1]).to.include({ name: 'money', state: 'missing' })
    const { keys } = (await node.json('keys', 'list', ...env)) as { keys: [{ address: string }] }
    await node.tx('me', 'bank', 'send', keys[0].address, '5STROM')
    const made = await node.json('validator', 'create', '--amount', '4STROM', '--yes', ...env)
    const validator = (made['steps'] as StepJson[]).find(({ name }) => name === 'validator')
    expect(validator?.state).to.equal('done')
    expect(made['sent']).to.have.length(1)
  })
})
