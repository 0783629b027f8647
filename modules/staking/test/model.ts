/**
 * A second staking, written for nothing but plainness: all state in maps, every set and sum computed anew from all of it.
 * What the module keeps in indexes, queues and histories, this finds by looking at everything.
 */

export type Status = 'unbonded' | 'unbonding' | 'bonded'

export interface ModelValidator {
  tokens: bigint
  shares: bigint
  status: Status
  jailed: boolean
  minSelf: bigint
  cap: bigint | undefined
  unbondTime: bigint
  unbondHeight: bigint
}

interface Unbonding {
  height: bigint
  time: bigint
  initial: bigint
  balance: bigint
}

interface Redelegation {
  height: bigint
  time: bigint
  initial: bigint
  shares: bigint
}

const ONE = 10n ** 18n

/** Halves to even. */
function round(value: bigint, by: bigint): bigint {
  const whole = value / by
  const twice = (value % by) * 2n
  return twice > by || (twice === by && whole % 2n === 1n) ? whole + 1n : whole
}

/** Reads `delegator/validator` or `delegator/source/destination`. */
export const parts = (name: string): number[] => name.split('/').map(Number)

const inOrder = <V>(map: Map<string, V>): [string, V][] =>
  [...map].sort(([a], [b]) => {
    const [left, right] = [parts(a), parts(b)]
    for (let i = 0; i < left.length; i++) {
      const difference = (left[i] ?? 0) - (right[i] ?? 0)
      if (difference !== 0) return difference
    }
    return 0
  })

/** Refused with the code that the module must answer. */
export class Refused extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

const refuse = (code: string): never => {
  throw new Refused(code)
}

export class Model {
  height = 1n
  time: bigint
  readonly unbondingTime: bigint
  readonly maxEntries: number
  maxValidators: number
  validators = new Map<number, ModelValidator>()
  delegations = new Map<string, bigint>()
  unbondings = new Map<string, Unbonding[]>()
  redelegations = new Map<string, Redelegation[]>()
  balances = new Map<number, bigint>()
  last = new Map<number, bigint>()
  /** Tokens of the set decided at the end of each height; that of genesis at 0. */
  sets: Map<number, bigint>[] = []
  /** Time of each height. */
  times: bigint[] = []
  burned = 0n

  constructor(
    start: { time: bigint; unbondingTime: bigint; maxEntries: number; maxValidators: number },
    validators: readonly (readonly [number, bigint])[],
  ) {
    this.time = start.time
    this.unbondingTime = start.unbondingTime
    this.maxEntries = start.maxEntries
    this.maxValidators = start.maxValidators
    for (const [n, tokens] of validators) {
      this.validators.set(n, { ...fresh(), tokens, shares: tokens * ONE, status: 'bonded' })
      this.delegations.set(`${n}/${n}`, tokens * ONE)
      this.last.set(n, tokens / 1_000_000n)
    }
    this.sets[0] = new Map(validators)
    this.times = [start.time, start.time]
  }

  copy(): Model {
    const twin: Model = Object.assign(Object.create(Model.prototype), this)
    twin.validators = new Map([...this.validators].map(([n, v]) => [n, { ...v }]))
    twin.delegations = new Map(this.delegations)
    twin.unbondings = new Map([...this.unbondings].map(([k, e]) => [k, e.map((x) => ({ ...x }))]))
    twin.redelegations = new Map(
      [...this.redelegations].map(([k, e]) => [k, e.map((x) => ({ ...x }))]),
    )
    twin.balances = new Map(this.balances)
    twin.last = new Map(this.last)
    return twin
  }

  create(n: number, amount: bigint, minSelf: bigint): void {
    if (amount < minSelf) refuse('staking 16')
    if (this.validators.has(n)) refuse('staking 4')
    this.validators.set(n, { ...fresh(), minSelf })
    this.delegate(n, n, amount)
  }

  delegate(d: number, v: number, amount: bigint): void {
    const free = this.balances.get(d) ?? 0n
    const to = this.validators.get(v) ?? refuse('staking 3')
    if (to.tokens === 0n && to.shares > 0n) refuse('staking 34')
    if (free < amount) refuse('sdk 5')
    this.balances.set(d, free - amount)
    this.give(d, v, amount)
  }

  undelegate(d: number, v: number, amount: bigint): void {
    const shares = this.sharesFor(d, v, amount)
    const entries = this.unbondings.get(`${d}/${v}`) ?? []
    if (entries.length >= this.maxEntries) refuse('staking 27')
    const got = this.unbond(d, v, shares)
    const time = this.time + this.unbondingTime
    const joined = entries.find((e) => e.height === this.height && e.time === time)
    if (joined === undefined)
      entries.push({ height: this.height, time, initial: got, balance: got })
    else {
      joined.initial += got
      joined.balance += got
    }
    this.unbondings.set(`${d}/${v}`, entries)
  }

  cancel(d: number, v: number, amount: bigint, height: bigint): void {
    const to = this.validators.get(v) ?? refuse('staking 3')
    if (to.tokens === 0n && to.shares > 0n) refuse('staking 34')
    if (to.jailed) refuse('staking 7')
    const entries = this.unbondings.get(`${d}/${v}`) ?? refuse('sdk 22')
    const entry = entries.find((e) => e.height === height) ?? refuse('sdk 38')
    if (entry.balance < amount || entry.time < this.time) refuse('sdk 18')
    this.give(d, v, amount)
    entry.balance -= amount
    entry.initial -= amount
    this.keep(
      this.unbondings,
      `${d}/${v}`,
      entries.filter((e) => e !== entry || e.balance > 0n),
    )
  }

  redelegate(d: number, s: number, v: number, amount: bigint): void {
    const shares = this.sharesFor(d, s, amount)
    if (s === v) refuse('staking 29')
    if (!this.validators.has(v)) refuse('staking 31')
    for (const name of this.redelegations.keys()) {
      const [who, , to] = parts(name)
      if (who === d && to === s) refuse('staking 32')
    }
    const name = `${d}/${s}/${v}`
    const entries = this.redelegations.get(name) ?? []
    if (entries.length >= this.maxEntries) refuse('staking 33')
    const got = this.unbond(d, s, shares)
    if (got === 0n) refuse('staking 30')
    const created = this.give(d, v, got)
    const source = this.validators.get(s)
    if (source?.status === 'unbonded') return
    const waits = source === undefined || source.status === 'bonded'
    entries.push({
      height: waits ? this.height : source.unbondHeight,
      time: waits ? this.time + this.unbondingTime : source.unbondTime,
      initial: got,
      shares: created,
    })
    this.redelegations.set(name, entries)
  }

  /** Returns what was burned of the validator itself. */
  slash(v: number, at: bigint, fraction: bigint): bigint {
    const validator = this.validators.get(v)
    if (validator === undefined || validator.status === 'unbonded') return 0n
    const decided = at > 2n ? Number(at - 2n) : 0
    let owed = ((this.sets[decided]?.get(v) ?? 0n) * fraction) / ONE
    const counts = (e: { height: bigint; time: bigint }): boolean =>
      e.height >= at - 1n && e.time > this.time
    for (const [name, entries] of inOrder(this.unbondings)) {
      if (parts(name)[1] !== v) continue
      for (const entry of entries.filter(counts)) {
        const part = (entry.initial * fraction) / ONE
        owed -= part
        this.burn(entry, part)
      }
    }
    for (const [name, entries] of inOrder(this.redelegations)) {
      const [d = 0, from, to = 0] = parts(name)
      if (from !== v) continue
      for (const entry of entries.filter(counts)) {
        const part = (entry.initial * fraction) / ONE
        owed -= part
        let left = part
        for (const other of (this.unbondings.get(`${d}/${to}`) ?? []).filter(counts))
          left -= this.burn(other, left)
        let shares = round(entry.shares * fraction, ONE)
        const held = this.delegations.get(`${d}/${to}`)
        if (shares === 0n || left === 0n || held === undefined) continue
        if (shares > held) shares = held
        this.burned += this.unbond(d, to, shares)
      }
    }
    const gone = owed < 0n ? 0n : owed < validator.tokens ? owed : validator.tokens
    validator.tokens -= gone
    this.burned += gone
    return gone
  }

  /** Ends the block; the powers that changed, 0 for who left. */
  endBlock(): Map<number, bigint> {
    const next = this.elect()
    const updates = new Map<number, bigint>()
    for (const [n, power] of next) {
      if (this.last.get(n) !== power) updates.set(n, power)
      const validator = this.validators.get(n)
      if (validator !== undefined) validator.status = 'bonded'
    }
    for (const n of this.last.keys()) {
      if (next.has(n)) continue
      updates.set(n, 0n)
      const validator = this.validators.get(n)
      if (validator === undefined) continue
      validator.status = 'unbonding'
      validator.unbondTime = this.time + this.unbondingTime
      validator.unbondHeight = this.height
    }
    this.last = next
    this.sets[Number(this.height)] = new Map(
      [...next.keys()].map((n) => [n, this.validators.get(n)?.tokens ?? 0n]),
    )
    this.mature()
    return updates
  }

  nextBlock(seconds: bigint): void {
    this.height += 1n
    this.time += seconds
    this.times[Number(this.height)] = this.time
  }

  powerOf(v: ModelValidator): bigint {
    const power = v.tokens / 1_000_000n
    return v.cap !== undefined && v.cap < power ? v.cap : power
  }

  private elect(): Map<number, bigint> {
    const fit = [...this.validators].filter(([, v]) => !v.jailed && this.powerOf(v) > 0n)
    const ranked = fit.map(([n, v]) => [n, this.powerOf(v)] as const)
    const order = (a: readonly [number, bigint], b: readonly [number, bigint]): number =>
      a[1] === b[1] ? a[0] - b[0] : a[1] > b[1] ? -1 : 1
    const chosen = ranked.sort(order).slice(0, this.maxValidators)
    return new Map(chosen.length > 0 ? chosen : [...this.last].sort(order).slice(0, 1))
  }

  private mature(): void {
    for (const [n, v] of [...this.validators]) {
      if (v.status !== 'unbonding' || v.unbondTime > this.time) continue
      v.status = 'unbonded'
      if (v.shares === 0n) this.validators.delete(n)
    }
    for (const [name, entries] of [...this.unbondings]) {
      const [d = 0] = parts(name)
      for (const entry of entries)
        if (entry.time <= this.time)
          this.balances.set(d, (this.balances.get(d) ?? 0n) + entry.balance)
      this.keep(
        this.unbondings,
        name,
        entries.filter((e) => e.time > this.time),
      )
    }
    for (const [name, entries] of [...this.redelegations])
      this.keep(
        this.redelegations,
        name,
        entries.filter((e) => e.time > this.time),
      )
  }

  private burn(entry: Unbonding, part: bigint): bigint {
    const taken = part < entry.balance ? part : entry.balance
    entry.balance -= taken
    this.burned += taken
    return taken
  }

  private give(d: number, v: number, amount: bigint): bigint {
    const to = this.validators.get(v) ?? refuse('staking 3')
    if (to.tokens === 0n && to.shares > 0n) refuse('staking 34')
    const shares = to.shares === 0n ? amount * ONE : (to.shares * amount) / to.tokens
    to.tokens += amount
    to.shares += shares
    this.delegations.set(`${d}/${v}`, (this.delegations.get(`${d}/${v}`) ?? 0n) + shares)
    return shares
  }

  private sharesFor(d: number, v: number, amount: bigint): bigint {
    const from = this.validators.get(v) ?? refuse('staking 3')
    const held = this.delegations.get(`${d}/${v}`) ?? refuse('staking 19')
    if (from.tokens === 0n) refuse('staking 22')
    const shares = (from.shares * amount) / from.tokens
    if (shares > held) refuse('sdk 18')
    return shares
  }

  private unbond(d: number, v: number, shares: bigint): bigint {
    const from = this.validators.get(v) ?? refuse('staking 3')
    const worth = (part: bigint): bigint =>
      round((part * from.tokens * ONE * ONE) / from.shares, ONE) / ONE
    const left = (this.delegations.get(`${d}/${v}`) ?? 0n) - shares
    if (d === v && worth(left) < from.minSelf) from.jailed = true
    const got = from.shares === shares ? from.tokens : worth(shares)
    if (left === 0n) this.delegations.delete(`${d}/${v}`)
    else this.delegations.set(`${d}/${v}`, left)
    from.tokens -= got
    from.shares -= shares
    if (from.shares === 0n && from.status === 'unbonded') this.validators.delete(v)
    return got
  }

  private keep<E>(map: Map<string, E[]>, name: string, entries: E[]): void {
    if (entries.length === 0) map.delete(name)
    else map.set(name, entries)
  }
}

function fresh(): ModelValidator {
  return {
    tokens: 0n,
    shares: 0n,
    status: 'unbonded',
    jailed: false,
    minSelf: 1n,
    cap: undefined,
    unbondTime: 0n,
    unbondHeight: 0n,
  }
}
