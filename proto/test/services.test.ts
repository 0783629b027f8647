import { expect } from 'chai'
import { codecs } from '../gen/registry.ts'
import { msgs, services } from '../gen/services.ts'
import { codecFor } from '../registry.ts'
import type { MessageCodec } from '../runtime/field.ts'
import { testdata } from './support.ts'

interface Listed {
  service: string
  method: string
  request: string
  response: string
  http?: { verb: string; path: string }[]
}

const listed = [
  ...testdata<Listed[]>('sdk-services/query_services.json'),
  ...testdata<Listed[]>('sdk-services/msg_services.json'),
].filter(({ service }) => services.some(({ name }) => name === service))

/** The type behind a dotted path of a field, undefined when the path does not exist. */
function fieldAt(codec: MessageCodec<unknown>, path: string): unknown {
  const [head, ...rest] = path.split('.')
  const field = codec.fields.find(({ name }) => name === head)
  const nested = field?.message?.()
  return rest.length === 0 || !nested ? field : fieldAt(nested, rest.join('.'))
}

describe('services', () => {
  it(`match the methods and routes of the Cosmos SDK (${listed.length} methods)`, () => {
    expect(listed.length).to.equal(150)
    for (const { service, method, request, response, http } of listed) {
      const spec = services
        .find(({ name }) => name === service)
        ?.methods.find(({ name }) => name === method)
      const name = `${service}/${method}`
      if (!spec) throw new Error(`${name} is missing`)
      const space = service.replace(/\.[^.]+$/, '')
      const local = (type: string): string => type.replace(`${space}.`, '')
      expect(local(spec.request.typeName), name).to.equal(local(request))
      expect(local(spec.response.typeName), name).to.equal(local(response))
      const routes = spec.http.map(({ verb, path }) => ({ verb: verb.toUpperCase(), path }))
      expect(routes, name).to.deep.equal(http ?? [])
    }
  })

  it('bind only fields their requests have', () => {
    for (const method of services.flatMap((service) => service.methods)) {
      for (const { path, body } of method.http) {
        const names = [...path.matchAll(/\{([a-z0-9_.]+)(?:=[^}]*)?\}/g)].map((m) => m[1] as string)
        if (body !== '' && body !== '*') names.push(body)
        for (const name of names) {
          expect(fieldAt(method.request, name), `${method.path} ${name}`).to.not.equal(undefined)
        }
      }
    }
  })

  it('give every method of ours a route', () => {
    const ours = services.filter(({ name }) => /^strom\..*\.Query$/.test(name))
    expect(ours.map(({ name }) => name)).to.include.members([
      'strom.certificate.v1.Query',
      'strom.device.v1.Query',
      'strom.metering.v1.Query',
    ])
    for (const { name, methods } of ours) {
      for (const method of methods) {
        const prefix = `/${name.split('.').slice(0, 3).join('/')}/`
        expect(method.http[0]?.path, method.path).to.satisfy((p: string) => p.startsWith(prefix))
      }
    }
  })
})

describe('transaction messages', () => {
  it(`name signers that exist and answer with a response (${msgs.length} messages)`, () => {
    expect(msgs.length).to.be.greaterThan(45)
    for (const { typeUrl, codec, signers } of msgs) {
      expect(signers, typeUrl).to.not.deep.equal([])
      expect(codecFor(typeUrl)).to.equal(codec)
      for (const signer of signers) {
        expect(fieldAt(codec, signer), `${typeUrl} ${signer}`).to.not.equal(undefined)
      }
    }
    const ours = msgs.filter(({ typeUrl }) => typeUrl.startsWith('/strom.'))
    expect(ours.every(({ response, aminoName }) => response && aminoName)).to.equal(true)
    const send = msgs.find(({ typeUrl }) => typeUrl === '/cosmos.bank.v1beta1.MsgSend')
    expect(send?.signers).to.deep.equal(['from_address'])
    const multi = msgs.find(({ typeUrl }) => typeUrl === '/cosmos.bank.v1beta1.MsgMultiSend')
    expect(multi?.signers).to.deep.equal(['inputs.address'])
    expect(send?.aminoName).to.equal('cosmos-sdk/MsgSend')
    expect(send?.response?.typeName).to.equal('cosmos.bank.v1beta1.MsgSendResponse')
  })

  it('have amino names that are unique', () => {
    const names = msgs.flatMap(({ aminoName }) => aminoName ?? [])
    // The SDK itself uses these names in both versions of gov.
    const twice = names.filter((name, index) => names.indexOf(name) !== index)
    expect(twice.filter((name) => name.startsWith('strom/'))).to.deep.equal([])
  })
})

describe('the registry', () => {
  it(`round-trips the default of every message through bytes and JSON (${codecs.length} types)`, () => {
    for (const codec of codecs) {
      const value = codec.create()
      const name = codec.typeName
      expect(codecFor(codec.typeUrl), name).to.equal(codec)
      const bytes = codec.encode(value)
      expect(codec.decode(bytes), name).to.deep.equal(value)
      const json = codec.toJson(value)
      if (json !== null) {
        expect(codec.encode(codec.decode(codec.encode(codec.fromJson(json)))), name).to.be.a(
          'Uint8Array',
        )
      }
    }
  })
})
