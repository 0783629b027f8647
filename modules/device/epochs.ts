import { type Device, type Epoch, Status } from '../../proto/gen/strom/device/v1/state.ts'
import { equalBytes } from '../kit/bytes.ts'
import type { ReadContext, WriteContext } from '../kit/context.ts'
import { InvariantError } from '../kit/errors.ts'
import { stringKey } from '../kit/keys.ts'
import { deviceErrors } from './errors.ts'
import { wayOf } from './rules.ts'
import { state } from './state.ts'
import { writeDevice } from './store-device.ts'

/** What may change from one epoch to the next. */
export type Change = Partial<Omit<Epoch, 'device' | 'from'>>

/** The epoch that holds at `time`; the first one holds for all time before it too. */
export function epochAt(ctx: ReadContext, device: Device, time: bigint): Epoch {
  if (device.epochs === 0) return impliedEpoch(device)
  const upTo = { prefix: stringKey.encodePart(device.id), to: [device.id, time + 1n] as const }
  if (time >= 0n) {
    for (const [, epoch] of state.epochs.entries(ctx, { ...upTo, reverse: true })) return epoch
  }
  const first = epochsOf(ctx, device)[0]
  if (first === undefined) throw new InvariantError(`device ${device.id} has lost its epochs`)
  return first
}

/** All epochs of a device in order of time. */
export function epochsOf(ctx: ReadContext, device: Device): Epoch[] {
  if (device.epochs === 0) return [impliedEpoch(device)]
  const prefix = stringKey.encodePart(device.id)
  return Array.from(state.epochs.entries(ctx, { prefix }), ([, epoch]) => epoch)
}

/** The one epoch of a device that never changed. */
export function impliedEpoch(device: Device): Epoch {
  const { id, owner, pubkey, scheme, status, gateway, way } = device
  return { device: id, from: 0n, owner, pubkey, scheme, status, gateway, way: wayOf(way) }
}

/**
 * Changes a device for readings of time >= `from`, later epochs included. Throws device 16 when one of the fields changes
 * once more after `from` (`strict`: at `from` or after), so that no change of the past undoes a later one, and device 17
 * when the history is full.
 */
export function amend(
  ctx: WriteContext,
  device: Device,
  from: bigint,
  change: Change,
  strict = false,
): Device {
  const before = epochsOf(ctx, device)
  before.forEach((epoch, i) => {
    const previous = before[i - 1]
    const counts = epoch.from > from || (strict && epoch.from === from)
    if (!counts || previous === undefined || agree(epoch, previous, change)) return
    throw deviceErrors.laterChange(`device ${device.id} changes at ${epoch.from}`)
  })
  const after = changed(before, from, () => change)
  if (after.length > state.params.must(ctx).maxEpochs) {
    throw deviceErrors.limitReached(`device ${device.id} has ${before.length} epochs`)
  }
  return rewrite(ctx, device, before, after)
}

/** Marks every epoch from `from` on as jailed, but those retired; undefined when that changes nothing. */
export function jailEpochs(ctx: WriteContext, device: Device, from: bigint): Device | undefined {
  const before = epochsOf(ctx, device)
  const after = changed(before, from < 0n ? 0n : from, ({ status }) =>
    status === Status.STATUS_RETIRED ? {} : { status: Status.STATUS_JAILED },
  )
  const same = after.length === before.length && after.every((epoch, i) => epoch === before[i])
  return same ? undefined : rewrite(ctx, device, before, after)
}

/** The list with `change` applied from `from` on: the epoch that holds there is split unless it stays as it is. */
function changed(
  before: readonly Epoch[],
  from: bigint,
  change: (epoch: Epoch) => Change,
): readonly Epoch[] {
  const base = holding(before, from)
  return before.flatMap((epoch) => {
    if (epoch.from < from && epoch !== base) return [epoch]
    const next = apply(epoch, change(epoch))
    if (next === epoch || epoch.from >= from) return [next]
    return [epoch, { ...next, from }]
  })
}

/** The same object when the change says what is so already. */
function apply(epoch: Epoch, change: Change): Epoch {
  const next = { ...epoch, ...change }
  return agree(epoch, next, change) ? epoch : next
}

function holding(epochs: readonly Epoch[], time: bigint): Epoch {
  const found = epochs.findLast((epoch) => epoch.from <= time) ?? epochs[0]
  if (found === undefined) throw new InvariantError('a device without epochs')
  return found
}

function agree(a: Epoch, b: Epoch, fields: Change): boolean {
  return (Object.keys(fields) as (keyof Change)[]).every((field) => {
    const [left, right] = [a[field], b[field]]
    if (left instanceof Uint8Array && right instanceof Uint8Array) return equalBytes(left, right)
    return left === right
  })
}

/**
 * Writes a changed history, and the newest epoch into the device. Neighbours that say the same become one, so that a
 * history depends on what holds when, and not on the order in which that became known.
 */
function rewrite(
  ctx: WriteContext,
  device: Device,
  before: readonly Epoch[],
  after: readonly Epoch[],
): Device {
  const merged = after.filter((epoch, i) => {
    const previous = after[i - 1]
    return previous === undefined || !agree(epoch, previous, fieldsOf(epoch))
  })
  const newest = merged.at(-1)
  if (newest === undefined) throw new InvariantError(`device ${device.id} would have no epoch`)
  const kept = merged.length === 1 ? [] : merged
  const stored = device.epochs === 0 ? [] : before
  for (const { from } of stored) {
    if (!kept.some((epoch) => epoch.from === from)) state.epochs.delete(ctx, [device.id, from])
  }
  for (const epoch of kept) {
    if (!stored.includes(epoch)) state.epochs.set(ctx, [device.id, epoch.from], epoch)
  }
  const next = { ...device, ...fieldsOf(newest), epochs: kept.length }
  writeDevice(ctx, device, next)
  return next
}

function fieldsOf({ device: _, from, ...fields }: Epoch): Omit<Epoch, 'device' | 'from'> {
  return fields
}
