import { StreamState, YamuxStream } from '@chainsafe/libp2p-yamux/stream'
import type { ConnectionEncrypter } from '@libp2p/interface'

/** What yamux keeps of its receiving side; should another version name it otherwise, every update is sent as before. */
interface Receiving {
  readonly state: StreamState
  readonly recvWindow: number
  readonly recvWindowCapacity: number
}

let applied = false

/**
 * Makes yamux answer with a window update when half of a window is used up, as its Go and Rust kin do. Here it answers every
 * data frame, so each vote that arrives costs an encryption, a system call and a packet back. Safe to call twice.
 */
export function updateWindowsByHalves(): void {
  if (applied) return
  applied = true
  // Not part of its types, but the one place where the decision is made.
  const prototype = YamuxStream.prototype as unknown as { sendWindowUpdate(): void }
  const update = prototype.sendWindowUpdate
  prototype.sendWindowUpdate = function (this: Receiving) {
    const { state, recvWindow, recvWindowCapacity } = this
    if (state === StreamState.Established && recvWindowCapacity * 2 > recvWindow) return
    update.call(this as never)
  }
}

/**
 * The encrypter with each of its frames written at once. Noise hands TCP a list of the 2-byte length and the ciphertext, which
 * TCP writes one by one: without Nagle's delay that is two system calls and two packets for each vote.
 */
export function oneWriteAFrame<C, E extends ConnectionEncrypter>(
  make: (components: C) => E,
): (components: C) => E {
  return (components) => {
    const encrypter = make(components)
    const inbound = encrypter.secureInbound.bind(encrypter)
    const outbound = encrypter.secureOutbound.bind(encrypter)
    encrypter.secureInbound = (stream, options) => inbound(joined(stream), options)
    encrypter.secureOutbound = (stream, options) => outbound(joined(stream), options)
    return encrypter
  }
}

function joined<S extends Parameters<ConnectionEncrypter['secureInbound']>[0]>(stream: S): S {
  const send = stream.send.bind(stream)
  stream.send = (data) => send(data instanceof Uint8Array ? data : data.subarray())
  return stream
}
