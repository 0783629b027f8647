import { mod } from '../math.ts'

/** A curve y^2 = x^3 + a x + b over the field of p, whose points have order n. */
export interface Curve {
  /** Bytes of a coordinate. */
  readonly size: number
  /** Bytes of the object identifier in DER, as hex. */
  readonly oid: string
  readonly p: bigint
  readonly a: bigint
  readonly b: bigint
  readonly n: bigint
}

/**
 * The seven curves of OCMF (Table 22), then two that makers use besides. The order is that in which a key without
 * the name of its curve is tried. Constants: SEC 2 and RFC 5639.
 */
export const CURVES = {
  secp256r1: {
    size: 32,
    oid: '2a8648ce3d030107',
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  secp192k1: {
    size: 24,
    oid: '2b8104001f',
    p: 0xfffffffffffffffffffffffffffffffffffffffeffffee37n,
    a: 0x0n,
    b: 0x3n,
    n: 0xfffffffffffffffffffffffe26f2fc170f69466a74defd8dn,
  },
  secp256k1: {
    size: 32,
    oid: '2b8104000a',
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn,
    a: 0x0n,
    b: 0x7n,
    n: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  },
  secp192r1: {
    size: 24,
    oid: '2a8648ce3d030101',
    p: 0xfffffffffffffffffffffffffffffffeffffffffffffffffn,
    a: 0xfffffffffffffffffffffffffffffffefffffffffffffffcn,
    b: 0x64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1n,
    n: 0xffffffffffffffffffffffff99def836146bc9b1b4d22831n,
  },
  brainpoolP256r1: {
    size: 32,
    oid: '2b2403030208010107',
    p: 0xa9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377n,
    a: 0x7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9n,
    b: 0x26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6n,
    n: 0xa9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7n,
  },
  secp384r1: {
    size: 48,
    oid: '2b81040022',
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    a: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffcn,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  brainpoolP384r1: {
    size: 48,
    oid: '2b240303020801010b',
    p: 0x8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53n,
    a: 0x7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826n,
    b: 0x4a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11n,
    n: 0x8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565n,
  },
  secp521r1: {
    size: 66,
    oid: '2b81040023',
    p: 0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffn,
    a: 0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffcn,
    b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    n: 0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
  brainpoolP512r1: {
    size: 64,
    oid: '2b240303020801010d',
    p: 0xaadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3n,
    a: 0x7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94can,
    b: 0x3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723n,
    n: 0xaadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069n,
  },
} as const satisfies Readonly<Record<string, Curve>>

/** Name of a curve this code can tell; not every one of them may sign on chain. */
export type CurveName = keyof typeof CURVES

const NAMES = Object.keys(CURVES) as readonly CurveName[]

/** What makers call the curves, in lower case and without marks. */
const ALIASES: { readonly [alias: string]: CurveName } = {
  prime256v1: 'secp256r1',
  nistp256: 'secp256r1',
  p256: 'secp256r1',
  p256k1: 'secp256k1',
  prime192v1: 'secp192r1',
  nistp192: 'secp192r1',
  p192: 'secp192r1',
  prime384v1: 'secp384r1',
  nistp384: 'secp384r1',
  p384: 'secp384r1',
  nistp521: 'secp521r1',
  p521: 'secp521r1',
  brainpool256r1: 'brainpoolP256r1',
  brainpool384r1: 'brainpoolP384r1',
  brainpool512r1: 'brainpoolP512r1',
}

/** Every curve, in the order of trying. */
export function curveNames(): readonly CurveName[] {
  return NAMES
}

/** The curve of a name in any of its spellings. */
export function curveNamed(text: string): CurveName | undefined {
  const plain = text.toLowerCase().replace(/[^a-z0-9]/g, '')
  const exact = NAMES.find((name) => name.toLowerCase() === plain)
  return exact ?? (Object.hasOwn(ALIASES, plain) ? ALIASES[plain] : undefined)
}

/** The curve of an object identifier in hex. */
export function curveOfOid(oid: string): CurveName | undefined {
  return NAMES.find((name) => CURVES[name].oid === oid)
}

/** Whether the point lies on the curve. */
export function isOnCurve(name: CurveName, x: bigint, y: bigint): boolean {
  const { p } = CURVES[name]
  return x < p && y < p && mod(y * y - rightSide(name, x), p) === 0n
}

/** The y of a compressed point by the parity of its y; undefined when x is on no point of the curve. */
export function liftX(name: CurveName, x: bigint, odd: boolean): bigint | undefined {
  const { p } = CURVES[name]
  if (x >= p) return undefined
  // Every p here is 3 modulo 4, so that a root is a power.
  const root = power(rightSide(name, x), (p + 1n) >> 2n, p)
  if (mod(root * root - rightSide(name, x), p) !== 0n) return undefined
  return (root & 1n) === (odd ? 1n : 0n) ? root : p - root
}

function rightSide(name: CurveName, x: bigint): bigint {
  const { p, a, b } = CURVES[name]
  return mod(x * x * x + a * x + b, p)
}

function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * square, p)
    square = mod(square * square, p)
  }
  return result
}
