import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { NIL_BLOCK_ID } from '../../chain/codec.ts'
import { voteSignBytes } from '../../chain/sign-bytes.ts'
import type { BlockId, Vote } from '../../chain/types.ts'
import { CrashError, type FailPointName } from '../fail-points.ts'
import { KeyFileError, readKeyFile, writeKeyFile } from '../key-file.ts'
import { exportSignState } from '../sign-slots.ts'
import { SignRefused } from '../sign-state.ts'
import { openFileSigner, type Signer } from '../signer.ts'
import { Ed25519Verifier } from '../verify-ed25519.ts'

const CHAIN = 'strom-test-1'
const blockId = (byte: number): BlockId => ({
  hash: new Uint8Array(32).fill(byte),
  parts: { total: 1, hash: new Uint8Array(32).fill(byte) },
})

describe('consensus/signer', () => {
  let directory: string
  let stateFile: string
  let slotsFile: string
  let keyFile: string

  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'strom-sign-'))
    keyFile = path.join(directory, 'priv_validator_key.json')
    stateFile = path.join(directory, 'priv_validator_state.json')
    slotsFile = path.join(directory, 'priv_validator_state.slots')
    writeKeyFile(keyFile, new Uint8Array(32).fill(7))
  })
  afterEach(() => fs.rmSync(directory, { recursive: true }))

  function open(chainHeight = 0n, failPoint?: (name: FailPointName) => void): Signer {
    const base = { key: readKeyFile(keyFile), chainId: CHAIN, stateFile, chainHeight }
    return openFileSigner(failPoint === undefined ? base : { ...base, failPoint })
  }

  function vote(signer: Signer, change: Partial<Vote> = {}): Omit<Vote, 'signature'> {
    return {
      type: 1,
      height: 5n,
      round: 0,
      blockId: blockId(1),
      timestamp: { seconds: 1_700_000_000n, nanos: 5 },
      validatorAddress: signer.address,
      validatorIndex: 0,
      ...change,
    }
  }

  it('signs votes that verify under ZIP-215 and refuses an altered one', () => {
    const signer = open()
    const verifier = new Ed25519Verifier()
    const signed = signer.signVote(vote(signer))
    const bytes = voteSignBytes(CHAIN, signed)
    expect(verifier.verify(signer.pubKey, bytes, signed.signature)).to.equal(true)
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
    expect(verifier.verify(signer.pubKey, bytes, signed.signature)).to.equal(false)
  })

  it('gives the stored signature again for the same vote, also after reopening', () => {
    const signer = open()
    const first = signer.signVote(vote(signer))
    expect(signer.signVote(vote(signer))).to.deep.equal(first)
    expect(open(5n).signVote(vote(signer))).to.deep.equal(first)
  })

  it('gives stored signature and stored time when only the timestamp differs', () => {
    const signer = open()
    for (const id of [blockId(1), NIL_BLOCK_ID]) {
      const round = id === NIL_BLOCK_ID ? 1 : 0
      const first = signer.signVote(vote(signer, { blockId: id, round }))
      const later = { seconds: 1_800_000_000n, nanos: 999_999_999 }
      const again = open(5n).signVote(vote(signer, { blockId: id, round, timestamp: later }))
      expect(again).to.deep.equal(first)
    }
  })

  it('refuses a second block, nil after a block, and everything lower', () => {
    const signer = open()
    signer.signVote(vote(signer, { type: 2, round: 1 }))
    const refused: Partial<Vote>[] = [
      { type: 2, round: 1, blockId: blockId(2) },
      { type: 2, round: 1, blockId: NIL_BLOCK_ID },
      { type: 1, round: 1 },
      { type: 2, round: 0 },
      { type: 2, round: 9, height: 4n },
    ]
    for (const change of refused) {
      expect(() => signer.signVote(vote(signer, change))).to.throw(SignRefused)
      expect(() => open(5n).signVote(vote(signer, change))).to.throw(SignRefused)
    }
    expect(signer.lastHeight).to.equal(5n)
  })

  it('treats proposals like votes: same again, time kept, another block refused', () => {
    const signer = open()
    const proposal = {
      height: 5n,
      round: 0,
      polRound: -1,
      blockId: blockId(1),
      timestamp: { seconds: 1_700_000_000n, nanos: 0 },
    }
    const first = signer.signProposal(proposal)
    const later = { seconds: 1_700_000_009n, nanos: 1 }
    expect(open(5n).signProposal({ ...proposal, timestamp: later })).to.deep.equal(first)
    expect(() => signer.signProposal({ ...proposal, blockId: blockId(2) })).to.throw(SignRefused)
    expect(() => signer.signProposal({ ...proposal, polRound: 0 })).to.throw(SignRefused)
  })

  it('lets no signature out before the state is durable: after a crash at K3-K6 no conflict is possible', () => {
    for (const name of ['K3', 'K4', 'K5', 'K6'] as const) {
      fs.rmSync(slotsFile, { force: true })
      const signer = open(0n, (at) => {
        if (at === name) throw new CrashError(at)
      })
      expect(() => signer.signVote(vote(signer))).to.throw(CrashError)
      const again = open(5n)
      const other = vote(again, { blockId: blockId(2) })
      if (name === 'K3') expect(again.signVote(other).signature).to.have.length(64)
      else expect(() => again.signVote(other)).to.throw(SignRefused)
    }
  })

  it('refuses to open without sign state above height 0, unless told explicitly', () => {
    expect(() => open(3n)).to.throw(KeyFileError, /is missing but the chain here is at height 3/)
    const signer = openFileSigner({
      key: readKeyFile(keyFile),
      chainId: CHAIN,
      stateFile,
      chainHeight: 3n,
      allowMissingState: true,
    })
    expect(signer.lastHeight).to.equal(0n)
  })

  it('refuses a damaged sign state or key file and names the file', () => {
    fs.writeFileSync(stateFile, '{"height":"5","round":0,"step":9}')
    expect(() => open(5n)).to.throw(KeyFileError, /priv_validator_state.json is damaged/)
    fs.writeFileSync(stateFile, '{"height":')
    expect(() => open(5n)).to.throw(KeyFileError, /cannot read/)
    fs.rmSync(stateFile)
    fs.writeFileSync(slotsFile, new Uint8Array(8192))
    expect(() => open(5n)).to.throw(KeyFileError, /priv_validator_state.slots is damaged/)
    const json = JSON.parse(fs.readFileSync(keyFile, 'utf8'))
    fs.writeFileSync(keyFile, JSON.stringify({ ...json, address: '00'.repeat(20) }))
    expect(() => readKeyFile(keyFile)).to.throw(KeyFileError, /address is not/)
    expect(() => writeKeyFile(keyFile, new Uint8Array(32))).to.throw(
      KeyFileError,
      /never overwritten/,
    )
  })

  it('writes the CometBFT file shapes', () => {
    const signer = open()
    signer.signVote(vote(signer))
    const key = JSON.parse(fs.readFileSync(keyFile, 'utf8'))
    expect(key.pub_key.type).to.equal('tendermint/PubKeyEd25519')
    expect(Buffer.from(key.priv_key.value, 'base64')).to.have.length(64)
    expect(key.address).to.match(/^[0-9A-F]{40}$/)
    const copy = path.join(directory, 'copy.json')
    exportSignState(stateFile, copy)
    const state = JSON.parse(fs.readFileSync(copy, 'utf8'))
    expect(state).to.include({ height: '5', round: 0, step: 2 })
    expect(state.signbytes).to.match(/^[0-9A-F]+$/)
    expect(fs.statSync(keyFile).mode & 0o777).to.equal(0o600)
  })
})
