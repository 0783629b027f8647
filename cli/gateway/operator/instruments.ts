import type { Registers } from '../register-watch.ts'

/** What an operator's duties look at and steer with. */
export interface Instruments {
  /** Newest sample of a device. */
  newest(device: string): Registers | undefined
  /** Newest reading a device has signed. */
  signed(device: string): Registers | undefined
  /** Asks the battery for a net power, W: positive charges; null lets it go. */
  setpoint(device: string, watts: bigint | null): Promise<void>
}
