import { expect } from 'chai'
import { QueryError } from '../../../cli/gateway/chain-client.ts'
import { toHex } from '../../../node/chain/bytes.ts'
import { ABSENT_SIG } from '../../../node/chain/codec.ts'
import { addNanos, timeFromNanos } from '../../../node/chain/time.ts'
import type { Validator } from '../../../node/chain/types.ts'
import {
  QueryValidatorRequest,
  QueryValidatorResponse,
} from '../../../proto/gen/cosmos/staking/v1beta1/query.ts'
import { chainsAgree } from '../../kill/agreement.ts'
import { heightOf, type NodeProcess } from '../../launch.ts'
import {
  followBySkipping,
  followEach,
  type LightBlock,
  LightError,
  type LightRules,
  verifyStep,
} from '../light-client.ts'
import { RpcLightSource } from '../light-source.ts'
import { forge } from '../set-forgery.ts'
import { type HeightFacts, historyFaults, historyOf, votesOf } from '../set-history.ts'
import { SetLoad } from '../set-load.ts'
import { GENESIS_POWER, type Member, type SetNetwork, startSetNetwork } from '../set-network.ts'
import { type Encoded, landedTx, SetWallet, say } from '../set-wallet.ts'

const CHAIN = 'strom-set-1'
const HOUR = 3_600_000_000_000n
const PATIENCE_MS = 180_000

const rules: LightRules = {
  trustingPeriod: HOUR,
  clockDrift: 10_000_000_000n,
  trustLevel: { numerator: 1n, denominator: 3n },
  now: () => timeFromNanos(BigInt(Date.now()) * 1_000_000n),
}

describe('the set of validators changes on real processes', function () {
  this.timeout(600_000)
  let net: SetNetwork
  let load: SetLoad
  /** Three validators of genesis, then two that follow until they join. */
  let ann: Member
  let ben: Member
  let cid: Member
  let dan: Member
  let eve: Member
  let alice: SetWallet
  let own: readonly SetWallet[]
  let facts: HeightFacts[]
  /** Heights at which sets began, by what changed. */
  const began = new Map<string, bigint>()
  const dark = { from: 0n, to: 0n }

  const node = (index: number): NodeProcess => net.launcher.nodes[index] as NodeProcess
  const validatorsAt = async (height: bigint): Promise<readonly Validator[]> =>
    await new RpcLightSource(node(1).client.rpc).validators(height)
  const latest = async (): Promise<bigint> => (await node(1).client.head()).height

  async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const end = performance.now() + PATIENCE_MS
    for (;;) {
      const answer = await ask()
      if (answer !== undefined) return answer
      if (performance.now() > end) throw new Error(`${what}: not in time`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  const reached = async (height: bigint): Promise<true> =>
    await until(`height ${height}`, async () => (await latest()) >= height || undefined)

  /** Powers by process, such as `0:10000`, in the order of the set. */
  async function setAt(height: bigint): Promise<string[]> {
    await reached(height)
    return (await validatorsAt(height)).map(({ address, power }) => {
      const member = net.members.find(({ key }) => toHex(key.address) === toHex(address))
      return `${member?.index ?? '?'}:${power}`
    })
  }

  /** Acts, and tells the sets of the height before the change is in force and of the one where it is. */
  async function change(
    name: string,
    wallet: SetWallet,
    message: Encoded,
  ): Promise<{ before: string[]; after: string[] }> {
    const height = await wallet.act(message)
    began.set(name, height + 2n)
    return { before: await setAt(height + 1n), after: await setAt(height + 2n) }
  }

  const walletOf = (member: Member): SetWallet => own[member.index] as SetWallet

  before(async () => {
    net = await startSetNetwork({
      chainId: CHAIN,
      processes: 5,
      validators: 3,
      maxValidators: 4,
      senders: 3,
    })
    ;[ann, ben, cid, dan, eve] = net.members as [Member, Member, Member, Member, Member]
    const open = async (account: Member['account'], index: number): Promise<SetWallet> =>
      await SetWallet.open(CHAIN, account, node(index).client)
    own = await Promise.all(net.members.map(({ account, index }) => open(account, index)))
    const [first] = net.network.accounts
    if (first === undefined) throw new Error('the network has no accounts')
    alice = await open(first, 1)
    load = new SetLoad(await Promise.all(net.senders.map(open)), 100)
  })

  after(async () => {
    await load?.stop().catch(() => undefined)
    await net?.stop()
  })

  it('a node that followed joins two heights after its transaction', async () => {
    const { before, after } = await change('join', walletOf(dan), say.create(dan, 9_000n))
    expect([...before].sort()).to.deep.equal(['0:10000', '1:10000', '2:10000'])
    expect([...after].sort()).to.deep.equal([...before, '3:9000'].sort())
  })

  it('powers follow delegations and unbondings', async () => {
    const more = await change('more', alice, say.delegate(alice.address, ben, 2_000n))
    expect(more.before).to.include('1:10000')
    expect(more.after[0]).to.equal('1:12000')
    const less = await change('less', walletOf(cid), say.undelegate(cid.account.address, cid, 500n))
    expect(less.before).to.include('2:10000')
    expect(less.after).to.deep.equal(['1:12000', '0:10000', '2:9500', '3:9000'])
  })

  it('at the limit of the set the weakest falls out, by a delegation and by a redelegation', async () => {
    const wait = await change('wait', walletOf(eve), say.create(eve, 8_000n))
    expect(wait.after).to.deep.equal(wait.before)
    const enter = await change('enter', alice, say.delegate(alice.address, eve, 3_000n))
    expect(enter.after).to.deep.equal(['1:12000', '4:11000', '0:10000', '2:9500'])
    const move = await change('move', alice, say.redelegate(alice.address, ben, dan, 2_000n))
    expect([...move.after].sort()).to.deep.equal(['0:10000', '1:10000', '3:11000', '4:11000'])
  })

  it('one leaves with all its stake, and the next one takes the place', async () => {
    const all = say.undelegate(ann.account.address, ann, GENESIS_POWER)
    const { before, after } = await change('leave', walletOf(ann), all)
    expect(before).to.include('0:10000')
    expect([...after].sort()).to.deep.equal(['1:10000', '2:9500', '3:11000', '4:11000'])
  })

  it('one is killed and jailed for it while blocks go on', async () => {
    dark.from = await latest()
    await net.launcher.kill(eve.index)
    const jailed = await until('the jail', async () => {
      const height = await latest()
      const set = await setAt(height)
      return set.some((one) => one.startsWith('4:')) ? undefined : height
    })
    began.set('jail', jailed)
    expect([...(await setAt(jailed))].sort()).to.deep.equal(['1:10000', '2:9500', '3:11000'])
  })

  it('it comes back, catches up, is let out with a hundredth less', async () => {
    net.launcher.start(eve.index)
    // Let out while it is behind it would miss its votes and be jailed again.
    await until('the others', async () => {
      const own = await heightOf(node(eve.index))
      return own > 0n && own + 1n >= (await latest()) ? true : undefined
    })
    const height = await until('the end of the sentence', async () => {
      try {
        return await walletOf(eve).act(say.unjail(eve))
      } catch (error) {
        if (/still jailed|cannot be unjailed/.test(String(error))) return undefined
        throw error
      }
    })
    began.set('unjail', height + 2n)
    dark.to = height + 2n
    expect([...(await setAt(height + 2n))].sort()).to.deep.equal([
      '1:10000',
      '2:9500',
      '3:11000',
      '4:10890',
    ])
    await reached(height + 12n)
  })

  it('whoever left is forgotten once nothing of it is bonded', async () => {
    let refusal: unknown
    await node(1)
      .client.query(
        '/cosmos.staking.v1beta1.Query/Validator',
        QueryValidatorRequest,
        { validatorAddr: ann.operator },
        QueryValidatorResponse,
      )
      .catch((error: unknown) => {
        refusal = error
      })
    if (!(refusal instanceof QueryError)) throw new Error(`it is there: ${String(refusal)}`)
    expect(refusal.message).to.contain(ann.operator)
  })

  it('no transaction is lost, and all nodes have one chain', async () => {
    const hashes = await load.stop()
    expect(hashes.length).to.be.greaterThan(100)
    for (const hash of hashes)
      await until(`transaction ${hash}`, async () => {
        const landed = await landedTx(node(1).client, hash)
        if (landed !== undefined && landed.code !== 0) throw new Error(landed.log)
        return landed
      })
    await net.launcher.ready(await latest(), PATIENCE_MS)
    expect((await chainsAgree(net.launcher.nodes)).faults).to.deep.equal([])
  })

  it('every height has a block with its votes, and /validators follows the updates', async () => {
    const top = (await latest()) - 1n
    facts = await historyOf(node(0).client, top)
    const genesis = [ann, ben, cid].map(({ key }) => ({ pubKey: key.pubKey, power: GENESIS_POWER }))
    expect(historyFaults(facts, genesis)).to.deep.equal([])
    const told = await historyOf(node(eve.index).client, top)
    expect(historyFaults(told, genesis), 'of the node that was killed').to.deep.equal([])
    // Updates in force a height later would not do, so the checks do see what they look at.
    const late = facts.map((one, i) => ({ ...one, updates: facts[i - 1]?.updates ?? [] }))
    expect(historyFaults(late, genesis)).to.not.have.lengthOf(0)
    const changes = facts.filter(({ updates }) => updates.length > 0)
    // join, more, less, enter, move, leave, jail, unjail; who waits outside changes nothing.
    expect(changes).to.have.lengthOf(8)
    const proposers = (from: bigint, to: bigint): Set<string> =>
      new Set(
        facts
          .filter(({ height }) => height >= from && height < to)
          .map(({ header }) => toHex(header.proposerAddress)),
      )
    const last = proposers(began.get('unjail') ?? 0n, top)
    expect(last, 'each of the last set proposes').to.deep.equal(
      new Set([ben, cid, dan, eve].map(({ key }) => toHex(key.address))),
    )
    const missed = votesOf(facts, eve.key.address, dark.from, dark.to).absent
    expect(missed, 'votes that the killed one missed').to.be.within(10, 25)
    // A busy machine may lose some votes of a new member, not all of them.
    for (const [name, member] of [
      ['join', dan],
      ['enter', eve],
      ['unjail', eve],
    ] as const) {
      const from = began.get(name) ?? 0n
      const { signed } = votesOf(facts, member.key.address, from, from + 10n)
      expect(signed, `votes after ${name}`).to.be.greaterThan(0)
    }
  })

  it('a light client follows every change, height by height and by skipping', async () => {
    const source = new RpcLightSource(node(2).client.rpc)
    const first = await source.block(1n)
    const top = (await latest()) - 1n
    const each = await followEach(source, first, top, rules)
    expect(each.steps).to.equal(Number(top) - 1)
    const skip = await followBySkipping(source, first, top, rules)
    expect(toHex(skip.trusted.header.appHash)).to.equal(toHex(each.trusted.header.appHash))
    expect(skip.fetched).to.be.lessThan(each.fetched)
    // Two of the first three are left: exactly 2/3 of what was trusted, which is not more than 2/3.
    const careful = { ...rules, trustLevel: { numerator: 2n, denominator: 3n } }
    const halves = await followBySkipping(source, first, top, careful)
    expect(halves.split).to.be.greaterThan(0)
    expect(toHex(halves.trusted.header.appHash)).to.equal(toHex(each.trusted.header.appHash))
  })

  describe('a light client at the height where one has left', () => {
    let source: RpcLightSource
    let before: LightBlock
    let block: LightBlock

    beforeEach(async () => {
      source = new RpcLightSource(node(2).client.rpc)
      const height = began.get('leave') ?? 0n
      before = await source.block(height - 1n)
      block = await source.block(height)
    })
    const refusalOf = (from: LightBlock, to: LightBlock, by: LightRules = rules): string => {
      try {
        return verifyStep(from, to, by)
      } catch (error) {
        if (error instanceof LightError) return error.refusal
        throw error
      }
    }
    const signersOf = (members: readonly Member[]) => members.map(({ key }) => key)

    it('takes the honest block', () => {
      expect(refusalOf(before, block)).to.equal('ok')
    })

    it('refuses a changed header, commit or set', () => {
      const header = { ...block.header, appHash: new Uint8Array(32) }
      expect(refusalOf(before, { ...block, header })).to.equal('wrong_commit')
      const { validators } = before
      expect(refusalOf(before, { ...block, validators })).to.equal('wrong_validators')
      const nextValidators = before.validators
      expect(refusalOf(before, { ...block, nextValidators })).to.equal('wrong_next_validators')
      const richer = block.validators.map((one, i) => (i === 0 ? { ...one, power: 99_999n } : one))
      expect(refusalOf(before, { ...block, validators: richer })).to.equal('wrong_validators')
    })

    it('refuses wrong and missing signatures', () => {
      const { commit } = block
      const wrong = commit.signatures.map((sig) =>
        sig.flag === 2 ? { ...sig, signature: sig.signature.map((byte) => byte ^ 1) } : sig,
      )
      expect(refusalOf(before, { ...block, commit: { ...commit, signatures: wrong } })).to.equal(
        'bad_signature',
      )
      const few = commit.signatures.map((sig, i) => (i < 2 ? ABSENT_SIG : sig))
      expect(refusalOf(before, { ...block, commit: { ...commit, signatures: few } })).to.equal(
        'too_little_power',
      )
    })

    it('refuses a block that the old set signed, all of it', () => {
      const { validators, nextValidators } = before
      const forged = forge(block, {
        changes: { appHash: new Uint8Array(32) },
        validators,
        nextValidators,
        signers: signersOf(net.members),
      })
      expect(refusalOf(before, forged)).to.equal('wrong_validators')
    })

    it('is not led away by a third of those it trusted', async () => {
      const top = (await latest()) - 1n
      const first = await source.block(1n)
      const honest = await source.block(top)
      const gang = [...first.validators, ...block.validators].filter(({ address }) =>
        [ann, eve].some(({ key }) => toHex(key.address) === toHex(address)),
      )
      const forged = forge(honest, {
        changes: { appHash: new Uint8Array(32) },
        validators: gang,
        nextValidators: gang,
        signers: signersOf([ann, eve]),
      })
      // A third of the first set signed, and everybody whom the forged header names.
      expect(refusalOf(first, forged)).to.equal('not_enough_trust')
      const liar = {
        block: async (height: bigint) => (height === top ? forged : await source.block(height)),
      }
      let refusal: unknown
      await followBySkipping(liar, first, top, rules).catch((error: unknown) => {
        refusal = error
      })
      expect(refusal).to.be.instanceOf(LightError).with.property('refusal', 'wrong_validators')
    })

    it('refuses what is too old to be trusted and what is of the future', () => {
      const late = { ...rules, now: () => addNanos(before.header.time, HOUR) }
      expect(refusalOf(before, block, late)).to.equal('expired')
      const early = { ...rules, now: () => addNanos(block.header.time, -10_000_000_000n) }
      expect(refusalOf(before, block, early)).to.equal('from_the_future')
    })
  })
})
