import protobuf from 'protobufjs'
import { HEADER, outputPath } from './emit-file.ts'
import { signersOf } from './emit-table.ts'
import type { SchemaFile } from './load.ts'
import { allOptions, fullName, localName, stringOption } from './schema.ts'

const VERBS = ['get', 'post', 'put', 'delete', 'patch'] as const

/** `gen/registry.ts`: every codec, in order of schema path. */
export function emitRegistry(files: SchemaFile[]): string {
  const modules = new Modules()
  const rows = files.flatMap((file) => file.messages.map((type) => `  ${modules.use(type)},\n`))
  return [
    HEADER,
    "import type { MessageCodec } from '../runtime/field.ts'\n",
    ...modules.imports(),
    '\n/** Every codec of the schema. */\n',
    'export const codecs: readonly MessageCodec<unknown>[] = [\n',
    ...rows,
    ']\n',
  ].join('')
}

/** `gen/services.ts`: every service with its methods and routes, and every message a transaction can carry. */
export function emitServices(files: SchemaFile[]): string {
  const modules = new Modules()
  const services = files.flatMap((file) => file.services)
  const serviceRows = services.map((service) => emitService(service, modules))
  const responses = new Map<string, protobuf.Type>()
  for (const method of services.flatMap((service) => service.methodsArray)) {
    if (method.parent?.name !== 'Msg') continue
    responses.set(fullName(request(method)), response(method))
  }
  const msgs = files
    .flatMap((file) => file.messages)
    .filter((type) => responses.has(fullName(type)) || isLoneMsg(type))
    .map((type) => emitMsg(type, responses.get(fullName(type)), modules))
  return [
    HEADER,
    "import type { MsgSpec, ServiceSpec } from '../runtime/service.ts'\n",
    ...modules.imports(),
    '\n/** Every service of the schema. */\nexport const services: readonly ServiceSpec[] = [\n',
    ...serviceRows,
    ']\n\n/** Every message a transaction can carry. */\nexport const msgs: readonly MsgSpec[] = [\n',
    ...msgs,
    ']\n',
  ].join('')
}

function emitService(service: protobuf.Service, modules: Modules): string {
  const name = fullName(service)
  const methods = service.methodsArray.map((method) => {
    if (method.requestStream || method.responseStream) {
      throw new Error(`${fullName(method)}: streams are not supported`)
    }
    const http = bindings(method).map((b) => `\n        ${b},`)
    const list = http.length === 0 ? '[]' : `[${http.join('')}\n      ]`
    return `    {\n      name: '${method.name}',\n      path: '/${name}/${method.name}',\n      request: ${modules.use(request(method))},\n      response: ${modules.use(response(method))},\n      http: ${list},\n    },\n`
  })
  return `  {\n    name: '${name}',\n    methods: [\n${methods.join('')}    ],\n  },\n`
}

function emitMsg(type: protobuf.Type, answer: protobuf.Type | undefined, modules: Modules): string {
  const signers = signerPaths(type).map((signer) => `'${signer}'`)
  const amino = stringOption(type, '(amino.name)')
  return `  {\n    typeUrl: '/${fullName(type)}',\n    codec: ${modules.use(type)},\n    response: ${answer ? modules.use(answer) : 'undefined'},\n    signers: [${signers.join(', ')}],\n    aminoName: ${amino === undefined ? 'undefined' : `'${amino}'`},\n  },\n`
}

/** A message whose service is not in the schema, such as those of IBC. */
function isLoneMsg(type: protobuf.Type): boolean {
  return type.name.startsWith('Msg') && signersOf(type).length > 0
}

/** Paths to the fields that hold addresses: a signer that is a message leads on to its own signer. */
function signerPaths(type: protobuf.Type): string[] {
  return signersOf(type).flatMap((name) => {
    const nested = type.fields[name]?.resolvedType
    if (!(nested instanceof protobuf.Type)) return [name]
    return signerPaths(nested).map((path) => `${name}.${path}`)
  })
}

function request(method: protobuf.Method): protobuf.Type {
  return required(method.resolvedRequestType, method)
}

function response(method: protobuf.Method): protobuf.Type {
  return required(method.resolvedResponseType, method)
}

function required(type: protobuf.Type | null, method: protobuf.Method): protobuf.Type {
  if (!type) throw new Error(`${fullName(method)}: type not found`)
  return type
}

interface HttpRule {
  [name: string]: unknown
  additional_bindings?: HttpRule | HttpRule[]
}

function bindings(method: protobuf.Method): string[] {
  return allOptions(method, '(google.api.http)').flatMap((rule) => flatten(rule as HttpRule))
}

function flatten(rule: HttpRule): string[] {
  const verb = VERBS.find((name) => typeof rule[name] === 'string')
  const own = verb
    ? [`{ verb: '${verb}', path: '${String(rule[verb])}', body: '${String(rule.body ?? '')}' }`]
    : []
  const more = rule.additional_bindings ?? []
  return [...own, ...(Array.isArray(more) ? more : [more]).flatMap(flatten)]
}

/** Generated modules imported whole, each under a number, because names repeat between packages. */
class Modules {
  private readonly paths = new Map<string, string>()

  use(object: protobuf.ReflectionObject): string {
    const path = outputPath(object.filename ?? '')
    const alias = this.paths.get(path) ?? `m${this.paths.size}`
    this.paths.set(path, alias)
    return `${alias}.${localName(object)}`
  }

  imports(): string[] {
    return [...this.paths].map(([path, alias]) => `import * as ${alias} from './${path}'\n`)
  }
}
