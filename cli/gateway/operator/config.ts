import { dirname, isAbsolute, resolve } from 'node:path'
import { fromBech32, PREFIX } from '../../../modules/kit/address.ts'
import { deviceId, Settings } from '../sources/settings.ts'
import { TICK_S } from './plan.ts'

/** What the `[operator]` table says; paths are absolute once read. */
export interface OperatorConfig {
  /** `stromvaloper1…` */
  readonly validator: string
  readonly battery: string
  readonly meter: string
  /** File with the seed of all secrets; made when absent. */
  readonly secretFile: string
  /** A seed that stands in the configuration for all to read: simulations only. */
  readonly insecureSeed: string | undefined
  /** What the battery does outside challenges: `follow` leaves it alone. */
  readonly dispatch: 'follow'
  /** Headroom beyond what a challenge asks for that the owner wants warnings to reckon with, Wh. */
  readonly reserveWh: bigint
  /** Largest setpoint, W; the battery's nameplate when absent. */
  readonly maxW: bigint | undefined
  /** What survives a restart in the midst of a challenge. */
  readonly stateFile: string
}

const STATE_FILE = 'operator.json'
const SEED_FILE = 'operator.seed'

/** Reads the `[operator]` table. Throws `bad_config` naming file and setting. */
export function readOperatorConfig(
  table: unknown,
  file: string,
  intervalOf: (device: string) => bigint,
): OperatorConfig | undefined {
  if (table === undefined) return undefined
  const where = `${file} [operator]`
  if (typeof table !== 'object' || table === null || Array.isArray(table))
    return new Settings({}, file).fail('operator', 'should be one table, [operator]')
  const settings = new Settings({ ...table }, where)
  const path = (name: string): string => (isAbsolute(name) ? name : resolve(dirname(file), name))
  const insecureSeed = settings.optionalText('insecure_seed')
  if (insecureSeed !== undefined && settings.has('secret_file'))
    settings.fail('insecure_seed', 'and secret_file cannot stand together')
  const device = (key: 'battery' | 'meter'): string =>
    deviceId(new Settings({ id: settings.text(key) }, `${where} ${key}`))
  const config: OperatorConfig = {
    validator: validatorOf(settings),
    battery: device('battery'),
    meter: device('meter'),
    secretFile: path(settings.text('secret_file', SEED_FILE)),
    insecureSeed,
    dispatch: settings.choice('dispatch', ['follow'], 'follow'),
    reserveWh: BigInt(settings.whole('reserve_wh', { min: 0, max: 1e12, fallback: 0 })),
    maxW: settings.has('max_w')
      ? BigInt(settings.whole('max_w', { min: 1, max: 1e12 }))
      : undefined,
    stateFile: path(STATE_FILE),
  }
  settings.done()
  if (config.battery === config.meter)
    settings.fail('meter', 'should be a device of its own, not the battery')
  if (intervalOf(config.meter) !== TICK_S)
    settings.fail('meter', `"${config.meter}" should have interval_s = ${TICK_S}, one tick`)
  if (TICK_S % intervalOf(config.battery) !== 0n)
    settings.fail(
      'battery',
      `"${config.battery}": ${TICK_S} s should be a multiple of its interval_s`,
    )
  return config
}

function validatorOf(settings: Settings): string {
  const text = settings.text('validator')
  try {
    fromBech32(text, PREFIX.validator)
    return text
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return settings.fail('validator', `should be an address stromvaloper1…: ${why}`)
  }
}
