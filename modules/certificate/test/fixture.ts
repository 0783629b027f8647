import type { Params } from '../../../proto/gen/strom/certificate/v1/state.ts'
import { MsgTransferCertificate } from '../../../proto/gen/strom/certificate/v1/tx.ts'
import { Device, Kind, Status, TrustClass } from '../../../proto/gen/strom/device/v1/state.ts'
import { toBech32 } from '../../kit/address.ts'
import { ChainError } from '../../kit/errors.ts'
import type { MessageDef } from '../../kit/module.ts'
import { type FakeChain, fakeChain } from '../../kit/testing/fake-context.ts'
import type { SettledInterval } from '../api.ts'
import { transferCertificate } from '../messages/transfer-certificate.ts'
import { certificateModule } from '../module.ts'
import { rangesOf, statusAt } from '../ranges.ts'
import { record } from '../record.ts'
import { statusName } from '../slices.ts'
import { state } from '../state.ts'
import type { CertificateId } from '../state-keys.ts'

export const [ALICE, BOB, CAROL] = [1, 2, 3].map((byte) =>
  toBech32(new Uint8Array(20).fill(byte)),
) as [string, string, string]

/** A generator of Alice. */
export const PV = Device.create({
  id: 'pv-1',
  owner: ALICE,
  kind: Kind.KIND_PV,
  nameplateW: 50_000n,
  trustClass: TrustClass.TRUST_CLASS_A,
  zone: 'DE-LU',
  status: Status.STATUS_ACTIVE,
})

/** More devices of Alice: a turbine, a household, a battery of 90 % round trip without a stated capacity. */
export const WIND = Device.create({ ...PV, id: 'wind-1', kind: Kind.KIND_WIND })
export const LOAD = Device.create({ ...PV, id: 'load-1', kind: Kind.KIND_LOAD })
export const BESS = Device.create({
  ...PV,
  id: 'bess-1',
  kind: Kind.KIND_BESS,
  storageWh: 2_000n,
  etaCPpm: 900_000n,
  etaDPpm: 1_000_000n,
})

const NAMES = new Map([
  [ALICE, 'alice'],
  [BOB, 'bob'],
  [CAROL, 'carol'],
])

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

/** Messages of a fixture name the first certificate of `pv-1` unless told otherwise. */
export function slice(owner: string, first: bigint, last: bigint) {
  return { owner, device: PV.id, intervalStart: START, first, last, part: 0 }
}

export function transfer(
  owner: string,
  first: bigint,
  last: bigint,
  recipient: string,
): MsgTransferCertificate {
  return MsgTransferCertificate.create({ ...slice(owner, first, last), recipient })
}

/** Sends a transfer; answers `done` or the error's codespace and code. */
export function send(chain: FakeChain, message: MsgTransferCertificate): string {
  return deliver(chain, transferCertificate, message)
}

/** Runs any message as a transaction; answers `done` or the error's codespace and code. */
export function deliver<M, R>(chain: FakeChain, definition: MessageDef<M, R>, message: M): string {
  return attempt(() => {
    const value = definition.codec.decode(definition.codec.encode(message))
    definition.validate(value)
    chain.atomically((ctx) => definition.handle(ctx, value))
  })
}

/** Lets blocks pass until `time`, the module's block phases included. */
export function passTo(chain: FakeChain, time: bigint): void {
  const { beginBlock, endBlock } = certificateModule()
  chain.nextBlock(time - chain.time)
  beginBlock?.(chain.write())
  endBlock?.(chain.write())
}

/** Changes params by hand. */
export function setParams(chain: FakeChain, change: Partial<Params>): void {
  const ctx = chain.write()
  state.params.set(ctx, { ...state.params.must(ctx), ...change })
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

/** `first-last holder state` of each range of a certificate, active ones without their state. */
export function states(chain: FakeChain, id: CertificateId = [PV.id, START, 0]): string[] {
  const certificate = state.certificates.must(chain.query(), id)
  return rangesOf(chain.query(), id).map((r) => {
    const status = statusName(statusAt(r, certificate, chain.time))
    const name = NAMES.get(r.owner)
    return `${r.first}-${r.last} ${name}${status === 'active' ? '' : ` ${status}`}`
  })
}

/** `first-last holder` of each range of the certificate. */
export function ranges(chain: FakeChain): string[] {
  return rangesOf(chain.query(), [PV.id, START, 0]).map(
    (r) => `${r.first}-${r.last} ${NAMES.get(r.owner)}`,
  )
}

/** Throws when a law of the module is broken. */
export function checkInvariants(chain: FakeChain): void {
  for (const law of certificateModule().invariants) {
    const broken = law.check(chain.query())
    if (broken !== undefined) throw new Error(`${law.name}: ${broken}`)
  }
}
