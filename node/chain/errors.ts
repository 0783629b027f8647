/** What a chain object failed. `code` is stable for logs and peer scoring, the message is for people. */
export type ChainErrorCode =
  | 'invalid_header'
  | 'invalid_block'
  | 'invalid_commit'
  | 'not_enough_power'
  | 'bad_signature'
  | 'invalid_evidence'
  | 'invalid_validators'
  | 'invalid_params'
  | 'invalid_part'
  | 'invalid_time'
  | 'invalid_message'

/** A block, commit, vote, part, validator update or parameter set breaks a rule of CometBFT 0.38. */
export class ChainError extends Error {
  readonly code: ChainErrorCode
  constructor(code: ChainErrorCode, message: string) {
    super(message)
    this.name = 'ChainError'
    this.code = code
  }
}
