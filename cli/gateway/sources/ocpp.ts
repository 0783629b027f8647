import { timingSafeEqual } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type RPCClient, RPCServer } from 'ocpp-rpc'
import { GatewayError } from '../errors.ts'
import type { Charger } from './charger-key.ts'
import type { Source, SourceKind, SourceSink, TrustClass } from './contract.ts'
import { type OcppConfig, readOcppConfig } from './ocpp-config.ts'
import { ChargePoint } from './ocpp-outlets.ts'
import { profileCall, profileDone } from './ocpp-profile.ts'
import { ChargerSession } from './ocpp-session.ts'
import { Settings } from './settings.ts'

const PROTOCOLS = ['ocpp2.0.1', 'ocpp1.6']
const MAX_MESSAGE_BYTES = 1 << 20
const CALL_TIMEOUT_MS = 10_000
const CLOSE_MS = 3_000
const WARN_EVERY_MS = 60_000
const WARN_KEYS = 1_000

/** Chargers that connect over OCPP 1.6J or 2.0.1 and hand over signed meter values. */
export const ocppSource: SourceKind = {
  kind: 'ocpp',
  create: (table, where) => new OcppSource(readOcppConfig(new Settings(table, where))),
}

/** The central system chargers connect to (CSMS). */
export class OcppSource implements Source {
  readonly kind = 'ocpp'
  readonly name: string
  readonly trustClass: TrustClass
  readonly devices: readonly string[]
  readonly chargers: ReadonlyMap<string, Charger>
  readonly #config: OcppConfig
  readonly #points: ReadonlyMap<string, ChargePoint>
  readonly #clients = new Map<string, RPCClient>()
  readonly #sockets = new Set<Socket>()
  readonly #signedSeen = new Set<string>()
  readonly #warned = new Map<string, number>()
  #rpc: RPCServer | undefined
  #http: Server | undefined
  #sink: SourceSink | undefined

  constructor(config: OcppConfig) {
    this.#config = config
    this.name = config.name
    this.trustClass = config.trustClass
    const points = [...config.chargePoints.values()]
    this.devices = points.flatMap((point) => point.devices.map(({ id }) => id))
    this.chargers = new Map(
      points
        .flatMap((point) => point.devices)
        .flatMap(({ id, charger }) => (charger === undefined ? [] : [[id, charger] as const])),
    )
    this.#points = new Map(points.map((point) => [point.id, new ChargePoint(point)]))
  }

  /** Port it listens on; 0 before `start`. */
  get port(): number {
    return (this.#http?.address() as AddressInfo | null | undefined)?.port ?? 0
  }

  async start(sink: SourceSink): Promise<void> {
    this.#sink = sink
    const rpc = new RPCServer({
      protocols: PROTOCOLS,
      strictMode: true,
      callTimeoutMs: CALL_TIMEOUT_MS,
      maxBadMessages: 20,
      wssOptions: { maxPayload: MAX_MESSAGE_BYTES },
    })
    this.#rpc = rpc
    rpc.auth((accept, reject, handshake) => {
      const refusal = this.#refusal(handshake.identity, handshake.password, handshake.protocols)
      if (refusal === undefined) return accept({})
      this.#warn(
        `login ${refusal.code} ${handshake.remoteAddress}`,
        `a charger from ${handshake.remoteAddress} was turned away: ${refusal.why}`,
      )
      reject(refusal.code, refusal.short)
    })
    rpc.on('client', (client: RPCClient) => this.#join(client, sink))
    rpc.on('error', (error: Error) => this.#warn('server', error.message))
    await this.#listen(rpc)
  }

  async stop(): Promise<void> {
    const rpc = this.#rpc
    if (rpc === undefined) return
    this.#rpc = undefined
    const gone = new Promise((resolve) => this.#http?.close(resolve))
    // Answers to what is being stored still go out; a charger that does not hang up is cut off.
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, CLOSE_MS)
    await rpc.close({ code: 1001, reason: 'the gateway stops', awaitPending: true })
    this.#http?.closeAllConnections()
    clearTimeout(timer)
    await gone
  }

  async setpoint(device: string, watts: bigint | null): Promise<void> {
    const refuse = (why: string): never => {
      throw new GatewayError('setpoint_refused', `setpoint of ${device}: ${why}`)
    }
    const point = [...this.#points.values()].find(({ config }) =>
      config.devices.some(({ id }) => id === device),
    )
    const target = point?.config.devices.find(({ id }) => id === device)
    if (point === undefined || target === undefined)
      return refuse(`it is no device of ${this.name}`)
    if (!target.setpoint) return refuse('its settings have setpoint = false')
    if (watts !== null && watts < 0n)
      return refuse(`${watts} W would feed in; a charger can only be limited (0 W or more)`)
    if (watts !== null && watts > (target.maxChargeW ?? 10_000_000n))
      return refuse(`${watts} W is more than its ${target.maxChargeW ?? 10_000_000n} W`)
    const client = this.#clients.get(point.config.id)
    if (client === undefined) return refuse(`charger ${point.config.id} is not connected`)
    const { stackLevel } = this.#config
    const call = profileCall(client.protocol ?? '', target.connector, watts, stackLevel, new Date())
    let status: string
    try {
      const answer = (await client.call(call.method, call.params)) as { status?: unknown }
      status = String(answer.status)
    } catch (error) {
      return refuse(`the charger did not do ${call.method}: ${textOf(error)}`)
    }
    if (!profileDone(call, status)) refuse(`the charger answered ${status} to ${call.method}`)
  }

  /** Why a connection is turned away, if it is. What is told to the charger does not say which ids exist. */
  #refusal(
    identity: string,
    password: Buffer | undefined,
    protocols: ReadonlySet<string>,
  ): { code: number; why: string; short: string } | undefined {
    const point = this.#points.get(identity)
    const shown = JSON.stringify(identity.slice(0, 48))
    if (point === undefined)
      return { code: 404, why: `${shown} is no configured charge_point`, short: 'Not found' }
    const wanted = point.config.password
    if (wanted !== undefined && !sameSecret(Buffer.from(wanted), password)) {
      const why = `${shown} came ${password === undefined ? 'without a' : 'with a wrong'} password`
      return { code: 401, why, short: 'Unauthorized' }
    }
    if (!PROTOCOLS.some((name) => protocols.has(name))) {
      const why = `${shown} speaks ${[...protocols].join(', ') || 'no protocol'}, not ${PROTOCOLS.join(' or ')}`
      return { code: 400, why, short: 'No common protocol' }
    }
    return undefined
  }

  #join(client: RPCClient, sink: SourceSink): void {
    const id = client.identity ?? ''
    const point = this.#points.get(id)
    if (point === undefined) return void client.close({ force: true })
    const before = this.#clients.get(id)
    this.#clients.set(id, client)
    // A charger that comes again has lost the old connection, whether we noticed or not.
    if (before !== undefined) void before.close({ code: 1000, reason: 'replaced by a newer one' })
    client.once('close', () => {
      if (this.#clients.get(id) === client) this.#clients.delete(id)
    })
    new ChargerSession(client, point, {
      config: this.#config,
      sink,
      signedSeen: this.#signedSeen,
      warn: (key, text) => this.#warn(key, text, true),
    })
  }

  async #listen(rpc: RPCServer): Promise<void> {
    const http = createServer((_request, response) => response.writeHead(404).end())
    this.#http = http
    // The library throws at addresses it cannot decode; nobody else would catch that and the gateway would end.
    http.on('upgrade', (request, socket: Socket, head) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      rpc.handleUpgrade(request, socket, head).catch(() => socket.destroy())
    })
    const { host, port } = this.#config
    await new Promise<void>((resolve, reject) => {
      http.once('error', (error) =>
        reject(
          new GatewayError(
            'bad_config',
            `${this.name}: cannot listen on ${host}:${port}: ${error.message}`,
          ),
        ),
      )
      http.listen(port, host, resolve)
    })
    http.on('error', (error) => this.#warn('server', error.message))
  }

  /** Warns once a minute about one thing: strangers and broken chargers must not fill the log. */
  #warn(key: string, text: string, named = false): void {
    const now = Date.now()
    if (now - (this.#warned.get(key) ?? Number.NEGATIVE_INFINITY) < WARN_EVERY_MS) return
    if (this.#warned.size >= WARN_KEYS) this.#warned.clear()
    this.#warned.set(key, now)
    this.#sink?.warn(named ? text : `${this.name}: ${text}`)
  }
}

function sameSecret(wanted: Buffer, given: Buffer | undefined): boolean {
  return given !== undefined && wanted.length === given.length && timingSafeEqual(wanted, given)
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
