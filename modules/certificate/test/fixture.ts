import { MsgTransferCertificate } from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { Device, Kind, Status } from '../../../proto/gen/strom/device/v1/state.ts'
import { toBech32 } from '../../kit/address.ts'
import { ChainError } from '../../kit/errors.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import type { SettledInterval } from '../api.ts'
import { transferCertificate } from '../messages/transfer-certificate.ts'
import { certificateModule } from '../module.ts'
import { rangesOf } from '../ranges.ts'
import { record } from '../record.ts'

export const [ALICE, BOB, CAROL] = [1, 2, 3].map((byte) =>
  toBech32(new Uint8Array(20).fill(byte)),
) as [string, string, string]

/** A generator of Alice. */
export const PV = Device.create({
  id: 'pv-1',
  owner: ALICE,
  kind: Kind.KIND_PV,
  nameplateW: 50_000n,
  zone: 'DE-LU',
  status: Status.STATUS_ACTIVE,
})

export const START = 1_767_225_600n

/** Issues `quantityWh` for the quarter hour at `start`. */
export function issued(chain: FakeChain, quantityWh: bigint, start = START): void {
  record(chain.write(), 'production', interval(PV, quantityWh, start))
}

/** A settled quarter hour of a device of Alice; the chain may take it back for an hour. */
export function interval(
  device: Device,
  quantityWh: bigint,
  start = START,
  change: Partial<SettledInterval> = {},
): SettledInterval {
  return {
    device,
    owner: device.owner,
    start,
    end: start + 900n,
    quantityWh,
    flags: 1,
    opening: new Uint8Array(32).fill(1),
    closing: new Uint8Array(32).fill(2),
    finalTime: start + 4_500n,
    lockedUntil: 0n,
    provenByRoot: false,
    ...change,
  }
}

/** A chain with the module at its default genesis. */
export function started(): FakeChain {
  const chain = fakeChain()
  const { genesis } = certificateModule()
  genesis.init(chain.write(), genesis.defaults())
  return chain
}

export function transfer(
  owner: string,
  first: bigint,
  last: bigint,
  recipient: string,
): MsgTransferCertificate {
  return MsgTransferCertificate.create({
    owner,
    device: PV.id,
    intervalStart: START,
    first,
    last,
    recipient,
  })
}

/** Sends a transfer; answers `done` or the error's codespace and code. */
export function send(chain: FakeChain, message: MsgTransferCertificate): string {
  return attempt(() => {
    transferCertificate.validate(message)
    chain.atomically((ctx) => transferCertificate.handle(ctx, message))
  })
}

/** `done`, or codespace and code of the ChainError. */
export function attempt(run: () => void): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ChainError) return `${error.codespace} ${error.code}`
    throw error
  }
  return 'done'
}

/** `first-last holder` of each range of the certificate. */
export function ranges(chain: FakeChain): string[] {
  const names = new Map([
    [ALICE, 'alice'],
    [BOB, 'bob'],
    [CAROL, 'carol'],
  ])
  return rangesOf(chain.query(), [PV.id, START, 0]).map(
    (r) => `${r.first}-${r.last} ${names.get(r.owner)}`,
  )
}

/** Throws when a law of the module is broken. */
export function checkInvariants(chain: FakeChain): void {
  for (const law of certificateModule().invariants) {
    const broken = law.check(chain.query())
    if (broken !== undefined) throw new Error(`${law.name}: ${broken}`)
  }
}
