/** Seconds a command is remembered: meters are read more often. */
const KEPT_S = 900n

/** What the battery was asked for of late, to reckon with what the meter has not told yet. */
export class Commands {
  #list: { readonly at: bigint; readonly watts: bigint }[] = []

  /** Notes a power (W, positive charges) that holds from `at` on. */
  add(at: bigint, watts: bigint): void {
    this.#list = this.#list.filter((one) => at - one.at < KEPT_S)
    this.#list.push({ at, watts })
  }

  clear(): void {
    this.#list = []
  }

  /** Net energy (out of the battery less into it) the commands should have moved between two moments, mWh. */
  netMwh(from: bigint, to: bigint): bigint {
    let sum = 0n
    for (const [i, { at, watts }] of this.#list.entries()) {
      const begin = at > from ? at : from
      const next = this.#list[i + 1]?.at ?? to
      const end = next < to ? next : to
      if (end > begin) sum -= watts * (end - begin)
    }
    return (sum * 1_000n) / 3_600n
  }
}
