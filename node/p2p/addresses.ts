import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'

/** Where a peer may be reached and, as far as the address says, who must answer there. */
export interface PeerAddress {
  /** As it was written, for messages. */
  readonly text: string
  /** IP address or host name; names are looked up again at every dial, because they move. */
  readonly host: string
  readonly port: number
  /** libp2p id that must answer. */
  readonly peerId?: string
  /** CometBFT id (40 hex digits) that must answer. */
  readonly nodeId?: string
}

const HELP = 'use /ip4/HOST/tcp/PORT/p2p/PEER, ID@HOST:PORT or HOST:PORT'

function fail(text: string, why: string): never {
  throw new Error(`peer address "${text}": ${why}; ${HELP}`)
}

function portOf(text: string, port: string): number {
  const value = /^\d{1,5}$/.test(port) ? Number(port) : 0
  if (value < 1 || value > 65_535) fail(text, `port "${port}" is not between 1 and 65535`)
  return value
}

function identity(text: string, id: string): { peerId: string } | { nodeId: string } {
  if (/^[0-9a-fA-F]{40}$/.test(id)) return { nodeId: id.toLowerCase() }
  try {
    return { peerId: peerIdFromString(id).toString() }
  } catch {
    return fail(text, `"${id}" is neither a 40-digit node id nor a libp2p peer id`)
  }
}

/**
 * Reads one peer address: a multiaddr (`/ip4/127.0.0.1/tcp/26656/p2p/12D3...`, `/dns4/...` too), CometBFT's
 * `id@host:port` with either kind of id, or `host:port` when the identity is learned on dialling.
 */
export function parsePeerAddress(text: string): PeerAddress {
  const trimmed = text.trim()
  if (trimmed.startsWith('/')) {
    const match =
      /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)(?:\/(?:p2p|ipfs)\/([^/]+))?\/?$/.exec(
        trimmed,
      )
    if (match === null)
      return fail(text, 'only /ip4, /ip6 and /dns with /tcp and an optional /p2p are spoken')
    const [, host = '', port = '', id] = match
    return { text, host, port: portOf(text, port), ...(id === undefined ? {} : identity(text, id)) }
  }
  const at = trimmed.indexOf('@')
  const rest = (at === -1 ? trimmed : trimmed.slice(at + 1)).replace(/^tcp:\/\//, '')
  const colon = rest.lastIndexOf(':')
  if (colon < 1) fail(text, 'no port')
  const host = rest.slice(0, colon).replace(/^\[|\]$/g, '')
  const port = portOf(text, rest.slice(colon + 1))
  return { text, host, port, ...(at === -1 ? {} : identity(text, trimmed.slice(0, at))) }
}

/** Reads a comma-separated list of peer addresses, as `persistent_peers` of a config file; blanks are skipped. */
export function parsePeerAddresses(list: string): PeerAddress[] {
  return list
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(parsePeerAddress)
}

/** Looks the host up if it is a name and gives what libp2p dials. */
export async function dialAddress(address: PeerAddress): Promise<Multiaddr> {
  const ip = isIP(address.host) === 0 ? (await lookup(address.host)).address : address.host
  const end = address.peerId === undefined ? '' : `/p2p/${address.peerId}`
  return multiaddr(`/${isIP(ip) === 6 ? 'ip6' : 'ip4'}/${ip}/tcp/${address.port}${end}`)
}

/** Turns a listen address (`tcp://0.0.0.0:26656`, `host:port` or a multiaddr; port 0 = any) into a multiaddr. */
export function listenAddress(text: string): string {
  if (text.startsWith('/')) return text
  const match = /^(?:tcp:\/\/)?(.*):(\d{1,5})$/.exec(text)
  if (match === null)
    throw new Error(`listen address "${text}" is not tcp://IP:PORT or a multiaddr`)
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '') || '0.0.0.0'
  const family = isIP(host === 'localhost' ? '127.0.0.1' : host)
  if (family === 0) throw new Error(`listen address "${text}" needs an IP address, not a name`)
  return `/ip${family}/${host === 'localhost' ? '127.0.0.1' : host}/tcp/${match[2] ?? ''}`
}

/** The IP address of a multiaddr, `''` if it has none. */
export function ipOf(address: Multiaddr): string {
  for (const part of address.getComponents()) {
    if (part.name === 'ip4' || part.name === 'ip6') return part.value ?? ''
  }
  return ''
}

/** Loopback addresses are exempt from limits per address: many nodes of a development net share one. */
export function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1' || ip.startsWith('::ffff:127.')
}
