import type { AnyValue } from '../../proto/codec.ts'
import type { BaseAccount } from '../../proto/gen/cosmos/auth/v1beta1/auth.ts'
import {
  BaseVestingAccount,
  ContinuousVestingAccount,
  DelayedVestingAccount,
  PeriodicVestingAccount,
  PermanentLockedAccount,
} from '../../proto/gen/cosmos/vesting/v1beta1/vesting.ts'
import { toWire } from '../kit/coin.ts'
import type { VestingSchedule } from './api.ts'
import { amountOf, type Course, continuousVested, periodicVested } from './vesting-rules.ts'

/** A stored account with locked coins, opened: change `base`, then `pack`. */
export interface OpenVesting {
  base: BaseVestingAccount
  /** Coins of a denomination that have not vested at a block time, delegated or not. */
  vesting(time: bigint, denom: string): bigint
  pack(): AnyValue
}

type Fields = Partial<Omit<ContinuousVestingAccount & PeriodicVestingAccount, 'baseVestingAccount'>>

/** How one type of vesting account is stored, and how much of an original amount has vested by a time. */
interface Kind {
  decode(bytes: Uint8Array): Fields & { baseVestingAccount: BaseVestingAccount | undefined }
  encode(base: BaseVestingAccount, fields: Fields): Uint8Array
  vested(original: bigint, course: Course): bigint
}

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [
    ContinuousVestingAccount.typeUrl,
    {
      decode: (bytes) => ContinuousVestingAccount.decode(bytes),
      encode: (baseVestingAccount, { startTime = 0n }) =>
        ContinuousVestingAccount.encode({ baseVestingAccount, startTime }),
      vested: continuousVested,
    },
  ],
  [
    PeriodicVestingAccount.typeUrl,
    {
      decode: (bytes) => PeriodicVestingAccount.decode(bytes),
      encode: (baseVestingAccount, { startTime = 0n, vestingPeriods = [] }) =>
        PeriodicVestingAccount.encode({ baseVestingAccount, startTime, vestingPeriods }),
      vested: periodicVested,
    },
  ],
  [
    DelayedVestingAccount.typeUrl,
    {
      decode: (bytes) => DelayedVestingAccount.decode(bytes),
      encode: (baseVestingAccount) => DelayedVestingAccount.encode({ baseVestingAccount }),
      vested: (original, { time, end }) => (time >= end ? original : 0n),
    },
  ],
  [
    PermanentLockedAccount.typeUrl,
    {
      decode: (bytes) => PermanentLockedAccount.decode(bytes),
      encode: (baseVestingAccount) => PermanentLockedAccount.encode({ baseVestingAccount }),
      vested: () => 0n,
    },
  ],
])

/** Opens a vesting account; undefined for accounts of other types. */
export function openVesting(packed: AnyValue): OpenVesting | undefined {
  const kind = KINDS.get(packed.typeUrl)
  if (kind === undefined) return undefined
  const { baseVestingAccount, ...fields } = kind.decode(packed.value)
  const open: OpenVesting = {
    base: baseVestingAccount ?? BaseVestingAccount.create(),
    vesting(time, denom) {
      const original = amountOf(open.base.originalVesting, denom)
      if (original === 0n) return 0n
      const { startTime: start = 0n, vestingPeriods: periods = [] } = fields
      return (
        original - kind.vested(original, { time, denom, start, end: open.base.endTime, periods })
      )
    },
    pack: () => ({ typeUrl: packed.typeUrl, value: kind.encode(open.base, fields) }),
  }
  return open
}

/** A new account of a schedule: nothing of it is delegated. */
export function packSchedule(baseAccount: BaseAccount, schedule: VestingSchedule): AnyValue {
  const base = BaseVestingAccount.create({
    baseAccount,
    originalVesting: schedule.coins.map(toWire),
    endTime: schedule.kind === 'permanent' ? 0n : schedule.end,
  })
  const typeUrl = {
    continuous: ContinuousVestingAccount.typeUrl,
    delayed: DelayedVestingAccount.typeUrl,
    periodic: PeriodicVestingAccount.typeUrl,
    permanent: PermanentLockedAccount.typeUrl,
  }[schedule.kind]
  return { typeUrl, value: (KINDS.get(typeUrl) as Kind).encode(base, fieldsOf(schedule)) }
}

function fieldsOf(schedule: VestingSchedule): Fields {
  if (schedule.kind === 'continuous') return { startTime: schedule.start }
  if (schedule.kind !== 'periodic') return {}
  return {
    startTime: schedule.start,
    vestingPeriods: schedule.periods.map(({ length, coins }) => ({
      length,
      amount: coins.map(toWire),
    })),
  }
}
