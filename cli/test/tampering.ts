import type { Commit, Header } from '../../node/chain/types.ts'
import { Certificate, CertificateRange } from '../../proto/gen/strom/certificate/v1/state.ts'
import type { Bundle } from '../proof/bundle.ts'
import type { Proven } from '../proof/proven.ts'

/** One tampered bundle: what was changed, and the check that must see it. */
export type Tampered = readonly [name: string, bundle: Bundle, check: string]

/** The bytes with one bit of one byte changed. */
export function flipped(bytes: Uint8Array, at = bytes.length >> 1): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

/** Ways to change one part of a good bundle. */
function changesOf(good: Bundle) {
  const entry = (what: string, change: (entry: Proven) => Proven, at = 0): Bundle => {
    const target = good.entries.filter((one) => one.what === what)[at]
    return { ...good, entries: good.entries.map((one) => (one === target ? change(one) : one)) }
  }
  const op = (what: string, index: number, change: 'data' | 'key' | 'type'): Bundle =>
    entry(what, (one) => ({
      ...one,
      ops: one.ops.map((old, i) => {
        if (i !== index) return old
        return change === 'type'
          ? { ...old, type: `${old.type}x` }
          : { ...old, [change]: flipped(old[change]) }
      }),
    }))
  const header = (change: Partial<Header>): Bundle => ({
    ...good,
    block: { ...good.block, header: { ...good.block.header, ...change } },
  })
  const commit = (change: Partial<Commit>): Bundle => ({
    ...good,
    block: { ...good.block, commit: { ...good.block.commit, ...change } },
  })
  const signature = (index: number, change: object): Bundle =>
    commit({
      signatures: good.block.commit.signatures.map((one, i) =>
        i === index ? { ...one, ...change } : one,
      ),
    })
  return { entry, op, header, commit, signature }
}

const richer = (value: Uint8Array): Uint8Array =>
  Certificate.encode({ ...Certificate.decode(value), quantityWh: 7501n })
const mine = (value: Uint8Array): Uint8Array =>
  CertificateRange.encode({ ...CertificateRange.decode(value), owner: 'strom1thief' })

/** Values, keys and proofs that were tampered with. */
export function tamperedEntries(good: Bundle): readonly Tampered[] {
  const { entry, op } = changesOf(good)
  return [
    [
      'value of the certificate',
      entry('certificate', (e) => ({ ...e, value: richer(e.value) })),
      'proofs',
    ],
    ['value of a range', entry('range', (e) => ({ ...e, value: mine(e.value) })), 'proofs'],
    ['value of the device', entry('device', (e) => ({ ...e, value: flipped(e.value) })), 'proofs'],
    [
      'value of a reading',
      entry('closing reading', (e) => ({ ...e, value: flipped(e.value) })),
      'proofs',
    ],
    ['key of a value', entry('claim', (e) => ({ ...e, key: flipped(e.key, 8) })), 'proofs'],
    ['store of a value', entry('device', (e) => ({ ...e, store: 'bank' })), 'proofs'],
    ['name of an entry', entry('device', (e) => ({ ...e, what: 'claim' })), 'content'],
    ['step in a store', op('certificate', 0, 'data'), 'proofs'],
    ['step between stores', op('certificate', 1, 'data'), 'proofs'],
    ['key of a step', op('range', 0, 'key'), 'proofs'],
    ['type of a step', op('range', 1, 'type'), 'proofs'],
  ]
}

/** Header, commit and signatures that were tampered with. */
export function tamperedBlocks(good: Bundle): readonly Tampered[] {
  const { header, commit, signature } = changesOf(good)
  const { header: h } = good.block
  const sig = good.block.commit.signatures[2]
  return [
    ['app hash', header({ appHash: flipped(h.appHash) }), 'proofs'],
    ['height', header({ height: h.height + 1n }), 'signatures'],
    ['time', header({ time: { ...h.time, nanos: 1 } }), 'signatures'],
    ['chain id', header({ chainId: 'strom-proof-2' }), 'trust'],
    ['version', header({ version: { block: 11n, app: 2n } }), 'signatures'],
    ['block version', header({ version: { block: 10n, app: 1n } }), 'header'],
    ['validators hash', header({ validatorsHash: flipped(h.validatorsHash) }), 'validators'],
    ['next validators', header({ nextValidatorsHash: flipped(h.nextValidatorsHash) }), 'trust'],
    ['proposer', header({ proposerAddress: flipped(h.proposerAddress) }), 'signatures'],
    ['commit height', commit({ height: 9n }), 'signatures'],
    ['commit round', commit({ round: 1 }), 'signatures'],
    [
      'a signature',
      signature(0, { signature: flipped(sig?.signature ?? new Uint8Array(64)) }),
      'signatures',
    ],
    [
      'the last signature',
      signature(3, { signature: flipped(sig?.signature ?? new Uint8Array(64)) }),
      'signatures',
    ],
    ['a timestamp', signature(1, { timestamp: { seconds: 1n, nanos: 0 } }), 'signatures'],
    ['a flag', signature(2, { flag: 3 }), 'signatures'],
    [
      'an address',
      signature(2, { validatorAddress: flipped(sig?.validatorAddress ?? new Uint8Array(20)) }),
      'signatures',
    ],
  ]
}

/** Statements of a bundle that no longer fit what is proven. */
export function tamperedStatements(good: Bundle, foreign: Proven): readonly Tampered[] {
  const [first = '', ...others] = good.summary
  return [
    ['summary', { ...good, summary: [first.replace('7,500', '9,500'), ...others] }, 'summary'],
    ['a sentence more', { ...good, summary: [...good.summary, 'And more.'] }, 'summary'],
    [
      'attributes',
      { ...good, certificate: { ...(good.certificate as object), standard: {} } },
      'attributes',
    ],
    ['numbers', { ...good, numbers: { first: 1n, last: 7499n } }, 'summary'],
    ['numbers beyond', { ...good, numbers: { first: 1n, last: 7501n } }, 'content'],
    [
      'a range less',
      { ...good, entries: good.entries.filter((e) => e !== good.entries[1]) },
      'content',
    ],
    [
      'the claim less',
      { ...good, entries: good.entries.filter((e) => e.what !== 'claim') },
      'content',
    ],
    [
      'one reading less',
      { ...good, entries: good.entries.filter((e) => e.what !== 'opening reading') },
      'content',
    ],
    [
      'another device',
      {
        ...good,
        entries: [...good.entries.filter((e) => e.what !== 'device'), foreign],
      },
      'content',
    ],
    [
      'an entry twice',
      { ...good, entries: [...good.entries, ...good.entries.slice(0, 1)] },
      'content',
    ],
  ]
}
