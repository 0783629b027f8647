import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEFAULT_BUILDING, readBuilding, readSchema } from './citylearn.ts'
import { homeDevices } from './home.ts'
import { readHouse } from './opsd.ts'
import { Problems } from './problems.ts'
import { readBattery } from './sbap.ts'
import type { RecordedDevice, Town, TownSite } from './town.ts'
import { assembleTown } from './town.ts'

/** The number of CityLearn homes shipped. */
export const HOMES = 10

/** The folder of the shipped recordings, found from the sources and from the compiled tree alike. */
export function shippedDataDir(): string {
  const beside = fileURLToPath(new URL('./data', import.meta.url))
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../../testnet/town/data', import.meta.url))
}

/**
 * The shipped town: ten homes, the house in Konstanz and one recorded battery, 49 devices from 2016-08-27T00:00:00Z.
 * `seed` chooses the first charge of the homes' batteries; equal seeds give equal readings.
 */
export function loadRecordedTown(seed = '0', dir: string = shippedDataDir()): Town {
  const problems = new Problems()
  const text = (...path: string[]): string => readFileSync(join(dir, ...path), 'utf8')
  const specs = readSchema('citylearn/schema.json', text('citylearn', 'schema.json'), problems)
  const devices: RecordedDevice[] = []
  const sites: TownSite[] = []
  for (let n = 1; n <= HOMES; n += 1) {
    const file = `Building_${n}.csv`
    const spec = specs.get(`Building_${n}`) ?? DEFAULT_BUILDING
    const home = readBuilding(
      `citylearn/${file}`,
      text('citylearn', file),
      `home-${n}`,
      spec,
      problems,
    )
    if (home === undefined) continue
    const built = homeDevices(home, seed)
    devices.push(...built.devices)
    sites.push(built.site)
  }
  const house = 'household_data_60min_singleindex.csv'
  for (const built of [
    readHouse(`opsd/${house}`, text('opsd', house), problems),
    readBattery('sbap/SBAP_SCI_profile.csv', text('sbap', 'SBAP_SCI_profile.csv'), problems),
  ]) {
    devices.push(...built.devices)
    sites.push(built.site)
  }
  problems.refuse('the shipped recordings are damaged')
  return assembleTown('recorded', devices, sites)
}
