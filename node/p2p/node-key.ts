import { hash } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { generateKeyPair, privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'

/** The identity of a node on the network. It signs nothing but connections; validators vote with another key. */
export interface NodeKey {
  readonly privateKey: Ed25519PrivateKey
  /** libp2p's name of the key, `12D3Koo...`. */
  readonly peerId: string
  /** CometBFT's name of the key: first 20 bytes of sha256 of the public key, lower-case hex. RPC shows this one. */
  readonly nodeId: string
}

const TYPE = 'tendermint/PrivKeyEd25519'

/** CometBFT's node id (40 hex digits) of a 32-byte Ed25519 public key. */
export function nodeIdOfPublicKey(publicKey: Uint8Array): string {
  return hash('sha256', publicKey, 'hex').slice(0, 40)
}

/** CometBFT's node id of a libp2p peer id; `undefined` when the peer's key is not Ed25519. */
export function nodeIdOfPeer(peerId: string): string | undefined {
  const id = peerIdFromString(peerId)
  return id.type === 'Ed25519' ? nodeIdOfPublicKey(id.publicKey.raw) : undefined
}

function nodeKey(privateKey: Ed25519PrivateKey): NodeKey {
  return {
    privateKey,
    peerId: peerIdFromPrivateKey(privateKey).toString(),
    nodeId: nodeIdOfPublicKey(privateKey.publicKey.raw),
  }
}

/** A fresh random node key. */
export async function generateNodeKey(): Promise<NodeKey> {
  return nodeKey(await generateKeyPair('Ed25519'))
}

/** The text of a `node_key.json` in CometBFT's form: 64 bytes, seed and public key, in base64. */
export function nodeKeyJson(key: NodeKey): string {
  const value = Buffer.from(key.privateKey.raw).toString('base64')
  return `${JSON.stringify({ priv_key: { type: TYPE, value } }, null, 2)}\n`
}

/** Reads the text of a `node_key.json`. Throws an Error that says what is wrong with it. */
export function parseNodeKey(text: string): NodeKey {
  const parsed = JSON.parse(text) as { priv_key?: { type?: unknown; value?: unknown } }
  const { type, value } = parsed.priv_key ?? {}
  if (type !== TYPE) throw new Error(`node key type is ${String(type)}, expected ${TYPE}`)
  const raw = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0)
  if (raw.length !== 64) throw new Error(`node key holds ${raw.length} bytes, expected 64`)
  const key = privateKeyFromRaw(new Uint8Array(raw))
  if (key.type !== 'Ed25519') throw new Error('node key is not an Ed25519 key')
  return nodeKey(key)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Loads the key file at `path`, or creates it (mode 0600, written whole or not at all). Bad content is an Error. */
export async function loadOrCreateNodeKey(path: string): Promise<NodeKey> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (!isMissing(error)) throw error
    const key = await generateNodeKey()
    mkdirSync(dirname(path), { recursive: true })
    const file = openSync(`${path}.tmp`, 'w', 0o600)
    try {
      writeSync(file, nodeKeyJson(key))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(`${path}.tmp`, path)
    return key
  }
  try {
    return parseNodeKey(text)
  } catch (error) {
    throw new Error(
      `${path} is not a node key: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
