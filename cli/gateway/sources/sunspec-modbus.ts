import { Socket } from 'node:net'
import { ModbusTCPClient } from 'jsmodbus'

/** Most registers one read may ask for (Modbus application protocol 1.1b3, 6.3). */
export const MAX_READ = 125

const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'device failure',
  5: 'acknowledged, not done yet',
  6: 'device busy',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target did not answer',
}

/** A read or write that failed. With `exception` the device answered and said no; without, the connection is gone. */
export class ModbusError extends Error {
  readonly exception: number | undefined
  constructor(message: string, exception?: number) {
    super(message)
    this.name = 'ModbusError'
    this.exception = exception
  }
}

/**
 * One TCP connection to a Modbus server, opened when first needed and dropped at the first error that is not the
 * device's own answer: after a lost answer the next one could belong to the question before.
 */
export class ModbusLink {
  readonly #host: string
  readonly #port: number
  readonly #timeoutMs: number
  readonly #unitIds: readonly number[]
  #socket: Socket | undefined
  #opening: Socket | undefined
  #units = new Map<number, ModbusTCPClient>()
  #turn: Promise<unknown> = Promise.resolve()
  #connections = 0
  #closed = false

  /** `units` are all that will be asked: the library waits for the connection itself, so they must exist before it. */
  constructor(host: string, port: number, timeoutMs: number, units: Iterable<number>) {
    this.#host = host
    this.#port = port
    this.#timeoutMs = timeoutMs
    this.#unitIds = [...new Set(units)]
  }

  /** `host:port`, for messages. */
  get peer(): string {
    return `${this.#host}:${this.#port}`
  }

  /** Number of the connection that is open, or of the next one: what was learnt over an earlier one may be stale. */
  get connection(): number {
    return this.#socket === undefined ? this.#connections + 1 : this.#connections
  }

  /** Runs work while nothing else talks over the link, so that a setpoint is not cut in two by a poll. */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#turn
    const run = before.then(work, work)
    this.#turn = run.catch(() => undefined)
    return run
  }

  /** Reads holding registers, in blocks of at most 125. Throws ModbusError. */
  async read(unit: number, address: number, count: number): Promise<Uint16Array> {
    const registers = new Uint16Array(count)
    for (let done = 0; done < count; done += MAX_READ) {
      const want = Math.min(MAX_READ, count - done)
      const client = await this.#client(unit)
      const bytes = await this.#ask(`reading ${want} registers at ${address + done}`, async () => {
        const { response } = await client.readHoldingRegisters(address + done, want)
        return response.body.valuesAsBuffer
      })
      if (bytes.length !== 2 * want) {
        this.#drop()
        throw new ModbusError(
          `${this.peer} sent ${bytes.length} bytes for ${want} registers at ${address + done}`,
        )
      }
      for (let i = 0; i < want; i++) registers[done + i] = bytes.readUInt16BE(2 * i)
    }
    return registers
  }

  /** Writes holding registers in one message. Throws ModbusError. */
  async write(unit: number, address: number, values: readonly number[]): Promise<void> {
    const client = await this.#client(unit)
    await this.#ask(`writing ${values.length} registers at ${address}`, () =>
      client.writeMultipleRegisters(address, [...values]),
    )
  }

  /** Closes the connection for good. */
  close(): void {
    this.#closed = true
    this.#drop()
  }

  async #ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const failure = failureOf(error)
      const code = failure.exception
      if (code !== undefined) {
        const meaning = EXCEPTIONS[code] ?? 'unknown'
        throw new ModbusError(`${this.peer} refused ${what}: exception ${code}, ${meaning}`, code)
      }
      this.#drop()
      throw new ModbusError(`${this.peer} did not answer ${what}: ${failure.message}`)
    }
  }

  async #client(unit: number): Promise<ModbusTCPClient> {
    if (this.#closed) throw new ModbusError(`the connection to ${this.peer} is closed`)
    this.#socket ??= await this.#connect()
    const known = this.#units.get(unit)
    if (known !== undefined) return known
    throw new ModbusError(`unit ${unit} was not named for ${this.peer}`)
  }

  #connect(): Promise<Socket> {
    const socket = new Socket()
    socket.setNoDelay(true)
    // One listener for data and close per unit: with a bus of many units that passes Node's default of ten.
    socket.setMaxListeners(0)
    this.#units = new Map(
      this.#unitIds.map((unit) => [unit, new ModbusTCPClient(socket, unit, this.#timeoutMs)]),
    )
    this.#opening = socket
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer)
        socket.destroy()
        reject(new ModbusError(`cannot connect to ${this.peer}: ${why}`))
      }
      const timer = setTimeout(
        () => fail(`no answer within ${this.#timeoutMs} ms`),
        this.#timeoutMs,
      )
      socket.on('error', (error) => fail(error.message))
      socket.on('close', () => {
        if (this.#socket === socket) this.#socket = undefined
        fail('the connection was closed')
      })
      socket.connect(this.#port, this.#host, () => {
        clearTimeout(timer)
        this.#opening = undefined
        this.#connections += 1
        resolve(socket)
      })
    })
  }

  #drop(): void {
    this.#socket?.destroy()
    this.#opening?.destroy()
    this.#socket = undefined
    this.#opening = undefined
  }
}

/** The library rejects with plain objects; only an exception response carries a code. */
function failureOf(error: unknown): { message: string; exception?: number } {
  if (typeof error !== 'object' || error === null) return { message: String(error) }
  const { message, err, response } = error as {
    message?: unknown
    err?: unknown
    response?: { body?: { code?: unknown } }
  }
  const text = typeof message === 'string' ? message : String(err)
  const code = response?.body?.code
  return err === 'ModbusException' && typeof code === 'number'
    ? { message: text, exception: code }
    : { message: text }
}
