import type { Device } from '../../proto/gen/strom/device/v1/state.ts'
import type { DeviceState, Params } from '../../proto/gen/strom/metering/v1/state.ts'
import type { CertificateApi } from '../certificate/api.ts'
import type { DeviceApi } from '../device/api.ts'
import type { WriteContext } from '../kit/context.ts'
import { invariant } from '../kit/errors.ts'
import { balanceProblem } from './account.ts'
import { state } from './state.ts'
import { addDifference, type Figures, figuresOf, type Tally } from './tally.ts'

/** Modules that readings touch. */
export interface EnergyNeeds {
  readonly device: DeviceApi
  readonly certificate: CertificateApi
}

/** What everything done in one message or one block shares. */
export interface Batch {
  readonly ctx: WriteContext
  readonly params: Params
  readonly tally: Tally
  readonly needs: EnergyNeeds
}

/** One device while it is worked on: its state is changed in memory and written once. */
export interface Work {
  readonly batch: Batch
  readonly device: Device
  readonly found: DeviceState
  readonly figures: Figures
}

/** Begins work on a device. `found` is changed from now on: it must be freshly read. */
export function beginWork(batch: Batch, device: Device, found: DeviceState): Work {
  return { batch, device, found, figures: figuresOf(found) }
}

/** Ends it: checks the law of the device, writes its state and moves the totals of its kind by what changed. */
export function endWork({ batch, device, found, figures }: Work): void {
  const broken = balanceProblem(found)
  invariant(broken === undefined, `metering: ${broken}`)
  state.states.set(batch.ctx, [found.device, found.context], found)
  addDifference(batch.tally, device.kind, figures, figuresOf(found))
}
