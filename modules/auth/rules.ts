/**
 * Account numbers without repeats: the first account of a number keeps it, later ones get the lowest free numbers, the
 * repeats of smaller numbers first (the SDK's SanitizeGenesisAccounts). Tools write "0" for all accounts.
 */
export function renumber(numbers: readonly bigint[]): bigint[] {
  const taken = new Set<bigint>()
  const repeats: { readonly at: number; readonly number: bigint }[] = []
  numbers.forEach((number, at) => {
    if (taken.has(number)) repeats.push({ at, number })
    else taken.add(number)
  })
  repeats.sort((a, b) => (a.number === b.number ? a.at - b.at : a.number < b.number ? -1 : 1))
  const result = [...numbers]
  let free = 0n
  for (const { at } of repeats) {
    while (taken.has(free)) free += 1n
    result[at] = free
    taken.add(free)
  }
  return result
}
