import type { KeyObject } from 'node:crypto'
import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
} from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from './errors.ts'

/** Order of the P-256 group. */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

const DEVICE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** The key of one device. `insecure` marks keys derived from a public seed: anyone can make them again. */
export interface DeviceKey {
  readonly privateKey: KeyObject
  /** 33-byte compressed point, as the device registry holds it. */
  readonly publicKey: Uint8Array
  readonly insecure: boolean
}

/**
 * The development key of a device: scalar = 1 + sha256("strom dev device key|seed|device") mod (n - 1). Equal seeds
 * give equal keys, so nothing is secret about it: never use it for a real meter.
 */
export function deriveDeviceKey(seed: string, device: string): DeviceKey {
  const digest = createHash('sha256').update(`strom dev device key|${seed}|${device}`).digest('hex')
  const scalar = 1n + (BigInt(`0x${digest}`) % (P256_ORDER - 1n))
  const secret = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex')
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(secret)
  const point = curve.getPublicKey()
  const privateKey = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: secret.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  })
  return { privateKey, publicKey: compress(point), insecure: true }
}

/** Makes a random device key and writes it to `<dir>/<device>.pem` (mode 0600). Throws when the file exists. */
export function createDeviceKey(dir: string, device: string): DeviceKey {
  checkId(device)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const file = join(dir, `${device}.pem`)
  try {
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
      flag: 'wx',
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new GatewayError(
        'key_exists',
        `${file} exists already; a device key is never overwritten`,
      )
    }
    throw error
  }
  return describe(privateKey)
}

/** Reads `<dir>/<device>.pem` (PKCS#8 or SEC1, P-256). Throws GatewayError saying what is wrong with the file. */
export function loadDeviceKey(dir: string, device: string): DeviceKey {
  checkId(device)
  const file = join(dir, `${device}.pem`)
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch {
    throw new GatewayError(
      'no_device_key',
      `cannot read the device key ${file}; make one with: strom gateway init`,
    )
  }
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (error) {
    throw new GatewayError(
      'bad_device_key',
      `${file} is not a private key in PEM form: ${String(error)}`,
    )
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new GatewayError('bad_device_key', `${file} is not a P-256 key`)
  }
  return describe(key)
}

function describe(privateKey: KeyObject): DeviceKey {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' })
  const x = Buffer.from(jwk.x ?? '', 'base64url')
  const y = Buffer.from(jwk.y ?? '', 'base64url')
  return { privateKey, publicKey: compress(Buffer.concat([Buffer.of(4), x, y])), insecure: false }
}

function compress(point: Uint8Array): Uint8Array {
  const odd = (point[64] ?? 0) & 1
  return Uint8Array.of(2 + odd, ...point.subarray(1, 33))
}

function checkId(device: string): void {
  if (!DEVICE_ID.test(device)) {
    throw new GatewayError(
      'bad_device_id',
      `device ${JSON.stringify(device)} is not a name of letters, digits, dots, dashes or underscores (1 to 64)`,
    )
  }
}
