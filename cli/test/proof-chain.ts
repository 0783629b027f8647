import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { sha256 } from '../../node/chain/hash.ts'
import { headerHash } from '../../node/chain/header.ts'
import type { LightBlock } from '../../node/chain/light.ts'
import { voteSignBytes } from '../../node/chain/sign-bytes.ts'
import type { Commit, Header, Time, ValidatorSet } from '../../node/chain/types.ts'
import { newValidatorSet, validatorsHash } from '../../node/chain/validators.ts'
import { MultiStore } from '../../node/store/multistore.ts'
import {
  Certificate,
  CertificateRange,
  Claim,
  Params,
  RangeStatus,
} from '../../proto/gen/strom/certificate/v1/state.ts'
import { Device, Kind, Status, TrustClass } from '../../proto/gen/strom/device/v1/state.ts'
import { StoredReading, Verdict } from '../../proto/gen/strom/metering/v1/state.ts'
import type { Bundle } from '../proof/bundle.ts'
import { energyTag } from '../proof/energy-tag.ts'
import { decodeEntries, type EntryKind, storeOf } from '../proof/entries.ts'
import { factsOf, type Numbers } from '../proof/facts.ts'
import { storeKeys } from '../proof/keys.ts'
import type { Proven } from '../proof/proven.ts'
import { sentences } from '../proof/words.ts'

/** Validators with their keys, in the order of their set. */
export interface Signers {
  readonly set: ValidatorSet
  readonly keys: readonly KeyObject[]
}

const DEVICE = 'home-1-pv'
const START = 1_772_366_400n
const END = START + 900n
const OWNER = 'strom1mfrep6raep67saeu8lsdxez8stafsrupk6422l'

/** A set of `count` fresh validators of equal power. */
export function freshSigners(count: number, power = 10n): Signers {
  const pairs = Array.from({ length: count }, () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const jwk = publicKey.export({ format: 'jwk' })
    return { privateKey, pubKey: Uint8Array.from(Buffer.from(jwk.x ?? '', 'base64url')) }
  })
  const set = newValidatorSet(pairs.map(({ pubKey }) => ({ pubKey, power })))
  const keys = set.validators.map(({ pubKey }) => {
    const pair = pairs.find((one) => Buffer.compare(one.pubKey, pubKey) === 0)
    if (pair === undefined) throw new Error('a validator without key')
    return pair.privateKey
  })
  return { set, keys }
}

/** A header with the commit of all signers but those at the indexes `absent`. */
export function signBlock(
  fields: Partial<Header> & { readonly height: bigint; readonly appHash: Uint8Array },
  signers: Signers,
  absent: readonly number[] = [],
): LightBlock {
  const time: Time = { seconds: START + 4_000n, nanos: 250_000_000 }
  const hash = (text: string): Uint8Array => sha256(new TextEncoder().encode(text))
  const header: Header = {
    version: { block: 11n, app: 1n },
    chainId: 'strom-proof-1',
    time,
    lastBlockId: { hash: hash('last'), parts: { total: 1, hash: hash('parts') } },
    lastCommitHash: hash('commit'),
    dataHash: hash('data'),
    validatorsHash: validatorsHash(signers.set),
    nextValidatorsHash: validatorsHash(signers.set),
    consensusHash: hash('params'),
    lastResultsHash: hash('results'),
    evidenceHash: hash('evidence'),
    proposerAddress: signers.set.proposer.address,
    ...fields,
  }
  const blockId = { hash: headerHash(header), parts: { total: 1, hash: hash('block parts') } }
  const signatures = signers.set.validators.map(
    ({ address }, index): Commit['signatures'][number] => {
      if (absent.includes(index)) {
        const none = new Uint8Array(0)
        return {
          flag: 1,
          validatorAddress: none,
          timestamp: { seconds: -62135596800n, nanos: 0 },
          signature: none,
        }
      }
      const vote = {
        type: 2 as const,
        height: header.height,
        round: 0,
        blockId,
        timestamp: { seconds: time.seconds + 1n, nanos: index },
        validatorAddress: address,
        validatorIndex: index,
        signature: new Uint8Array(0),
      }
      const bytes = voteSignBytes(header.chainId, vote)
      const signature = Uint8Array.from(sign(null, bytes, signers.keys[index] as KeyObject))
      return { flag: 2, validatorAddress: address, timestamp: vote.timestamp, signature }
    },
  )
  return {
    header,
    commit: { height: header.height, round: 0, blockId, signatures },
    validators: signers.set,
  }
}

function identity(text: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(text).digest())
}

function reading(seq: bigint, time: bigint, exportMwh: bigint, name: string): StoredReading {
  return StoredReading.create({
    device: DEVICE,
    context: 'main',
    seq,
    time,
    importMwh: 12_000n,
    exportMwh,
    status: 1,
    identity: identity(name),
    verdict: Verdict.VERDICT_ACCEPTED,
  })
}

/** A certificate of 7,500 Wh. */
function certificate(): Certificate {
  return Certificate.create({
    device: DEVICE,
    intervalStart: START,
    intervalEnd: END,
    firstId: 1n,
    quantityWh: 7500n,
    kind: Kind.KIND_PV,
    zone: 'DE',
    owner: OWNER,
    flags: 1,
    issuedHeight: 40n,
    issuedTime: END + 1800n,
    capacityW: 50_000n,
    commissioned: 1_700_000_000n,
    latE4: 525_200,
    lonE4: 134_050,
    trustClass: TrustClass.TRUST_CLASS_A,
    opening: identity('opening'),
    closing: identity('closing'),
    finalTime: END + 7200n,
    expires: END + 63_072_000n,
  })
}

/** Its ranges: 1..2500 claimed, 2501..4000 reserved, the rest free. */
function ranges(): CertificateRange[] {
  const base = { device: DEVICE, intervalStart: START, owner: OWNER }
  return [
    { ...base, first: 1n, last: 2500n, status: RangeStatus.RANGE_STATUS_CLAIMED, ref: 3n },
    {
      ...base,
      first: 2501n,
      last: 4000n,
      status: RangeStatus.RANGE_STATUS_RESERVED,
      reservedFor: OWNER,
      until: END + 90_000n,
    },
    { ...base, first: 4001n, last: 7500n, status: RangeStatus.RANGE_STATUS_ACTIVE },
  ].map((one) => CertificateRange.create(one))
}

function claim(): Claim {
  return Claim.create({
    id: 3n,
    owner: OWNER,
    status: RangeStatus.RANGE_STATUS_CLAIMED,
    device: DEVICE,
    intervalStart: START,
    first: 1n,
    last: 2500n,
    beneficiary: 'Example <Ltd> & "Sons"',
    purpose: 'office, March',
    time: END + 3000n,
    height: 60n,
  })
}

function device(id: string): Device {
  return Device.create({
    id,
    pubkey: new Uint8Array(33).fill(2),
    scheme: 'p256',
    owner: OWNER,
    kind: Kind.KIND_PV,
    nameplateW: 50_000n,
    zone: 'DE',
    intervalS: 900,
    status: Status.STATUS_ACTIVE,
    maker: 'maker-1',
    serial: 'SN-0042',
    model: 'EM-3',
    trustClass: TrustClass.TRUST_CLASS_A,
  })
}

/** Everything the proofs are of, and a second device beside it. */
function contents(): {
  readonly [K in EntryKind]?: readonly [key: Uint8Array, value: Uint8Array][]
} {
  const readings: [EntryKind, StoredReading][] = [
    ['opening reading', reading(41n, START, 81_200_900n, 'opening')],
    ['closing reading', reading(42n, END, 88_700_950n, 'closing')],
  ]
  return {
    certificate: [[storeKeys.certificate(DEVICE, START, 0), Certificate.encode(certificate())]],
    range: ranges().map((one) => [
      storeKeys.range(DEVICE, START, 0, one.first),
      CertificateRange.encode(one),
    ]),
    claim: [[storeKeys.claim(3n), Claim.encode(claim())]],
    rules: [[storeKeys.params(), Params.encode(Params.create({ carrier: 'electricity' }))]],
    device: [DEVICE, 'other-pv'].map((id) => [storeKeys.device(id), Device.encode(device(id))]),
    ...Object.fromEntries(
      readings.map(([what, one]) => [
        what,
        [[storeKeys.reading(DEVICE, 'main', one.seq), StoredReading.encode(one)]],
      ]),
    ),
  }
}

/** A real state with its proofs under a signed header, as a chain would have it. */
export class ProofChain {
  readonly signers: Signers
  readonly block: LightBlock
  readonly #entries: readonly Proven[]

  constructor(signers: Signers, block: LightBlock, entries: readonly Proven[]) {
    this.signers = signers
    this.block = block
    this.#entries = entries
  }

  static async make(
    signers = freshSigners(4),
    absent: readonly number[] = [],
  ): Promise<ProofChain> {
    const stores = ['acc', 'bank', 'certificate', 'device', 'metering', 'staking']
    const state = await MultiStore.open({ db: undefined, stores })
    for (const name of stores) {
      // Neighbours, so that every proof has a path of several steps.
      for (let i = 0; i < 40; i += 1)
        state.store(name).set(Uint8Array.of(0xf0, i), Uint8Array.of(1, i))
    }
    const all = Object.entries(contents()) as [EntryKind, [Uint8Array, Uint8Array][]][]
    for (const [what, list] of all)
      for (const [key, value] of list) state.store(storeOf(what)).set(key, value)
    const { version, appHash } = await state.commit()
    const view = state.at(version)
    const entries = all.flatMap(([what, list]) =>
      list.map(([key, value]): Proven => {
        const { ops } = view.prove(storeOf(what), key)
        return { what, store: storeOf(what), key, value, ops }
      }),
    )
    await state.close()
    const block = signBlock({ height: version + 1n, appHash }, signers, absent)
    return new ProofChain(signers, block, entries)
  }

  /** The entries of the certificate, without those that have nothing to do with it. */
  entries(filter: (entry: Proven) => boolean = () => true): Proven[] {
    return this.#entries.filter(
      (entry) => !Buffer.from(entry.key).includes('other-pv') && filter(entry),
    )
  }

  /** The genuine entry of another device. */
  get foreignDevice(): Proven {
    const found = this.#entries.find(({ key }) => Buffer.from(key).includes('other-pv'))
    if (found === undefined) throw new Error('there is no other device')
    return found
  }

  /** A bundle as an honest exporter makes it. */
  bundle(numbers: Numbers = { first: 1n, last: 7500n }): Bundle {
    const entries = this.entries(({ what, key }) => {
      if (what !== 'range' && what !== 'claim') return true
      if (what === 'claim') return numbers.first <= 2500n
      const first = Buffer.from(key).readBigUInt64BE(key.length - 8)
      const last = first === 1n ? 2500n : first === 2501n ? 4000n : 7500n
      return last >= numbers.first && first <= numbers.last
    })
    const facts = factsOf(decodeEntries(entries), numbers)
    const { header } = this.block
    return {
      summary: sentences(facts, header),
      certificate: energyTag({ ...facts.entries, chainId: header.chainId, numbers }),
      numbers,
      block: this.block,
      entries,
    }
  }
}
