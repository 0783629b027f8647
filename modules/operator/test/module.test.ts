import { sha256 } from '@noble/hashes/sha2.js'
import {
  MsgCommitSecret,
  MsgRegisterOperator,
  MsgRevealSecret,
  MsgUpdateOperator,
  MsgUpdateParams,
} from '../../../proto/gen/strom/operator/v1/tx.ts'
import { govAuthority } from '../../kit/authority.ts'
import { utf8Encode } from '../../kit/bytes.ts'
import { accepted, block, refused, runModuleSuite } from '../../kit/testing/module-suite.ts'
import { nobleHasher } from '../../kit/testing/noble-crypto.ts'
import { T0 } from '../../metering/test/fixture.ts'
import { NOT_EXPORTED } from '../../staking/state.ts'
import { commitmentOf, phaseOf } from '../beacon.ts'
import { defaultParams } from '../params.ts'
import { ANCHOR_PREFIX } from '../state.ts'
import {
  accountText,
  batteryOf,
  devicesOf,
  genesisOf,
  meterOf,
  SHORT,
  valoper,
  wire,
} from './world.ts'

const params = { ...defaultParams(), ...SHORT }
const { period, revealTick } = phaseOf(params, T0 / 900n)
const next = period + 1n
const toReveal = revealTick * 900n - T0
const secret = (n: number): Uint8Array => sha256(utf8Encode(`secret ${n}`))
const storage = (n: number, fields: Partial<MsgRegisterOperator> = {}): MsgRegisterOperator => ({
  validatorAddress: valoper(n),
  battery: batteryOf(n),
  meter: meterOf(n),
  ...fields,
})
const commit = (n: number, fields: Partial<MsgCommitSecret> = {}): MsgCommitSecret => ({
  sender: accountText(n),
  validatorAddress: valoper(n),
  period: next,
  commitment: commitmentOf(nobleHasher, secret(n), valoper(n), next),
  ...fields,
})
const reveal = (n: number, fields: Partial<MsgRevealSecret> = {}): MsgRevealSecret => ({
  sender: accountText(n),
  validatorAddress: valoper(n),
  period: next,
  secret: secret(n),
  ...fields,
})
const update = (authority: string, fields = {}): MsgUpdateParams => ({
  authority,
  params: { ...params, ...fields },
})
const gov = govAuthority({ hasher: nobleHasher })

// Validator 3 has another battery at the same site as 2, validator 2 is registered by message.
const devices = [0, 1, 2, 3].flatMap((n) => devicesOf(n))
const more = [
  ...devices,
  ...devicesOf(4, { site: 'storage-0', owner: accountText(3) }),
  ...devicesOf(5, { owner: accountText(3), maker: 'gauge' }),
]

runModuleSuite({
  make: () => wire().modules,
  sampleGenesis: genesisOf({
    stakes: [100n, 100n, 100n, 100n],
    operators: [0, 1],
    devices: more,
  }),
  notExported: [
    { store: 'operator', prefix: ANCHOR_PREFIX, reason: 'hashes of the chain that was' },
    ...NOT_EXPORTED,
  ],
  operations: [
    block(60n),
    accepted('validator 2 puts its storage behind it', MsgRegisterOperator, storage(2)),
    refused(
      'battery or meter is not named',
      MsgRegisterOperator,
      storage(3, { meter: '' }),
      'sdk',
      18,
    ),
    refused('the validator does not exist', MsgRegisterOperator, storage(7), 'operator', 4),
    refused('the validator has storage already', MsgRegisterOperator, storage(2), 'operator', 5),
    refused(
      'battery, meter or site stand behind another validator',
      MsgRegisterOperator,
      storage(3, { battery: batteryOf(4), meter: meterOf(4) }),
      'operator',
      7,
    ),
    refused(
      'a device is of the wrong kind, owner or class, or not active',
      MsgRegisterOperator,
      storage(3, { battery: meterOf(3) }),
      'operator',
      8,
    ),
    refused(
      'a device is of another owner',
      MsgRegisterOperator,
      storage(3, { battery: batteryOf(0), meter: meterOf(0) }),
      'operator',
      8,
    ),
    refused(
      'battery and meter share site not, or maker or key',
      MsgRegisterOperator,
      storage(3, { battery: batteryOf(5), meter: meterOf(3) }),
      'operator',
      8,
    ),
    refused('the validator has no storage', MsgUpdateOperator, storage(3), 'operator', 6),
    refused(
      'the new devices could not be registered',
      MsgUpdateOperator,
      storage(2, { battery: batteryOf(0), meter: meterOf(0) }),
      'operator',
      8,
    ),
    accepted('validator 2 states its storage anew', MsgUpdateOperator, storage(2)),
    refused(
      'the commitment has not 32 bytes',
      MsgCommitSecret,
      commit(0, { commitment: new Uint8Array(31) }),
      'sdk',
      18,
    ),
    refused(
      'the sender may not act for the battery',
      MsgCommitSecret,
      commit(0, { sender: accountText(1) }),
      'operator',
      9,
    ),
    refused(
      'the first half of the period before is over or has not begun',
      MsgCommitSecret,
      commit(0, { period: next + 1n }),
      'operator',
      10,
    ),
    accepted('operator 0 commits', MsgCommitSecret, commit(0)),
    accepted('operator 1 commits', MsgCommitSecret, commit(1)),
    refused('a secret is committed for that period', MsgCommitSecret, commit(0), 'operator', 11),
    refused(
      'it is not the second half of the period before',
      MsgRevealSecret,
      reveal(0),
      'operator',
      10,
    ),
    block(toReveal),
    refused('the first half is over', MsgCommitSecret, commit(2), 'operator', 10),
    refused(
      'the secret has not 32 bytes',
      MsgRevealSecret,
      reveal(0, { secret: new Uint8Array(33) }),
      'sdk',
      18,
    ),
    refused('no secret was committed', MsgRevealSecret, reveal(2), 'operator', 12),
    refused(
      'the secret is not the one committed',
      MsgRevealSecret,
      reveal(0, { secret: secret(1) }),
      'operator',
      13,
    ),
    accepted('operator 0 reveals', MsgRevealSecret, reveal(0)),
    refused('the secret is revealed already', MsgRevealSecret, reveal(0), 'operator', 14),
    block(60n),
    refused(
      'another account than governance signs',
      MsgUpdateParams,
      update(accountText(0)),
      'gov',
      13,
    ),
    refused(
      'a param is out of bounds',
      MsgUpdateParams,
      update(gov, { exitLimitPpm: 400_000n }),
      'operator',
      2,
    ),
    accepted('governance switches the cap on', MsgUpdateParams, update(gov, { powerCap: true })),
    block(12n * 900n),
    block(900n),
  ],
})
