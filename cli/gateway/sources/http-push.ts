import { timingSafeEqual } from 'node:crypto'
import fastify, { type FastifyInstance } from 'fastify'
import { GatewayError } from '../errors.ts'
import { type Charger, readCharger } from './charger-key.ts'
import { nowSeconds, readTime } from './clock.ts'
import type { Acknowledgement, Sample, Source, SourceKind, SourceSink } from './contract.ts'
import { sampleOfFields } from './fields.ts'
import { ackPayload } from './home-assistant.ts'
import { type JsonText, parseJsonText, pickText } from './json-text.ts'
import { deviceId, foreignClass, Settings } from './settings.ts'

const MOST_BYTES = 1024 * 1024

/** An address meters and scripts post to: `POST /readings`, `POST /ocmf`, `GET /status`. */
export const pushSource: SourceKind = {
  kind: 'push',
  create(table, where) {
    const settings = new Settings(table, where)
    settings.text('kind')
    const name = settings.text('name')
    // A: chargers' own receipts only; their keys are theirs, so nothing is signed here.
    const receiptsOnly = settings.choice('class', ['A', 'B', 'C', 'N'], 'C') === 'A'
    const trustClass = receiptsOnly ? 'A' : foreignClass(settings)
    const host = settings.text('host', '127.0.0.1')
    const port = settings.whole('port', { min: 0, max: 65_535 })
    const token = settings.optionalText('token')
    if (token === undefined && !['127.0.0.1', '::1', 'localhost'].includes(host))
      settings.fail('token', `is missing: ${host} can be reached by others, so posts need a token`)
    const devices = [...settings.texts('devices', [])]
    const chargers = new Map<string, Charger>()
    for (const table of settings.tables('device')) {
      const id = deviceId(table)
      const charger = readCharger(table, table.optionalText('serial'))
      table.done()
      if (!receiptsOnly) table.fail('id', 'is a charger, so the source needs class = "A"')
      if (charger !== undefined) chargers.set(id, charger)
      if (!devices.includes(id)) devices.push(id)
    }
    if (devices.length === 0) settings.fail('devices', 'should name at least one device')
    settings.done()
    return new PushSource(name, trustClass, { host, port, token, devices, chargers })
  },
}

interface PushPlan {
  readonly host: string
  readonly port: number
  readonly token: string | undefined
  readonly devices: readonly string[]
  readonly chargers: ReadonlyMap<string, Charger>
}

/** The push source; `port` is the real one once it has started. */
export class PushSource implements Source {
  readonly kind = 'push'
  readonly name: string
  readonly trustClass: Source['trustClass']
  readonly devices: readonly string[]
  readonly chargers: ReadonlyMap<string, Charger>
  readonly #plan: PushPlan
  readonly #acks = new Map<string, Acknowledgement>()
  #server: FastifyInstance | undefined

  constructor(name: string, trustClass: Source['trustClass'], plan: PushPlan) {
    this.name = name
    this.trustClass = trustClass
    this.#plan = plan
    this.devices = plan.devices
    this.chargers = plan.chargers
  }

  /** The port that is listened at; 0 before the start. */
  get port(): number {
    const address = this.#server?.server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async start(sink: SourceSink): Promise<void> {
    const server = fastify({ bodyLimit: MOST_BYTES, forceCloseConnections: true })
    this.#server = server
    const raw = { parseAs: 'string' as const }
    // Numbers are read from their own digits, so the body stays text until our own parser has it.
    server.removeAllContentTypeParsers()
    server.addContentTypeParser('*', raw, (_request, body, done) => done(null, body))
    server.addHook('onRequest', async (request, reply) => {
      if (!this.#mayEnter(request.headers.authorization))
        await reply.code(401).send({ error: 'the bearer token is missing or wrong' })
    })
    server.setErrorHandler(async (error, _request, reply) => {
      const why = error instanceof Error ? error.message : String(error)
      sink.warn(`${this.name}: ${why}`)
      await reply.code(503).send({ error: why })
    })
    server.post('/readings', async (request, reply) => {
      const answer = await this.#readings(String(request.body ?? ''), sink)
      return reply.code('error' in answer ? 400 : 202).send(answer)
    })
    server.post('/ocmf', async (request, reply) => {
      const query = request.query as Readonly<Record<string, unknown>>
      const answer = await this.#receipt(String(request.body ?? ''), query['device'], sink)
      return reply.code('error' in answer ? 400 : 202).send(answer)
    })
    server.get('/status', async (_request, reply) =>
      reply.header('content-type', 'application/json').send(this.#status()),
    )
    const { host, port } = this.#plan
    await server.listen({ host, port }).catch((error: Error) => {
      throw new GatewayError(
        'bad_config',
        `source "${this.name}": cannot listen at ${host} port ${port}: ${error.message}`,
      )
    })
  }

  async stop(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }

  async acknowledge(ack: Acknowledgement): Promise<void> {
    if (this.devices.includes(ack.device)) this.#acks.set(ack.device, ack)
  }

  #mayEnter(header: string | undefined): boolean {
    if (this.#plan.token === undefined) return true
    const wanted = Buffer.from(`Bearer ${this.#plan.token}`)
    const given = Buffer.from(header ?? '')
    return wanted.length === given.length && timingSafeEqual(wanted, given)
  }

  #status(): string {
    const acks = [...this.#acks.values()].map(ackPayload)
    return `{"source":${JSON.stringify(this.name)},"class":"${this.trustClass}","devices":[${acks.join(',')}]}`
  }

  /** One reading or a list of them; each is judged on its own and the answer comes once the good ones are safe. */
  async #readings(body: string, sink: SourceSink): Promise<object> {
    if (this.trustClass === 'A')
      return { error: 'this source is of class A: it takes receipts only' }
    const json = parseJsonText(body)
    if (typeof json !== 'object' || json === null)
      return { error: 'the body should be a reading or a list of readings in JSON' }
    const list = Array.isArray(json) ? (json as readonly JsonText[]) : [json]
    const problems: { index: number; problem: string }[] = []
    let taken = 0
    for (const [index, one] of list.entries()) {
      const sample = this.#sample(one)
      if ('problem' in sample) problems.push({ index, problem: sample.problem })
      else {
        await sink.sample(sample)
        taken += 1
      }
    }
    for (const { problem } of problems) sink.warn(`${this.name}: a posted reading: ${problem}`)
    return taken === 0 && problems.length > 0
      ? { error: problems[0]?.problem ?? '', problems }
      : { taken, problems }
  }

  #sample(json: JsonText): Sample | { readonly problem: string } {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      return { problem: 'a reading should be an object' }
    const fields = json as Readonly<Record<string, JsonText>>
    const device = pickText(json, ['device']) ?? ''
    if (!this.devices.includes(device))
      return { problem: `device ${JSON.stringify(device)} is not one of this source` }
    const receivedAt = nowSeconds()
    const text = pickText(json, ['time'])
    const time =
      text === undefined
        ? receivedAt
        : readTime(text, /^\d+(\.\d+)?$/.test(text) ? 'unix' : 'iso', receivedAt)
    if (time === undefined)
      return { problem: `time ${text} is neither unix seconds nor an ISO time with its zone` }
    const values = Object.entries(fields).filter(([key]) => key !== 'device' && key !== 'time')
    return sampleOfFields(device, { time, receivedAt }, values)
  }

  /** A receipt as text (`?device=…`) or as JSON `{"device": …, "record": …}`. */
  async #receipt(body: string, queried: unknown, sink: SourceSink): Promise<object> {
    const json = body.trimStart().startsWith('{') ? parseJsonText(body) : undefined
    const device = pickText(json, ['device']) ?? (typeof queried === 'string' ? queried : '')
    const record = json === undefined ? body : pickText(json, ['record'])
    if (!this.devices.includes(device))
      return { error: `device ${JSON.stringify(device)} is not one of this source` }
    if (record === undefined || !record.startsWith('OCMF|'))
      return { error: 'the record should begin with OCMF|' }
    await sink.receipt({ device, format: 'OCMF', record, receivedAt: nowSeconds() })
    return { taken: 1 }
  }
}
