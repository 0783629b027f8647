import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'

/** Cost of turning a password into a key; written beside every salt, so that it can be raised later. */
export interface KdfParams {
  readonly kdf: 'scrypt'
  readonly n: number
  readonly r: number
  readonly p: number
  /** 16 bytes, base64. */
  readonly salt: string
}

/** AES-256-GCM: nonce (12 bytes), ciphertext and tag (16 bytes), each base64. */
export interface Sealed {
  readonly nonce: string
  readonly ciphertext: string
  readonly tag: string
}

/** scrypt with N = 2^17: about half a second and 128 MB for one guess. */
export function newKdf(): KdfParams {
  return { kdf: 'scrypt', n: 2 ** 17, r: 8, p: 1, salt: randomBytes(16).toString('base64') }
}

/** The 32-byte key of a password. Throws RangeError when a file asks for an absurd cost. */
export async function passwordKey(password: string, params: KdfParams): Promise<Uint8Array> {
  const { n, r, p } = params
  const sane = Number.isInteger(Math.log2(n)) && n >= 2 ** 14 && n <= 2 ** 20 && r === 8 && p === 1
  if (params.kdf !== 'scrypt' || !sane) throw new RangeError('unknown key derivation parameters')
  return await new Promise((resolve, reject) => {
    const options = { N: n, r, p, maxmem: 256 * n * r }
    const salt = Buffer.from(params.salt, 'base64')
    scrypt(password.normalize('NFKD'), salt, 32, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}

/** Encrypts under a key; `label` is authenticated with it, so that a box cannot be put in another's place. */
export function seal(key: Uint8Array, plaintext: Uint8Array, label: string): Sealed {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(label, 'utf8'))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return {
    nonce: nonce.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  }
}

/** Opens a box; undefined when key, label or content do not fit. */
export function unseal(key: Uint8Array, sealed: Sealed, label: string): Uint8Array | undefined {
  const tag = Buffer.from(sealed.tag, 'base64')
  if (tag.length !== 16) return undefined
  const nonce = Buffer.from(sealed.nonce, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
  decipher.setAAD(Buffer.from(label, 'utf8'))
  decipher.setAuthTag(tag)
  try {
    return Buffer.concat([
      decipher.update(Buffer.from(sealed.ciphertext, 'base64')),
      decipher.final(),
    ])
  } catch {
    // GCM says no more than "does not fit": wrong password or a changed file.
    return undefined
  }
}
