import { createHash } from 'node:crypto'
import { fromBase64, toBech32 } from '@cosmjs/encoding'
import { coin, coins } from '@cosmjs/stargate'
import { expect } from 'chai'
import { differences } from '../support/shape.ts'
import type { Stage } from '../support/stage.ts'
import { addressOf } from '../support/users.ts'
import { basics } from './rest-basics.ts'
import { paths } from './rest-shapes.ts'

/** What the first validator is called on the consensus side, from its key as explorers work it out. */
async function valconsOf(stage: Stage): Promise<string> {
  const { body } = await stage.rest(`/cosmos/staking/v1beta1/validators/${stage.valoper(0)}`)
  const { validator } = body as { validator: { consensus_pubkey: { key: string } } }
  const key = fromBase64(validator.consensus_pubkey.key)
  return toBech32('stromvalcons', createHash('sha256').update(key).digest().subarray(0, 20))
}

/** A few coins make an account that has no key yet. */
const sending = ({ alice }: Stage, toAddress: string) => ({
  typeUrl: '/cosmos.bank.v1beta1.MsgSend',
  value: { fromAddress: alice.address, toAddress, amount: coins(3, 'ustrom') },
})

/** A proposal that is being voted on, with stake that moves and leaves meanwhile. */
async function prepared(stage: Stage): Promise<string> {
  const { direct: user } = stage
  const { events } = await user.send({
    typeUrl: '/cosmos.gov.v1.MsgSubmitProposal',
    value: {
      messages: [],
      initialDeposit: coins(1000, 'ustrom'),
      proposer: user.address,
      metadata: 'https://example.org',
      title: 'to look at',
      summary: 'over REST',
      expedited: false,
    },
  })
  const proposed = events.find(({ type }) => type === 'submit_proposal')
  const id = proposed?.attributes.find(({ key }) => key === 'proposal_id')?.value ?? ''
  await user.send(
    {
      typeUrl: '/cosmos.gov.v1.MsgVote',
      value: { proposalId: BigInt(id), voter: user.address, option: 1, metadata: '' },
    },
    {
      typeUrl: '/cosmos.staking.v1beta1.MsgUndelegate',
      value: {
        delegatorAddress: user.address,
        validatorAddress: stage.valoper(0),
        amount: coin(7, 'ustrom'),
      },
    },
    {
      typeUrl: '/cosmos.staking.v1beta1.MsgBeginRedelegate',
      value: {
        delegatorAddress: user.address,
        validatorSrcAddress: stage.valoper(0),
        validatorDstAddress: user.valoper,
        amount: coin(9, 'ustrom'),
      },
    },
  )
  return id
}

/** REST as ping.pub and Keplr ask it. */
export const restSuite = (stage: () => Stage) =>
  describe('the REST gateway', () => {
    it('rest: every path of wallets and explorers answers in the shapes of the SDK', async () => {
      const { direct, amino } = stage()
      const [voting, valcons] = await Promise.all([prepared(stage()), valconsOf(stage())])
      const names = {
        user: direct.address,
        other: amino.address,
        valoper: stage().valoper(0),
        second: stage().valoper(1),
        valcons,
        voting,
        fresh: await addressOf('basic of direct'),
      }
      await stage().alice.send(sending(stage(), names.fresh))
      const asked = { ...paths(names), ...basics(names) }
      const wrong = await Promise.all(
        Object.entries(asked).map(async ([path, shape]) => {
          const { status, body } = await stage().rest(path)
          if (status !== 200) return [`${path}: ${status} ${JSON.stringify(body)}`]
          return differences(body, shape, path)
        }),
      )
      expect(wrong.flat()).to.deep.equal([])
    })

    it('rest: pages are cut and continued, counted and turned round', async () => {
      const path = '/cosmos/staking/v1beta1/validators'
      interface Page {
        readonly validators: readonly { readonly operator_address: string }[]
        readonly pagination: { readonly next_key: string | null; readonly total: string }
      }
      const page = async (query: string): Promise<Page> =>
        (await stage().rest(`${path}?${query}`)).body as Page
      const names = ({ validators }: Page): string[] => validators.map((v) => v.operator_address)
      const all = await page('')
      expect([names(all).length, all.pagination.total]).to.deep.equal([4, '4'])
      const first = await page('pagination.limit=3&pagination.count_total=true')
      expect([names(first), first.pagination.total]).to.deep.equal([names(all).slice(0, 3), '4'])
      const key = encodeURIComponent(first.pagination.next_key ?? '')
      expect(names(await page(`pagination.key=${key}`))).to.deep.equal(names(all).slice(3))
      expect(names(await page('pagination.offset=1&pagination.limit=2'))).to.deep.equal(
        names(all).slice(1, 3),
      )
      expect(names(await page('pagination.reverse=true'))).to.deep.equal(names(all).reverse())
    })

    it('rest: what is not there is 404, what is no address 400, what is not served 501', async () => {
      const { direct, alice } = stage()
      const status = async (path: string): Promise<readonly [number, unknown]> => {
        const answer = await stage().rest(path)
        return [answer.status, (answer.body as { code: unknown }).code]
      }
      const staking = '/cosmos/staking/v1beta1/validators'
      expect(await status(`${staking}/${alice.valoper}`)).to.deep.equal([404, 5])
      expect(await status(`${staking}/${direct.address}`)).to.deep.equal([400, 3])
      expect(
        await status(`${staking}/${stage().valoper(0)}/delegations/${alice.address}`),
      ).to.deep.equal([404, 5])
      expect(await status('/cosmos/gov/v1/proposals/999')).to.deep.equal([404, 5])
      for (const path of [
        '/cosmos/params/v1beta1/params?subspace=a&key=b',
        '/cosmos/group/v1/groups',
        '/interchain_security/ccv/provider/consumer_chains',
        '/feemarket/v1/params',
      ])
        expect(await status(path), path).to.deep.equal([501, 12])
    })

    it('rest: a height of the past is answered with the state of then, a pruned one with 400', async () => {
      const latest = await stage().direct.client.getHeight()
      const at = async (height: number) => {
        const response = await fetch(`${stage().restUrl}/cosmos/mint/v1beta1/annual_provisions`, {
          headers: { 'x-cosmos-block-height': height.toString() },
        })
        const told = response.headers.get('grpc-metadata-x-cosmos-block-height')
        return { status: response.status, told, body: await response.json() }
      }
      const [then, later] = [await at(latest - 20), await at(latest)]
      expect([then.status, then.told]).to.deep.equal([200, `${latest - 20}`])
      expect(later.body).to.not.deep.equal(then.body)
      expect((await at(latest - 20)).body).to.deep.equal(then.body)
      expect((await at(1)).status).to.equal(400)
    })
  })
