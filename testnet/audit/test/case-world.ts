import { type Attack, all, type Scene } from './attacks.ts'
import type { Random } from './random.ts'
import { GATEWAYS, honest, RULES, randomSheets, Voice, type World } from './world.ts'

/**
 * An attack among honest devices, everything following from the random stream; with `second` another device is attacked
 * or attacks too.
 */
export function worldOf(random: Random, attack: Attack | undefined, second?: Attack): World {
  const devices = randomSheets(random, attack?.victim?.(random))
  const cap = random.percent(30) ? 2_000n + random.upTo(20_000n) : RULES.gatewayDailyCapWh
  const world: World = {
    sheets: { rules: { ...RULES, gatewayDailyCapWh: cap }, gateways: [...GATEWAYS], devices },
    revoked: new Map(),
    exchanges: [],
    mails: [],
  }
  for (const [i, sheet] of devices.entries()) {
    const count = sheet.intervalS === 3600n ? 4 + random.below(3) : 7 + random.below(8)
    const reports = honest(random, sheet, count)
    const voice = new Voice(sheet.id)
    const scene: Scene = { random, sheet, reports, voice, world }
    const its = [attack, second][i]
    const mails = its === undefined ? all(scene) : its.mails(scene)
    const own = sheet.epochs[0]?.gateway ?? ''
    for (const one of mails) {
      const chosen = one.gateway !== GATEWAYS[0] || its?.name === 'foreign gateway'
      if (!chosen) one.gateway = own === '' ? random.pick(GATEWAYS) : own
    }
    world.mails.push(...mails)
  }
  return world
}
