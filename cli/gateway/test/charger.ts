import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** The curves of OCMF by the names OpenSSL gives them. */
export const CURVES = {
  secp192k1: 'secp192k1',
  secp192r1: 'prime192v1',
  secp256k1: 'secp256k1',
  secp256r1: 'prime256v1',
  secp384r1: 'secp384r1',
  brainpoolP256r1: 'brainpoolP256r1',
  brainpoolP384r1: 'brainpoolP384r1',
} as const

/** A name of the specification. */
export type OcmfCurve = keyof typeof CURVES

/** What one charging was. */
export interface Charging {
  readonly page: number
  /** Unix seconds. */
  readonly from: number
  readonly to: number
  readonly fromWh: number
  readonly toWh: number
  /** State of the clock, S when absent. */
  readonly clock?: string
}

/** A charger with a key of its own that signs OCMF receipts. */
export class Charger {
  readonly spkiHex: string
  readonly #curve: OcmfCurve
  readonly #key: KeyObject

  constructor(curve: OcmfCurve) {
    this.#curve = curve
    const pair = generateKeyPairSync('ec', { namedCurve: CURVES[curve] })
    this.#key = pair.privateKey
    this.spkiHex = pair.publicKey.export({ format: 'der', type: 'spki' }).toString('hex')
  }

  /** A receipt of one charging. */
  receipt(charging: Charging): string {
    const { page, clock = 'S' } = charging
    const at = (time: number): string =>
      `${new Date(time * 1000).toISOString().replace('.', ',').replace('Z', '+0000')} ${clock}`
    const reading = (time: number, tx: string, wh: number): string =>
      `{"TM":"${at(time)}","TX":"${tx}","RV":${wh},"RI":"1-b:1.8.0","RU":"Wh","ST":"G"}`
    const readings = [
      reading(charging.from, 'B', charging.fromWh),
      reading(charging.to, 'E', charging.toWh),
    ]
    return this.#signed(`{"FV":"1.0","GS":"G-1","PG":"T${page}","MS":"M-1","RD":[${readings}]}`)
  }

  #signed(payload: string): string {
    const signature = sign('sha256', Buffer.from(payload), this.#key).toString('hex')
    return `OCMF|${payload}|{"SA":"ECDSA-${this.#curve}-SHA256","SD":"${signature}"}`
  }
}
