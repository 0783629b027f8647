import { Minter } from '../../proto/gen/cosmos/mint/v1beta1/mint.ts'
import type { BankApi } from '../bank/api.ts'
import type { Coin } from '../kit/coin.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'
import { decRaw } from '../kit/dec.ts'
import { InvariantError } from '../kit/errors.ts'
import { min, mulDivFloor } from '../kit/math.ts'
import { PPM } from '../kit/units.ts'
import type { StakingApi } from '../staking/api.ts'
import type { ProvisionShare } from './api.ts'
import { minted } from './events.ts'
import { checkParams } from './params.ts'
import { annualProvisions, blockProvision, MAX_SUPPLY, nextInflation } from './rules.ts'
import { state } from './state.ts'

/** Name of the account that new coins appear in; it is empty again at the end of the phase. */
export const MINT_ACCOUNT = 'mint'

const FEE_COLLECTOR = 'fee_collector'

/** Moves inflation, creates the block's provision and gives each share its part and the fee collector the rest. */
export function beginBlock(
  ctx: BlockContext,
  deps: { readonly bank: BankApi; readonly staking: StakingApi },
  shares: readonly ProvisionShare[],
): void {
  const { bank, staking } = deps
  const params = checkParams(state.params.must(ctx))
  const ratio = staking.bondedRatio(ctx)
  const before = decRaw(BigInt(state.minter.must(ctx).inflation))
  const inflation = nextInflation(before, params, ratio)
  const provisions = annualProvisions(inflation, bank.supply(ctx, staking.params(ctx).bondDenom))
  state.minter.set(
    ctx,
    Minter.create({
      inflation: inflation.toString(),
      annualProvisions: provisions.toString(),
    }),
  )
  // Where the SDK would stop the chain, nothing more is created.
  const room = MAX_SUPPLY - bank.supply(ctx, params.mintDenom)
  const amount = min(blockProvision(provisions, params.blocksPerYear), room)
  if (amount > 0n) {
    bank.mint(ctx, MINT_ACCOUNT, [{ denom: params.mintDenom, amount }])
    for (const { module, coin } of split(ctx, { denom: params.mintDenom, amount }, shares))
      bank.sendModuleToModule(ctx, MINT_ACCOUNT, module, [coin])
  }
  ctx.emit(minted(ratio, inflation, provisions, amount))
}

/** Parts of a provision by account: shares in order of registration, rounded down, then the rest. Zeros are left out. */
function split(
  ctx: ReadContext,
  { denom, amount }: Coin,
  shares: readonly ProvisionShare[],
): { readonly module: string; readonly coin: Coin }[] {
  let rest = amount
  let total = 0n
  const parts: { module: string; coin: Coin }[] = []
  const give = (module: string, part: bigint): void => {
    if (part > 0n) parts.push({ module, coin: { denom, amount: part } })
  }
  for (const share of shares) {
    const ppm = share.ppm(ctx)
    total += ppm
    if (ppm < 0n || total > PPM)
      throw new InvariantError(`mint: shares of the provision add up to ${total} ppm`)
    const part = mulDivFloor(amount, ppm, PPM)
    rest -= part
    give(share.module, part)
  }
  give(FEE_COLLECTOR, rest)
  return parts
}
