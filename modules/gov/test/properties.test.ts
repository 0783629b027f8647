import { expect } from 'chai'
import fc from 'fast-check'
import {
  MsgCancelProposal,
  MsgDeposit,
  MsgSubmitProposal,
  MsgVote,
} from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { MsgUndelegate } from '../../../proto/gen/cosmos/staking/v1beta1/tx.ts'
import { ChainError } from '../../kit/errors.ts'
import { account, coins, DAY, genesisOf, makeModules, T, valoper, World } from './world.ts'

/** Something somebody does; small numbers choose who, what and how much. */
type Step = readonly [kind: number, who: number, what: number, amount: number]

const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(6), fc.nat(5), fc.nat(5), fc.nat(30))

/** Does it; what is refused leaves no trace, so the laws tell whether that is so. */
function take(w: World, [kind, person, what, amount]: Step): void {
  const [n, id] = [person + 1, BigInt(what + 1)]
  const some = coins(BigInt(amount + 1) * T)
  try {
    switch (kind) {
      case 0:
        w.send(
          MsgSubmitProposal,
          w.proposal({ proposer: account(n), initialDeposit: some, expedited: what > 3 }),
        )
        break
      case 1:
        w.send(MsgDeposit, { proposalId: id, depositor: account(n), amount: some })
        break
      case 2:
        w.send(MsgVote, {
          proposalId: id,
          voter: account(n),
          option: (amount % 4) + 1,
          metadata: '',
        })
        break
      case 3:
        w.send(MsgCancelProposal, { proposalId: id, proposer: account(n) })
        break
      case 4:
        w.delegate(n, (what % 3) + 1, BigInt(amount + 1) * T)
        break
      case 5:
        w.send(MsgUndelegate, {
          delegatorAddress: account(n),
          validatorAddress: valoper((what % 3) + 1),
          amount: { denom: 'ustrom', amount: `${BigInt(amount + 1) * T}` },
        })
        break
      default:
        w.pass(what === 0 ? DAY : BigInt(amount + 1) * 3_600n)
    }
  } catch (error) {
    if (!(error instanceof ChainError)) throw error
  }
}

describe('any history of governance', () => {
  it('keeps the laws, burns only what it says and gives every other deposit back', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 20, maxLength: 60 }),
        fc.boolean(),
        fc.boolean(),
        (steps, quorum, prevote) => {
          const w = new World(
            genesisOf([20n * T, 10n * T, 5n * T], {
              burn_vote_quorum: quorum,
              burn_proposal_deposit_prevote: prevote,
            }),
          )
          const supply = w.supply()
          for (const one of steps) take(w, one)
          // A deposit period, then a vote.
          for (let i = 0; i < 5; i++) w.pass(DAY)
          w.checkLaws()
          const burned = w.chain.events
            .filter(({ type }) => type === 'burn')
            .flatMap(({ attributes }) => attributes.filter(([key]) => key === 'amount'))
            .reduce((sum, [, amount]) => sum + BigInt(amount.replace('ustrom', '')), 0n)
          expect(supply - w.supply()).to.equal(burned)
          // Nothing runs any more, so the account of governance is empty.
          expect(w.held('gov')).to.equal(0n)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('goes on from an export as it would have without', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 15, maxLength: 30 }),
        fc.array(step, { maxLength: 15 }),
        (before, after) => {
          const first = new World(genesisOf([20n * T, 10n * T, 5n * T]))
          for (const one of before) take(first, one)
          const modules = makeModules()
          const exported = Object.fromEntries(
            first.modules.list.map(({ name, genesis }) => [
              name,
              genesis.export(first.chain.query()),
            ]),
          )
          const second = new World(exported, modules)
          second.chain.height = first.chain.height
          second.chain.time = first.chain.time
          expect(second.chain.contentHash('gov')).to.equal(first.chain.contentHash('gov'))
          for (const one of after) {
            take(first, one)
            take(second, one)
          }
          expect(second.chain.contentHash('gov')).to.equal(first.chain.contentHash('gov'))
          expect(second.chain.contentHash('bank')).to.equal(first.chain.contentHash('bank'))
        },
      ),
      { numRuns: 15 },
    )
  })
})
