import type { Invariant } from '../kit/module.ts'
import { problemOf } from './rules.ts'
import { state } from './state.ts'

/** Each device has one key and each key one device. */
const keysMatch: Invariant = {
  name: 'keys-match',
  check(ctx) {
    let devices = 0
    for (const [id, device] of state.devices.entries(ctx)) {
      devices += 1
      if (device.id !== id) return `device ${device.id} is stored under ${id}`
      if (state.keys.get(ctx, device.pubkey) !== id) return `the key of ${id} is not its own`
    }
    let keys = 0
    for (const _ of state.keys.entries(ctx)) keys += 1
    return keys === devices ? undefined : `${devices} devices have ${keys} keys`
  },
}

/** Every stored device satisfies the rules of registration. */
const devicesValid: Invariant = {
  name: 'devices-valid',
  check(ctx) {
    for (const [, device] of state.devices.entries(ctx)) {
      const problem = problemOf(device)
      if (problem !== undefined) return problem
    }
    return undefined
  },
}

/** The laws of the registry. */
export const invariants: readonly Invariant[] = [keysMatch, devicesValid]
