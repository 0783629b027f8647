import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'

/** A Modbus TCP device of its own making: real sockets, registers one can set, and ways to misbehave. */
export class ModbusDevice {
  readonly registers = new Map<number, number>()
  readonly reads: { unit: number; address: number; count: number }[] = []
  readonly writes: { address: number; values: number[] }[] = []
  /** Exception code with which writes at an address are refused. */
  readonly refuse = new Map<number, number>()
  /** Addresses that say yes to a write and keep their value. */
  readonly stuck = new Set<number>()
  silent = false
  /** Sends answers byte by byte, as slow serial converters do. */
  dribble = false
  /** Bytes sent in place of an answer. */
  garbage: Buffer | undefined
  #server: Server | undefined
  readonly #sockets = new Set<Socket>()
  port = 0

  async listen(port = 0): Promise<this> {
    const server = createServer((socket) => this.#serve(socket))
    this.#server = server
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    this.port = (server.address() as AddressInfo).port
    return this
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  /** Puts the marker and models at a base; returns the address of each model's header. */
  models(base: number, list: readonly (readonly [id: number, length: number])[]): number[] {
    this.set(base, [0x5375, 0x6e53])
    let at = base + 2
    const starts = list.map(([id, length]) => {
      const start = at
      this.set(start, [id, length, ...new Array<number>(length).fill(0xffff)])
      at += 2 + length
      return start
    })
    this.set(at, [0xffff, 0])
    return starts
  }

  set(address: number, values: readonly number[]): void {
    for (const [i, value] of values.entries()) this.registers.set(address + i, value & 0xffff)
  }

  text(address: number, text: string, words: number): void {
    const bytes = Buffer.alloc(2 * words)
    bytes.write(text, 'latin1')
    for (let i = 0; i < words; i++) this.registers.set(address + i, bytes.readUInt16BE(2 * i))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    let pending = Buffer.alloc(0)
    socket.on('data', (data) => {
      pending = Buffer.concat([pending, data])
      while (pending.length >= 6 && pending.length >= 6 + pending.readUInt16BE(4)) {
        const frame = pending.subarray(0, 6 + pending.readUInt16BE(4))
        pending = pending.subarray(frame.length)
        if (!this.silent) this.#answer(socket, frame)
      }
    })
  }

  #answer(socket: Socket, frame: Buffer): void {
    if (this.garbage !== undefined) {
      socket.write(this.garbage)
      return
    }
    const body = this.#body(frame[6] ?? 0, frame.subarray(7))
    const answer = Buffer.concat([frame.subarray(0, 7), body])
    answer.writeUInt16BE(1 + body.length, 4)
    if (!this.dribble) socket.write(answer)
    else for (const byte of answer) socket.write(Buffer.from([byte]))
  }

  #body(unit: number, pdu: Buffer): Buffer {
    const code = pdu[0] ?? 0
    const address = pdu.readUInt16BE(1)
    const count = pdu.readUInt16BE(3)
    if (code === 3) {
      this.reads.push({ unit, address, count })
      if (count > 125) return Buffer.from([0x83, 3])
      const answer = Buffer.alloc(2 + 2 * count)
      answer.set([3, 2 * count])
      for (let i = 0; i < count; i++) {
        const value = this.registers.get(address + i)
        if (value === undefined) return Buffer.from([0x83, 2])
        answer.writeUInt16BE(value, 2 + 2 * i)
      }
      return answer
    }
    if (code !== 16) return Buffer.from([code | 0x80, 1])
    const exception = this.refuse.get(address)
    if (exception !== undefined) return Buffer.from([0x90, exception])
    const values = Array.from({ length: count }, (_, i) => pdu.readUInt16BE(6 + 2 * i))
    this.writes.push({ address, values })
    values.forEach((value, i) => {
      if (!this.stuck.has(address + i)) this.registers.set(address + i, value)
    })
    return pdu.subarray(0, 5)
  }
}
