import { BASE_DENOM, type Coin, isDenom } from '../modules/kit/coin.ts'
import { usageError } from './errors.ts'

const DISPLAY = 'STROM'
const DECIMALS = 6
const AMOUNT = /^(\d+)(?:\.(\d+))?\s*([a-zA-Z][a-zA-Z0-9/:._-]*)$/
const LIMIT = 1n << 256n

/** Reads one amount: `12.5STROM` in the display unit or `5ustrom` in base units. Throws a usage error. */
export function parseAmount(text: string): Coin {
  const match = AMOUNT.exec(text.trim())
  if (match === null) {
    throw usageError(`"${text}" is not an amount`, 'write 12.5STROM, or 12500000ustrom')
  }
  const [, whole = '', fraction, unit = ''] = match
  const display = unit.toUpperCase() === DISPLAY
  if (!display && fraction !== undefined) {
    throw usageError(`"${text}": ${unit} has no fractions`, 'only STROM takes decimals')
  }
  if (!display && !isDenom(unit)) throw usageError(`"${text}": ${unit} is not a denomination`)
  if (fraction !== undefined && fraction.length > DECIMALS) {
    throw usageError(`"${text}" has more than ${DECIMALS} decimals`, 'the smallest unit is 1ustrom')
  }
  const digits = display ? whole + (fraction ?? '').padEnd(DECIMALS, '0') : whole
  const amount = BigInt(digits)
  if (amount >= LIMIT) throw usageError(`"${text}" is more than 256 bits can hold`)
  return { denom: display ? BASE_DENOM : unit, amount }
}

/** Reads a list such as `12.5STROM,7wh`: sorted by denomination, zero and repeats refused. Throws a usage error. */
export function parseAmounts(text: string): Coin[] {
  const coins = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(parseAmount)
    .sort((a, b) => (a.denom < b.denom ? -1 : a.denom > b.denom ? 1 : 0))
  coins.forEach((coin, i) => {
    if (coins[i + 1]?.denom === coin.denom) {
      throw usageError(`"${text}" names ${coin.denom} twice`)
    }
  })
  return coins.filter((coin) => coin.amount > 0n)
}
