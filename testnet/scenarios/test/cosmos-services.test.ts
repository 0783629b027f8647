import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { wireModules } from '../../../node/app/modules.ts'
import { makeRouter } from '../../../node/app/router.ts'
import { SERVICES } from '../../../node/rpc/services/query.ts'

/** One line of the list of the SDK's services. */
interface Listed {
  readonly service: string
  readonly method: string
  readonly request: string
}

const listed = (file: string): Listed[] =>
  JSON.parse(
    readFileSync(
      new URL(`../../../proto/testdata/sdk-services/${file}_services.json`, import.meta.url),
      'utf8',
    ),
  ) as Listed[]

/** Services of the SDK that this chain does not have at all. Clients see `Unimplemented`, and REST 501. */
const WITHOUT: Readonly<Record<string, string>> = {
  'cosmos.app.v1alpha1.Query': 'describes the wiring of Go programs',
  'cosmos.autocli.v1.Query': 'describes the command line of Go programs',
  'cosmos.base.reflection.v1beta1.ReflectionService': 'lists Go interfaces',
  'cosmos.base.reflection.v2alpha1.ReflectionService': 'describes Go programs, in alpha',
  'cosmos.circuit.v1.Msg': 'no module lets an account stop messages',
  'cosmos.circuit.v1.Query': 'no module lets an account stop messages',
  'cosmos.crisis.v1beta1.Msg': 'invariants are checked by nodes, not by paid messages',
  'cosmos.group.v1.Msg': 'shared accounts are multisig accounts',
  'cosmos.group.v1.Query': 'shared accounts are multisig accounts',
  'cosmos.nft.v1beta1.Msg': 'certificates are not NFTs',
  'cosmos.nft.v1beta1.Query': 'certificates are not NFTs',
  'cosmos.orm.query.v1alpha1.Query': 'no module keeps its state in the ORM, in alpha',
  'cosmos.params.v1beta1.Query': 'params live in their modules; explorers take 501 here',
  'cosmos.reflection.v1.ReflectionService': 'needs descriptors of every file',
  'cosmos.store.streaming.abci.ABCIListenerService': 'is served by plugins, not by nodes',
}

/** The application answers this one by itself: it runs a transaction on a state that is thrown away. */
const SIMULATE = '/cosmos.tx.v1beta1.Service/Simulate'

/** Methods missing of services that it has. */
const MISSING: Readonly<Record<string, string>> = {
  'cosmos.tx.v1beta1.Service/TxDecodeAmino': 'nobody signs binary amino any more',
  'cosmos.tx.v1beta1.Service/TxEncodeAmino': 'nobody signs binary amino any more',
}

describe('services of the SDK', () => {
  const router = makeRouter(wireModules().modules)
  const messages = listed('msg')
  const queries = listed('query')
  const served = [
    ...messages.filter(
      ({ service, request }) =>
        router.message(`/${service.replace(/Msg$/, request)}`) !== undefined,
    ),
    ...queries.filter(({ service, method }) => {
      const path = `/${service}/${method}`
      return router.query(path) !== undefined || SERVICES.has(path) || path === SIMULATE
    }),
  ]
  const names = new Set(served.map(({ service, method }) => `${service}/${method}`))

  it('are served whole by every module that this chain has, but for what is named here', () => {
    const here = new Set(served.map(({ service }) => service))
    const missing = [...messages, ...queries]
      .filter(({ service, method }) => here.has(service) && !names.has(`${service}/${method}`))
      .map(({ service, method }) => `${service}/${method}`)
    expect(missing).to.have.members(Object.keys(MISSING))
  })

  it('that are not served at all are those of modules this chain does not have', () => {
    const services = new Set([...messages, ...queries].map(({ service }) => service))
    const absent = [...services].filter(
      (service) => !served.some((method) => method.service === service),
    )
    expect(absent).to.have.members(Object.keys(WITHOUT))
  })

  it('count 46 of 66 messages and 100 of 143 queries', () => {
    const of = (all: readonly Listed[]): number =>
      all.filter(({ service, method }) => names.has(`${service}/${method}`)).length
    expect([messages.length, of(messages)]).to.deep.equal([66, 46])
    expect([queries.length, of(queries)]).to.deep.equal([143, 100])
  })
})
