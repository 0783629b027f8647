import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { listenAddress, parsePeerAddress, parsePeerAddresses } from '../addresses.ts'
import { encodeFrame, FrameError, FrameReader } from '../frames.ts'
import { SeenCache, TokenBucket } from '../limits.ts'
import { generateNodeKey, loadOrCreateNodeKey, nodeIdOfPeer, parseNodeKey } from '../node-key.ts'
import { OutQueue } from '../out-queue.ts'
import { PeerScores } from '../scores.ts'
import { decodeBundle, encodeBundle } from '../tx-gossip.ts'

describe('p2p parts', () => {
  it('reads frames however the byte stream is cut', () => {
    const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 })
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 97 }), (payloads, cut) => {
        const bytes = Buffer.concat(payloads.map(encodeFrame))
        const reader = new FrameReader(300)
        const got: Uint8Array[] = []
        for (let at = 0; at < bytes.length; at += cut)
          got.push(...reader.push(bytes.subarray(at, at + cut)))
        expect(got.map((one) => Buffer.from(one).toString('hex'))).to.deep.equal(
          payloads.map((one) => Buffer.from(one).toString('hex')),
        )
      }),
    )
  })

  it('refuses an oversized and an empty frame on its header alone', () => {
    expect(() => [...new FrameReader(10).push(new Uint8Array([0, 0, 0, 11]))]).to.throw(
      FrameError,
      'frame too large',
    )
    expect(() => [...new FrameReader(10).push(new Uint8Array([0, 0, 0, 0]))]).to.throw(
      FrameError,
      'bad frame',
    )
  })

  it('keeps an outgoing queue within its bounds and counts what it drops', () => {
    const limits = { maxFrames: 5, maxBytes: 100, overflow: 'drop-oldest' } as const
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 })
    fc.assert(
      fc.property(sizes, (list) => {
        const queue = new OutQueue(limits)
        let dropped = 0
        list.forEach((size, i) => {
          const result = queue.push(new Uint8Array(size).fill(i))
          if (result !== 'overflow') dropped += result
          expect(queue.frames).to.be.at.most(5)
          expect(queue.bytes).to.be.at.most(100)
        })
        expect(queue.frames + dropped).to.equal(list.length)
        let rest = 0
        for (let piece = queue.take(70); piece !== undefined; piece = queue.take(70))
          rest += piece.length
        const kept = list.slice(dropped).reduce((sum, size) => sum + size, 0)
        expect(rest).to.equal(kept)
        expect(queue.bytes).to.equal(0)
      }),
    )
    const strict = new OutQueue({ ...limits, overflow: 'close-peer' })
    for (let i = 0; i < 5; i++) expect(strict.push(new Uint8Array(1))).to.equal(0)
    expect(strict.push(new Uint8Array(1))).to.equal('overflow')
  })

  it('packs transactions and refuses every bundle that is not exact', () => {
    const txs = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), {
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(txs, fc.nat(), (list, seed) => {
        const data = encodeBundle(list)
        const back = decodeBundle(data, 50) ?? []
        expect(Buffer.concat(back).equals(Buffer.concat(list))).to.equal(true)
        expect(back.length).to.equal(list.length)
        const boundaries = new Set<number>()
        let at = 0
        for (const tx of list) boundaries.add((at += tx.length + 4))
        const cut = 1 + (seed % (data.length - 1))
        if (!boundaries.has(cut))
          expect(decodeBundle(data.subarray(0, cut), 50)).to.equal(undefined)
      }),
    )
    expect(decodeBundle(new Uint8Array(), 50)).to.equal(undefined)
    expect(decodeBundle(encodeBundle([new Uint8Array(51)]), 50)).to.equal(undefined)
  })

  it('remembers at least the last hashes and forgets by age', () => {
    let now = 0
    const seen = new SeenCache(10, 100, () => now)
    for (let i = 0; i < 35; i++) expect(seen.add(`k${i}`)).to.equal(true)
    for (let i = 25; i < 35; i++) expect(seen.add(`k${i}`)).to.equal(false)
    expect(seen.has('k0')).to.equal(false)
    now = 250
    expect(seen.has('k34')).to.equal(false)
  })

  it('limits a rate and says how long to pause', () => {
    let now = 0
    const bucket = new TokenBucket(100, 100, () => now)
    expect(bucket.take(100)).to.equal(true)
    expect(bucket.take(1)).to.equal(false)
    now = 500
    expect(bucket.take(50)).to.equal(true)
    expect(bucket.charge(20)).to.equal(200)
  })

  it('adds up reports, forgets with time and bans for a while', () => {
    let now = 0
    const scores = new PeerScores({ now: () => now, banMs: 1000 })
    expect(scores.report('p', 'frame too large')).to.equal(false)
    now = 20_000
    expect(scores.points('p')).to.equal(30)
    expect(scores.report('p', 'frame too large')).to.equal(false)
    expect(scores.report('p', 'something else')).to.equal(true)
    expect(scores.isBanned('p')).to.equal(true)
    now = 21_001
    expect(scores.isBanned('p')).to.equal(false)
    expect(scores.points('p')).to.equal(0)
  })

  it('reads peer addresses in all forms and explains what is wrong with others', async () => {
    const { peerId, nodeId } = await generateNodeKey()
    const multi = `/ip4/127.0.0.1/tcp/26656/p2p/${peerId}`
    expect(parsePeerAddress(multi)).to.deep.equal({
      text: multi,
      host: '127.0.0.1',
      port: 26656,
      peerId,
    })
    expect(parsePeerAddress(`${nodeId.toUpperCase()}@example.org:26656`)).to.include({
      host: 'example.org',
      nodeId,
    })
    expect(parsePeerAddress(`${peerId}@[::1]:1`)).to.include({ host: '::1', port: 1, peerId })
    expect(parsePeerAddress('10.0.0.1:26656')).to.not.have.any.keys('peerId', 'nodeId')
    expect(parsePeerAddresses(` a:1, ,b:2`).map((one) => one.host)).to.deep.equal(['a', 'b'])
    expect(() => parsePeerAddress('xyz@h:1')).to.throw('"xyz" is neither a 40-digit node id')
    expect(() => parsePeerAddress('h:70000')).to.throw('port "70000" is not between')
    expect(() => parsePeerAddress('h')).to.throw('no port; use /ip4/HOST')
    expect(() => parsePeerAddress('/unix/x')).to.throw('only /ip4')
    expect(listenAddress('tcp://0.0.0.0:26656')).to.equal('/ip4/0.0.0.0/tcp/26656')
    expect(() => listenAddress('tcp://home:1')).to.throw('needs an IP address')
  })

  it('creates a node key once, readable by its owner only, in the form CometBFT reads', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'strom-key-'))
    const path = join(dir, 'config', 'node_key.json')
    const key = await loadOrCreateNodeKey(path)
    expect((await loadOrCreateNodeKey(path)).nodeId).to.equal(key.nodeId)
    expect(statSync(path).mode & 0o777).to.equal(0o600)
    expect(key.nodeId).to.match(/^[0-9a-f]{40}$/)
    expect(nodeIdOfPeer(key.peerId)).to.equal(key.nodeId)
    expect(JSON.parse(readFileSync(path, 'utf8')).priv_key.type).to.equal(
      'tendermint/PrivKeyEd25519',
    )
    writeFileSync(path, '{"priv_key":{"type":"tendermint/PrivKeyEd25519","value":"AAAA"}}')
    let message = ''
    await loadOrCreateNodeKey(path).catch((error: Error) => {
      message = error.message
    })
    expect(message).to.contain(
      'node_key.json is not a node key: node key holds 3 bytes, expected 64',
    )
    rmSync(dir, { recursive: true })
  })

  it('derives the node id as the Go implementation does', () => {
    // From the public key of RFC 8032 test 1: sha256, first 20 bytes.
    const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
    const pub = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
    const value = Buffer.from(seed + pub, 'hex').toString('base64')
    const key = parseNodeKey(
      JSON.stringify({ priv_key: { type: 'tendermint/PrivKeyEd25519', value } }),
    )
    expect(key.nodeId).to.equal('21fe31dfa154a261626bf854046fd2271b7bed4b')
  })
})
