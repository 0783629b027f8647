import { type TallyResult, VoteOption } from '../../proto/gen/cosmos/gov/v1/gov.ts'
import { type Coin, formatCoins, parseCoins, toWire, type WireCoin } from '../kit/coin.ts'
import {
  DEC_ONE,
  DEC_ZERO,
  type Dec,
  decMul,
  decOf,
  decQuo,
  decRaw,
  decRound,
  decTruncate,
  parseDec,
} from '../kit/dec.ts'

/** A share of a vote: one option with its part of one. */
export interface Weighted {
  readonly option: VoteOption
  readonly weight: Dec
}

/** A validator whose tokens vote. */
export interface VotingValidator {
  /** Bech32 operator address. */
  readonly operator: string
  readonly tokens: bigint
  readonly shares: Dec
}

/** One ballot: whose vote it is as a validator, how it votes, and the shares it holds itself. */
export interface Ballot {
  /** Bech32 operator address of the same account, whether it is a validator or not. */
  readonly operator: string
  readonly options: readonly Weighted[]
  readonly delegations: readonly { readonly operator: string; readonly shares: Dec }[]
}

/** Power by option, 18 digits, and their sum. */
export interface Count {
  readonly yes: Dec
  readonly abstain: Dec
  readonly no: Dec
  readonly veto: Dec
  readonly total: Dec
}

const { VOTE_OPTION_YES, VOTE_OPTION_ABSTAIN, VOTE_OPTION_NO, VOTE_OPTION_NO_WITH_VETO } =
  VoteOption

/** Whether it is one of the four options. */
export function isOption(option: VoteOption): boolean {
  return option >= VOTE_OPTION_YES && option <= VOTE_OPTION_NO_WITH_VETO
}

/** Reads `0.5`; undefined when it is no decimal number. */
export function readDec(text: string): Dec | undefined {
  try {
    return parseDec(text)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Reads a decimal that was checked when it was stored. */
export const storedDec = (text: string): Dec => parseDec(text)

/** Options of a stored vote. */
export function readOptions(
  options: readonly { readonly option: VoteOption; readonly weight: string }[],
): Weighted[] {
  return options.map(({ option, weight }) => ({ option, weight: storedDec(weight) }))
}

/**
 * Counts as x/gov does: who delegates and votes takes its shares out of what its validators vote with; validators vote with
 * the rest. Shares are worth shares x tokens / all shares, halves to even at the 18th digit, and so is every part of them.
 */
export function count(validators: readonly VotingValidator[], ballots: readonly Ballot[]): Count {
  const power = new Map<VoteOption, Dec>()
  let total: Dec = DEC_ZERO
  const cast = (options: readonly Weighted[], votes: Dec): void => {
    for (const { option, weight } of options)
      power.set(option, decRaw((power.get(option) ?? 0n) + decMul(votes, weight)))
    total = decRaw(total + votes)
  }
  const known = new Map(validators.map((validator) => [validator.operator, validator]))
  const deducted = new Map<string, Dec>()
  const own = new Map<string, readonly Weighted[]>()
  for (const { operator, options, delegations } of ballots) {
    own.set(operator, options)
    for (const { operator: to, shares } of delegations) {
      const validator = known.get(to)
      if (validator === undefined) continue
      deducted.set(to, decRaw((deducted.get(to) ?? 0n) + shares))
      cast(options, worth(shares, validator))
    }
  }
  for (const validator of validators) {
    const options = own.get(validator.operator)
    if (options === undefined || options.length === 0) continue
    const rest = decRaw(validator.shares - (deducted.get(validator.operator) ?? 0n))
    cast(options, worth(rest, validator))
  }
  const of = (option: VoteOption): Dec => power.get(option) ?? DEC_ZERO
  return {
    yes: of(VOTE_OPTION_YES),
    abstain: of(VOTE_OPTION_ABSTAIN),
    no: of(VOTE_OPTION_NO),
    veto: of(VOTE_OPTION_NO_WITH_VETO),
    total,
  }
}

function worth(shares: Dec, { tokens, shares: all }: VotingValidator): Dec {
  return all === 0n ? DEC_ZERO : decQuo(decRaw(shares * tokens), all)
}

/** The counts as the chain states them: whole tokens, cut. */
export function tallyResult(counted: Pick<Count, 'yes' | 'abstain' | 'no' | 'veto'>): TallyResult {
  return {
    yesCount: decTruncate(counted.yes).toString(),
    abstainCount: decTruncate(counted.abstain).toString(),
    noCount: decTruncate(counted.no).toString(),
    noWithVetoCount: decTruncate(counted.veto).toString(),
  }
}

/** The result before anybody voted. */
export const emptyTally = (): TallyResult =>
  tallyResult({ yes: DEC_ZERO, abstain: DEC_ZERO, no: DEC_ZERO, veto: DEC_ZERO })

/** What decides a vote. */
export interface Bars {
  readonly quorum: Dec
  readonly threshold: Dec
  readonly veto: Dec
  readonly burnQuorum: boolean
  readonly burnVeto: boolean
}

/**
 * Verdict of a count in the SDK's order: no stake, quorum missed, all abstain, veto, threshold. A quorum is met at exactly its
 * value; veto and threshold must be exceeded.
 */
export function verdict(
  counted: Count,
  bonded: bigint,
  bars: Bars,
): { readonly passes: boolean; readonly burns: boolean } {
  if (bonded === 0n) return { passes: false, burns: false }
  const turnout = decQuo(counted.total, decOf(bonded))
  if (turnout < bars.quorum) return { passes: false, burns: bars.burnQuorum }
  const decided = decRaw(counted.total - counted.abstain)
  if (decided === 0n) return { passes: false, burns: false }
  if (decQuo(counted.veto, counted.total) > bars.veto)
    return { passes: false, burns: bars.burnVeto }
  return { passes: decQuo(counted.yes, decided) > bars.threshold, burns: false }
}

/** A part of every coin, cut; zeros left out. */
export function partOf(coins: readonly Coin[], ratio: Dec): Coin[] {
  return coins
    .map(({ denom, amount }) => ({ denom, amount: decTruncate(decMul(decOf(amount), ratio)) }))
    .filter(({ amount }) => amount > 0n)
}

/** A part of every coin, to the nearest, halves to even; zeros stay. */
export function nearestPart(coins: readonly Coin[], ratio: Dec): Coin[] {
  return coins.map(({ denom, amount }) => ({
    denom,
    amount: decRound(decMul(decOf(amount), ratio)),
  }))
}

/** Sum of two lists, sorted by denomination, zeros left out. */
export function addCoins(a: readonly Coin[], b: readonly Coin[]): Coin[] {
  const sums = new Map<string, bigint>()
  for (const { denom, amount } of [...a, ...b]) sums.set(denom, (sums.get(denom) ?? 0n) + amount)
  return [...sums]
    .filter(([, amount]) => amount !== 0n)
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([denom, amount]) => ({ denom, amount }))
}

/** First list less the second, which is part of it; zeros left out. */
export function subCoins(a: readonly Coin[], b: readonly Coin[]): Coin[] {
  return addCoins(
    a,
    b.map(({ denom, amount }) => ({ denom, amount: -amount })),
  )
}

/** Amount of one denomination. */
export function amountOf(coins: readonly Coin[], denom: string): bigint {
  return coins.find((coin) => coin.denom === denom)?.amount ?? 0n
}

/** Whether a list has at least as much of every coin of the other. */
export function covers(coins: readonly Coin[], needed: readonly Coin[]): boolean {
  return needed.every(({ denom, amount }) => amountOf(coins, denom) >= amount)
}

/** Coins that were checked when they were stored. */
export const storedCoins = (coins: readonly WireCoin[]): Coin[] => parseCoins(coins)

/** The wire form of a list. */
export const wireCoins = (coins: readonly Coin[]): ReturnType<typeof toWire>[] => coins.map(toWire)

/** Text of a list for errors. */
export const coinText = formatCoins

/** Whether weights are one in all, each above 0 and at most 1; gives the reason when they are not. */
export function weightProblem(options: readonly Weighted[]): string | undefined {
  const sum = options.reduce((all, { weight }) => all + weight, 0n)
  if (sum > DEC_ONE) return 'total weight overflow 1.00'
  return sum < DEC_ONE ? 'total weight lower than 1.00' : undefined
}
