import type { JsonValue } from '../../proto/codec.ts'
import { GenesisState } from '../../proto/gen/strom/device/v1/genesis.ts'
import { compareBytes, toHex, utf8Encode } from '../kit/bytes.ts'
import type { BlockContext, ReadContext } from '../kit/context.ts'
import type { GenesisDef } from '../kit/module.ts'
import { deviceErrors } from './errors.ts'
import { checkParams, defaultParams } from './params.ts'
import { isStatus, limitProblem, problemOf } from './rules.ts'
import { state } from './state.ts'

/**
 * Genesis of the registry. Devices in it carry no proof of possession: who writes the genesis vouches for them, and
 * everyone who starts from it agrees.
 */
export const genesis: GenesisDef = {
  defaults: () => GenesisState.toJson(GenesisState.create({ params: defaultParams() })),
  validate(json) {
    check(read(json))
  },
  init(ctx: BlockContext, json: JsonValue) {
    const { params, devices } = read(json)
    state.params.set(ctx, params)
    for (const device of devices) {
      state.devices.set(ctx, device.id, device)
      state.keys.set(ctx, device.pubkey, device.id)
    }
    return undefined
  },
  export(ctx: ReadContext) {
    const devices = Array.from(state.devices.entries(ctx), ([, device]) => device)
    return GenesisState.toJson({ params: state.params.must(ctx), devices })
  },
}

function read(json: JsonValue): GenesisState {
  return GenesisState.fromJson(json)
}

function check({ params, devices }: GenesisState): void {
  checkParams(params)
  const keys = new Set<string>()
  devices.forEach((device, i) => {
    const before = devices[i - 1]
    const problem = problemOf(device) ?? limitProblem(device, params)
    if (problem !== undefined) throw deviceErrors.invalidGenesis(problem)
    if (!isStatus(device.status)) {
      throw deviceErrors.invalidGenesis(`device ${device.id}: status ${device.status} is unknown`)
    }
    if (before !== undefined && compareBytes(utf8Encode(before.id), utf8Encode(device.id)) >= 0) {
      throw deviceErrors.invalidGenesis(
        `devices ${before.id}, ${device.id} are not in order of id or repeat`,
      )
    }
    const key = toHex(device.pubkey)
    if (keys.has(key))
      throw deviceErrors.invalidGenesis(`device ${device.id}: its key is used twice`)
    keys.add(key)
  })
}
