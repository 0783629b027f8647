/** The user's error: coded, deterministic; the transaction's state is dropped and its fee kept. */
export class ChainError extends Error {
  readonly codespace: string
  readonly code: number
  constructor(codespace: string, code: number, message: string) {
    super(message)
    this.name = 'ChainError'
    this.codespace = codespace
    this.code = code
  }
}

/** Our error: a law of the state machine is broken. The node stops; it never becomes a transaction result. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'InvariantError'
  }
}

/** Throws InvariantError unless `condition` holds. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}

/** Makes the constructor of one registered error: SDK wording is `<detail>: <description>`. */
export type ErrorMaker = (detail?: string) => ChainError

/**
 * Registers a codespace's errors. Codes start at 2 in a module's own codespace (1 is reserved for internal errors).
 * Throws RangeError when two names share a code.
 */
export function defineErrors<
  const T extends Record<string, readonly [code: number, description: string]>,
>(codespace: string, table: T): { readonly [K in keyof T]: ErrorMaker } {
  const seen = new Set<number>()
  const makers: Record<string, ErrorMaker> = {}
  for (const [name, [code, description]] of Object.entries(table)) {
    if (seen.has(code)) throw new RangeError(`${codespace}: code ${code} is used twice`)
    seen.add(code)
    makers[name] = (detail) =>
      new ChainError(
        codespace,
        code,
        detail === undefined ? description : `${detail}: ${description}`,
      )
  }
  return makers as { readonly [K in keyof T]: ErrorMaker }
}

/** The codespace `sdk`: numbers and texts clients match on (Cosmos SDK 0.50 types/errors). */
export const sdkErrors = defineErrors('sdk', {
  txDecode: [2, 'tx parse error'],
  invalidSequence: [3, 'invalid sequence'],
  unauthorized: [4, 'unauthorized'],
  insufficientFunds: [5, 'insufficient funds'],
  unknownRequest: [6, 'unknown request'],
  invalidAddress: [7, 'invalid address'],
  invalidPubKey: [8, 'invalid pubkey'],
  unknownAddress: [9, 'unknown address'],
  invalidCoins: [10, 'invalid coins'],
  outOfGas: [11, 'out of gas'],
  memoTooLarge: [12, 'memo too large'],
  insufficientFee: [13, 'insufficient fee'],
  tooManySignatures: [14, 'maximum number of signatures exceeded'],
  noSignatures: [15, 'no signatures supplied'],
  invalidRequest: [18, 'invalid request'],
  txInMempoolCache: [19, 'tx already in mempool'],
  mempoolIsFull: [20, 'mempool is full'],
  txTooLarge: [21, 'tx too large'],
  keyNotFound: [22, 'key not found'],
  invalidHeight: [26, 'invalid height'],
  invalidChainId: [28, 'invalid chain-id'],
  invalidType: [29, 'invalid type'],
  txTimeoutHeight: [30, 'tx timeout height'],
  unknownExtensionOptions: [31, 'unknown extension options'],
  wrongSequence: [32, 'incorrect account sequence'],
  logic: [35, 'internal logic error'],
  notSupported: [37, 'feature not supported'],
  notFound: [38, 'not found'],
  invalidGasLimit: [41, 'invalid gas limit'],
})
