import { formatTime } from '../../node/chain/time.ts'
import { Kind, TrustClass } from '../../proto/gen/strom/device/v1/state.ts'

/** What a plant generates from, and with which technology. */
const SOURCES: Readonly<Partial<Record<Kind, readonly [source: string, technology: string]>>> = {
  [Kind.KIND_PV]: ['solar', 'photovoltaic'],
  [Kind.KIND_WIND]: ['wind', 'wind turbine'],
}

const CLASSES: Readonly<Partial<Record<TrustClass, readonly [name: string, words: string]>>> = {
  [TrustClass.TRUST_CLASS_A]: ['A', 'the meter signs with a key of its own'],
  [TrustClass.TRUST_CLASS_B]: ['B', 'a secure element at the meter signs'],
  [TrustClass.TRUST_CLASS_C]: ['C', 'a gateway signs values it reads from the meter'],
  [TrustClass.TRUST_CLASS_N]: ['N', 'a notary attests values others signed'],
}

/** Source and technology of a plant of this kind. */
export function sourceOf(kind: Kind): { readonly source: string; readonly technology: string } {
  const [source, technology] = SOURCES[kind] ?? ['unspecified', 'unspecified']
  return { source, technology }
}

/** Letter of a trust class and what it means. */
export function classOf(trust: TrustClass): { readonly name: string; readonly words: string } {
  const [name, words] = CLASSES[trust] ?? ['unspecified', 'nobody said who signs']
  return { name, words }
}

/** Unix seconds as RFC 3339, UTC. */
export function isoTime(seconds: bigint): string {
  return formatTime({ seconds, nanos: 0 })
}

/** `12345` as `12,345`. */
export function grouped(value: bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** Ten-thousandths of a degree as degrees. */
export function degrees(e4: number): string {
  const digits = Math.abs(e4).toString().padStart(5, '0')
  return `${e4 < 0 ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`
}
