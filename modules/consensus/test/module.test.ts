import { expect } from 'chai'
import { QueryParamsRequest } from '../../../proto/gen/cosmos/consensus/v1/query.ts'
import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from '../../../proto/gen/cosmos/consensus/v1/tx.ts'
import { toBech32 } from '../../kit/address.ts'
import { govAuthority } from '../../kit/authority.ts'
import { fakeChain } from '../../kit/testing/fake-context.ts'
import { fakeRouter, pack } from '../../kit/testing/fake-router.ts'
import { accepted, block, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { consensusModule } from '../module.ts'
import { params as paramsQuery } from '../queries/params.ts'
import { defaultParams } from '../rules.ts'
import { CHANGED_KEY } from '../state.ts'

const authority = govAuthority({ hasher: nobleHasher })
const { block: blocks, evidence, validator } = defaultParams()
const update = (changes: Partial<MsgUpdateParams> = {}): MsgUpdateParams => ({
  ...MsgUpdateParams.create({ authority, block: blocks, evidence, validator }),
  ...changes,
})

runModuleSuite({
  make: () => [consensusModule()],
  sampleGenesis: {
    consensus: { params: { block: { max_bytes: '2000000', max_gas: '50000000' } } },
  },
  notExported: [
    { store: 'consensus', prefix: CHANGED_KEY, reason: 'the engine is told of what genesis says' },
  ],
  operations: [
    refused(
      'another than governance asks',
      MsgUpdateParams,
      update({ authority: toBech32(new Uint8Array(20).fill(1)) }),
      'gov',
      13,
    ),
    refused('the authority is malformed', MsgUpdateParams, update({ authority: 'x' }), 'sdk', 7),
    refused('a part is missing', MsgUpdateParams, update({ evidence: undefined }), 'sdk', 18),
    refused(
      'blocks would be empty or above 100 MiB',
      MsgUpdateParams,
      update({ block: { maxBytes: 104_857_601n, maxGas: -1n } }),
      'sdk',
      18,
    ),
    refused(
      'evidence would never count or outgrow the block',
      MsgUpdateParams,
      update({ evidence: { ...evidence, maxBytes: blocks.maxBytes + 1n } }),
      'sdk',
      18,
    ),
    refused(
      'a key type is not ed25519',
      MsgUpdateParams,
      update({ validator: { pubKeyTypes: ['ed25519', 'secp256k1'] } }),
      'sdk',
      18,
    ),
    refused(
      'vote extensions are asked for',
      MsgUpdateParams,
      update({ abci: { voteExtensionsEnableHeight: 5n } }),
      'sdk',
      18,
    ),
    accepted('governance asks', MsgUpdateParams, update()),
    block(),
  ],
})

describe('params of consensus', () => {
  it('start from what genesis says, with defaults for the rest', () => {
    const chain = fakeChain()
    const { genesis, api } = consensusModule()
    genesis.init(chain.write(), { params: { block: { max_bytes: '1048577', max_gas: '5' } } })
    expect(api.params(chain.query())).to.deep.equal({
      ...defaultParams(),
      block: { maxBytes: 1_048_577n, maxGas: 5n },
    })
    expect(api.changed(chain.query())).to.equal(false)
    expect(api.evidenceAge(chain.query())).to.deep.equal({
      blocks: 100_000n,
      seconds: 172_800n,
      nanos: 0,
    })
  })

  it('count as changed at the height of the change only, and keep the version', () => {
    const chain = fakeChain({ height: 7n })
    const module = consensusModule()
    const router = fakeRouter(chain, [module])
    module.genesis.init(chain.write(), { params: { version: { app: '3' } } })
    const message = update({ block: { maxBytes: -1n, maxGas: 9n } })
    router.deliver(pack(MsgUpdateParams, message), MsgUpdateParamsResponse)
    expect(module.api.changed(chain.query())).to.equal(true)
    expect(module.api.params(chain.query())).to.deep.include({
      block: { maxBytes: -1n, maxGas: 9n },
      version: { app: 3n },
    })
    expect(chain.takeEvents()[0]?.attributes[0]).to.deep.equal(['authority', authority])
    router.nextBlock()
    expect(module.api.changed(chain.query())).to.equal(false)
    const answer = paramsQuery.handle(chain.query(), QueryParamsRequest.create())
    expect(answer.params?.block?.maxGas).to.equal(9n)
  })

  it('allow evidence as large as the largest block when blocks have no own bound', () => {
    const { genesis } = consensusModule()
    const json = (bytes: bigint): { params: object } => ({
      params: {
        block: { max_bytes: '-1', max_gas: '-1' },
        evidence: { max_age_num_blocks: '1', max_age_duration: '1s', max_bytes: `${bytes}` },
      },
    })
    expect(() => genesis.validate(json(104_857_600n) as never)).not.to.throw()
    expect(() => genesis.validate(json(104_857_601n) as never)).to.throw('upper bound')
  })
})
