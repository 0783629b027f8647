import { type Batch, BatchStatus, type Energy } from '../../proto/gen/strom/fleet/v1/state.ts'
import type { AuthApi } from '../auth/api.ts'
import type { BankApi } from '../bank/api.ts'
import { BASE_DENOM } from '../kit/coin.ts'
import { u64Key } from '../kit/keys.ts'
import type { Invariant } from '../kit/module.ts'
import { ACCOUNT } from './needs.ts'
import { ACCOUNTS, type Account, bitCount, plus, sameEnergy } from './rules.ts'
import { state, totalsOf } from './state.ts'

const NONE: Energy = { importWh: 0n, exportWh: 0n }

/** What is wrong with books of Wh: escrow + entered + refused + dropped must be what was stated. */
export function booksProblem(books: Pick<Batch, Account | 'stated'>): string | undefined {
  const sum = ACCOUNTS.reduce((total, name) => plus(total, books[name]), NONE)
  if (sameEnergy(sum, books.stated)) return undefined
  const show = ({ importWh, exportWh }: Energy): string => `${importWh} and ${exportWh} Wh`
  return `${show(books.stated)} stated, accounts hold ${show(sum)}`
}

/** Every Wh of a batch, and of all batches ever, stands in exactly one account; a void batch holds no escrow. */
const booksBalance: Invariant = {
  name: 'books-balance',
  check(ctx) {
    let escrow = NONE
    for (const [id, batch] of state.batches.entries(ctx)) {
      const broken = booksProblem(batch)
      if (broken !== undefined) return `batch ${id}: ${broken}`
      const isVoid = batch.status === BatchStatus.BATCH_STATUS_VOID
      if (isVoid && !sameEnergy(batch.escrow, NONE)) return `batch ${id} is void and holds escrow`
      escrow = plus(escrow, batch.escrow)
    }
    const totals = totalsOf(ctx)
    const broken = booksProblem(totals)
    if (broken !== undefined) return `totals: ${broken}`
    if (sameEnergy(escrow, totals.escrow)) return undefined
    return `batches hold ${escrow.importWh} and ${escrow.exportWh} Wh in escrow, totals say otherwise`
  },
}

/** As many bits are set as leaves are entered, refused or struck, and never one beyond the last leaf. */
const bitmapsMatch: Invariant = {
  name: 'bitmaps-match',
  check(ctx) {
    for (const [id, batch] of state.batches.entries(ctx)) {
      let bits = 0
      const scan = { prefix: u64Key.encodePart(id) }
      for (const [, row] of state.entered.entries(ctx, scan)) bits += bitCount(row.bits)
      const settled = batch.enteredLeaves + batch.refusedLeaves + batch.struckLeaves
      if (bits !== settled) return `batch ${id}: ${bits} bits set, ${settled} leaves settled`
      if (settled > batch.count) return `batch ${id}: ${settled} leaves settled of ${batch.count}`
    }
    return undefined
  },
}

/** Each batch counts its open demands, and each demand waits in the queue. */
const demandsMatch: Invariant = {
  name: 'demands-match',
  check(ctx) {
    const open = new Map<bigint, number>()
    let [demands, queued] = [0, 0]
    for (const [[batch, index], demand] of state.demands.entries(ctx)) {
      demands += 1
      open.set(batch, (open.get(batch) ?? 0) + 1)
      if (!state.due.has(ctx, [demand.due, batch, index])) return `${batch} ${index} is not queued`
    }
    for (const _ of state.due.keys(ctx)) queued += 1
    if (queued !== demands) return `${demands} demands, ${queued} queued`
    for (const [id, batch] of state.batches.entries(ctx)) {
      const found = open.get(id) ?? 0
      if (found !== batch.openDemands) return `batch ${id}: ${found} demands, says otherwise`
    }
    return undefined
  },
}

/** Each batch is found by gateway and in the queue of expiry, and nothing else is. */
const indexesMatch: Invariant = {
  name: 'indexes-match',
  check(ctx) {
    let [batches, found, queued] = [0, 0, 0]
    for (const [id, batch] of state.batches.entries(ctx)) {
      batches += 1
      const { gateway, tick, part, expiry } = batch
      if (state.byGateway.get(ctx, [gateway, tick, BigInt(part)]) !== id)
        return `${id} is not found`
      if (!state.expiring.has(ctx, [expiry, id])) return `batch ${id} does not expire`
    }
    for (const _ of state.byGateway.entries(ctx)) found += 1
    for (const _ of state.expiring.keys(ctx)) queued += 1
    if (batches === found && batches === queued) return undefined
    return `${batches} batches, ${found} found by gateway, ${queued} queued`
  },
}

/** The module account holds the deposits of all open demands. */
function depositsHeld({ auth, bank }: { auth: AuthApi; bank: BankApi }): Invariant {
  return {
    name: 'deposits-held',
    check(ctx) {
      let owed = 0n
      for (const [, demand] of state.demands.entries(ctx)) owed += demand.deposit
      const held = bank.balance(ctx, auth.moduleAddress(ctx.hasher, ACCOUNT), BASE_DENOM)
      return held >= owed ? undefined : `${owed} ${BASE_DENOM} of deposits, ${held} held`
    },
  }
}

/** The laws of fleet. */
export function invariants(needs: { auth: AuthApi; bank: BankApi }): readonly Invariant[] {
  return [booksBalance, bitmapsMatch, demandsMatch, indexesMatch, depositsHeld(needs)]
}
