import { expect } from 'chai'
import { parseDec } from '../../kit/dec.ts'
import { state, writeCommission, writeOutstanding, writePool } from '../state.ts'
import { address, genesisOf, ustrom, World } from './fixture.ts'

const STAKE = 100_000_000n
const coins = (text: string): { denom: string; amount: ReturnType<typeof parseDec> }[] => [
  { denom: 'ustrom', amount: parseDec(text) },
]

/** A chain on which every law holds; `spoil` breaks one. */
function spoilt(spoil: (world: World) => void): string {
  const world = new World(genesisOf([STAKE]))
  world.block()
  world.delegate(11, 1, STAKE)
  world.block(1_000_000n)
  expect(world.broken()).to.deep.equal([])
  spoil(world)
  return world.broken().join('; ')
}

describe('the laws of distribution', () => {
  it('nonnegative-outstanding sees commission that is not covered', () => {
    const broken = spoilt(({ chain }) =>
      writeCommission(chain.write(), address(1), coins('98000.000000000000000001')),
    )
    expect(broken).to.include('distribution/nonnegative-outstanding')
  })

  it('nonnegative-outstanding sees debts to a validator without records', () => {
    const broken = spoilt(({ chain }) => writeOutstanding(chain.write(), address(9), coins('1')))
    expect(broken).to.include('is owed and has no records')
  })

  it('can-withdraw sees rewards that could not be paid', () => {
    const broken = spoilt(({ chain }) => {
      writeCommission(chain.write(), address(1), [])
      writeOutstanding(chain.write(), address(1), coins('881998'))
    })
    expect(broken).to.include('distribution/can-withdraw: stromvaloper')
  })

  it('can-withdraw sees a stake above the worth of its shares and a delegation without beginning', () => {
    const over = spoilt(({ chain }) => {
      const ctx = chain.write()
      const key = [address(1), address(11)] as const
      const starting = state.starting.must(ctx, key)
      state.starting.set(ctx, key, { ...starting, stake: (BigInt(starting.stake) + 4n).toString() })
    })
    expect(over).to.include('above what its shares are worth')
    const lost = spoilt(({ chain }) =>
      state.starting.delete(chain.write(), [address(1), address(11)]),
    )
    expect(lost).to.include('has no beginning')
    expect(lost).to.include('references without reason')
  })

  it('reference-count sees a period that nothing refers to', () => {
    const broken = spoilt(({ chain }) =>
      state.historical.set(chain.write(), [address(1), 0n], {
        cumulativeRewardRatio: [],
        referenceCount: 1,
      }),
    )
    expect(broken).to.include('distribution/reference-count')
  })

  it('module-account sees a digit too many and a coin too few', () => {
    const digit = spoilt(({ chain }) => writePool(chain.write(), coins('20000.000000000000000001')))
    expect(digit).to.include('is no whole coin')
    const coin = spoilt(({ chain, modules }) =>
      modules.bank.api.sendFromModule(chain.write(), 'distribution', address(12), [ustrom(1n)]),
    )
    expect(coin).to.include('distribution/module-account: the account holds 999999ustrom')
  })
})
