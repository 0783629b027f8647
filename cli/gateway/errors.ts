/** Why the gateway refuses to start or to take something; `code` is stable, the message says what to do. */
export type GatewayErrorCode =
  | 'no_device_key'
  | 'bad_device_key'
  | 'bad_device_id'
  | 'key_exists'
  | 'bad_account_key'
  | 'bad_config'
  | 'config_exists'
  | 'queue_damaged'
  | 'queue_in_use'
  | 'equivocation'
  | 'bad_message'
  | 'wrong_chain'
  | 'no_account'
  | 'no_node'
  | 'setpoint_refused'
  | 'closed'

/** An error of the gateway's user, not of its code. */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode
  constructor(code: GatewayErrorCode, message: string) {
    super(message)
    this.name = 'GatewayError'
    this.code = code
  }
}
