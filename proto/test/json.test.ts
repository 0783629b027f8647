import { expect } from 'chai'
import fc from 'fast-check'
import { anyToAminoJson } from '../amino-json.ts'
import { CodecError } from '../codec.ts'
import { BaseAccount, ModuleAccount } from '../gen/cosmos/auth/v1beta1/auth.ts'
import { QueryAccountResponse } from '../gen/cosmos/auth/v1beta1/query.ts'
import { MsgExec } from '../gen/cosmos/authz/v1beta1/tx.ts'
import { PubKey } from '../gen/cosmos/crypto/secp256k1/keys.ts'
import { Params as GovParams } from '../gen/cosmos/gov/v1/gov.ts'
import { QueryInflationResponse } from '../gen/cosmos/mint/v1beta1/query.ts'
import { Params as SlashingParams } from '../gen/cosmos/slashing/v1beta1/slashing.ts'
import { Validator } from '../gen/cosmos/staking/v1beta1/staking.ts'
import { MsgEditValidator } from '../gen/cosmos/staking/v1beta1/tx.ts'
import { BroadcastTxRequest } from '../gen/cosmos/tx/v1beta1/service.ts'
import { Tx } from '../gen/cosmos/tx/v1beta1/tx.ts'
import { Any } from '../gen/google/protobuf/any.ts'
import { Duration } from '../gen/google/protobuf/duration.ts'
import { Timestamp } from '../gen/google/protobuf/timestamp.ts'
import { Device } from '../gen/strom/device/v1/state.ts'
import { DeviceMessage } from '../gen/strom/metering/v1/reading.ts'
import { Commit } from '../gen/tendermint/types/types.ts'
import { codecFor } from '../registry.ts'
import { packAny } from '../runtime/message.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('proto JSON', () => {
  it('renders an account as wallets read it', () => {
    const key = packAny(PubKey, { key: Uint8Array.of(1, 2, 3) })
    const account = BaseAccount.create({ address: 'strom1x', pubKey: key, accountNumber: 7n })
    const json = QueryAccountResponse.toJson({ account: packAny(BaseAccount, account) })
    expect(json).to.deep.equal({
      account: {
        '@type': '/cosmos.auth.v1beta1.BaseAccount',
        address: 'strom1x',
        pub_key: { '@type': '/cosmos.crypto.secp256k1.PubKey', key: 'AQID' },
        account_number: '7',
        sequence: '0',
      },
    })
    expect(QueryAccountResponse.fromJson(json).account).to.deep.equal(packAny(BaseAccount, account))
  })

  it('writes null for absent messages and empty bytes, and every other default', () => {
    expect(ModuleAccount.toJson(ModuleAccount.create())).to.deep.equal({
      base_account: null,
      name: '',
      permissions: [],
    })
    expect(DeviceMessage.toJson(DeviceMessage.create())).to.deep.include({
      seq: '0',
      soc_mwh: null,
      status: 0,
      anchor: null,
      prev_hash: null,
    })
  })

  it('puts the point into decimals of string and bytes fields, and leaves plain ones alone', () => {
    const inflation = QueryInflationResponse.create({ inflation: utf8('50000000000000000') })
    expect(QueryInflationResponse.toJson(inflation)).to.deep.equal({
      inflation: '0.050000000000000000',
    })
    const back = QueryInflationResponse.fromJson({ inflation: '0.05' })
    expect(back.inflation).to.deep.equal(inflation.inflation)
    const slashing = SlashingParams.create({
      minSignedPerWindow: utf8('500000000000000000'),
      downtimeJailDuration: { seconds: 600n, nanos: 0 },
    })
    expect(SlashingParams.toJson(slashing)).to.deep.equal({
      signed_blocks_window: '0',
      min_signed_per_window: '0.500000000000000000',
      downtime_jail_duration: '600s',
      slash_fraction_double_sign: '0.000000000000000000',
      slash_fraction_downtime: '0.000000000000000000',
    })
    const gov = GovParams.toJson(GovParams.create({ quorum: '0.334000000000000000' }))
    expect(gov).to.deep.include({ quorum: '0.334000000000000000' })
    const validator = Validator.create({ tokens: '', delegatorShares: '1000000000000000000000000' })
    expect(Validator.toJson(validator)).to.deep.include({
      tokens: '0',
      delegator_shares: '1000000.000000000000000000',
      status: 'BOND_STATUS_UNSPECIFIED',
    })
    expect(MsgEditValidator.toJson(MsgEditValidator.create())).to.deep.include({
      commission_rate: null,
      min_self_delegation: null,
    })
  })

  it('renders times with the shortest fraction and refuses years beyond 9999', () => {
    const times: [bigint, number, string][] = [
      [0n, 0, '1970-01-01T00:00:00Z'],
      [-62_135_596_800n, 0, '0001-01-01T00:00:00Z'],
      [253_402_300_799n, 999_999_999, '9999-12-31T23:59:59.999999999Z'],
      [1_709_164_800n, 250_000_000, '2024-02-29T00:00:00.25Z'],
      [951_782_400n, 1, '2000-02-29T00:00:00.000000001Z'],
    ]
    for (const [seconds, nanos, text] of times) {
      expect(Timestamp.toJson({ seconds, nanos })).to.equal(text)
      expect(Timestamp.fromJson(text)).to.deep.equal({ seconds, nanos })
    }
    expect(Timestamp.fromJson('2024-02-29T01:30:00+01:30').seconds).to.equal(1_709_164_800n)
    expect(() => Timestamp.toJson({ seconds: 253_402_300_800n, nanos: 0 })).to.throw(CodecError)
    for (const bad of ['2023-02-29T00:00:00Z', '2024-13-01T00:00:00Z', '2024-01-01', 'x']) {
      expect(() => Timestamp.fromJson(bad), bad).to.throw(CodecError)
    }
  })

  it('agrees with the calendar of the platform (500 times)', () => {
    const second = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 })
    fc.assert(
      fc.property(second, (s) => {
        const iso = new Date(s * 1000).toISOString().replace('.000Z', 'Z')
        expect(Timestamp.toJson({ seconds: BigInt(s), nanos: 0 })).to.equal(iso)
        expect(Timestamp.fromJson(iso).seconds).to.equal(BigInt(s))
      }),
      { numRuns: 500 },
    )
  })

  it('renders durations in seconds with 0, 3, 6 or 9 places', () => {
    const durations: [bigint, number, string][] = [
      [1_814_400n, 0, '1814400s'],
      [0n, 100_000_000, '0.100s'],
      [1n, 1000, '1.000001s'],
      [0n, 1, '0.000000001s'],
      [-1n, -500_000_000, '-1.500s'],
      [0n, -500_000_000, '-0.500s'],
    ]
    for (const [seconds, nanos, text] of durations) {
      expect(Duration.toJson({ seconds, nanos })).to.equal(text)
      expect(Duration.fromJson(text)).to.deep.equal({ seconds, nanos })
    }
    expect(() => Duration.fromJson('5 s')).to.throw(CodecError)
  })

  it('names enums and keeps numbers the schema does not know', () => {
    const json = Commit.toJson(
      Commit.create({
        signatures: [
          {
            blockIdFlag: 2,
            validatorAddress: Uint8Array.of(255),
            timestamp: { seconds: 0n, nanos: 0 },
            signature: new Uint8Array(0),
          },
        ],
      }),
    )
    expect(json).to.deep.include({
      block_id: { hash: null, part_set_header: { total: 0, hash: null } },
      signatures: [
        {
          block_id_flag: 'BLOCK_ID_FLAG_COMMIT',
          validator_address: '/w==',
          timestamp: '1970-01-01T00:00:00Z',
          signature: null,
        },
      ],
    })
    expect(Device.toJson(Device.create({ kind: 99 }))).to.deep.include({ kind: 99 })
    expect(Device.fromJson({ kind: 'KIND_BESS' }).kind).to.equal(3)
    expect(Device.fromJson({ kind: '3' }).kind).to.equal(3)
    expect(() => Device.fromJson({ kind: 'KIND_STEAM' })).to.throw(CodecError, /KIND_PV/)
  })

  it('keeps packed messages of unknown types as base64', () => {
    const any = { typeUrl: '/example.Unknown', value: Uint8Array.of(8, 1) }
    const json = Any.toJson(any)
    expect(json).to.deep.equal({ '@type': '/example.Unknown', value: 'CAE=' })
    expect(Any.fromJson(json)).to.deep.equal(any)
    expect(codecFor('/example.Unknown')).to.equal(undefined)
  })

  it('expands special types inside Any under a value member', () => {
    const any = packAny(Duration, { seconds: 5n, nanos: 0 })
    const json = { '@type': '/google.protobuf.Duration', value: '5s' }
    expect(Any.toJson(any)).to.deep.equal(json)
    expect(Any.fromJson(json)).to.deep.equal(any)
  })

  it('refuses messages packed more than ten deep, in JSON and in amino JSON', () => {
    const nested = (levels: number): Any => {
      let any = packAny(MsgExec, MsgExec.create({ grantee: 'strom1x' }))
      for (let i = 1; i < levels; i++) any = packAny(MsgExec, MsgExec.create({ msgs: [any] }))
      return any
    }
    expect(Any.toJson(nested(10))).to.have.property('@type', MsgExec.typeUrl)
    expect(anyToAminoJson(nested(10))).to.have.property('type', 'cosmos-sdk/MsgExec')
    for (const levels of [11, 2000]) {
      expect(() => Any.toJson(nested(levels))).to.throw(CodecError, /packed deeper/)
      expect(() => anyToAminoJson(nested(levels))).to.throw(CodecError, /packed deeper/)
    }
  })

  it('reads camelCase, snake_case and unknown members of request bodies', () => {
    const expected = BroadcastTxRequest.create({ txBytes: Uint8Array.of(1), mode: 2 })
    for (const body of [
      { tx_bytes: 'AQ==', mode: 'BROADCAST_MODE_SYNC' },
      { txBytes: 'AQ', mode: 2, surplus: [1] },
    ]) {
      expect(BroadcastTxRequest.fromJson(body)).to.deep.equal(expected)
    }
  })

  it('names the field it cannot read', () => {
    const bad: [() => unknown, RegExp][] = [
      [() => Device.fromJson({ nameplate_w: '-1' }), /Device\.nameplate_w: exceeds uint64/],
      [() => Device.fromJson({ nameplate_w: 1.5 }), /Device\.nameplate_w: is not an integer/],
      [() => Device.fromJson({ nameplate_w: '18446744073709551616' }), /exceeds uint64/],
      [() => Device.fromJson({ interval_s: 4294967296 }), /exceeds uint32/],
      [() => Device.fromJson({ pubkey: '***' }), /Device\.pubkey: is not base64/],
      [() => Device.fromJson({ id: 5 }), /Device\.id: is not a string/],
      [() => Device.fromJson([]), /is not an object/],
      [() => Tx.fromJson({ signatures: 'AQ==' }), /signatures: is not a list/],
      [() => Tx.fromJson({ body: { messages: [{}] } }), /messages\[0\]\.@type/],
    ]
    for (const [read, reason] of bad) expect(read).to.throw(CodecError, reason)
  })
})
