import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import {
  type GenesisDocument,
  type GenesisValidator,
  genesisJson,
  readGenesis,
} from '../../genesis/document.ts'
import { readContext } from '../../node/app/context.ts'
import { exportGenesis } from '../../node/app/genesis.ts'
import { storeNames, wireModules } from '../../node/app/modules.ts'
import { nativeHasher, nativeVerifier } from '../../node/app/native-crypto.ts'
import { allStores, carrying } from '../../node/app/upgrade.ts'
import { UPGRADES } from '../../node/app/upgrades.ts'
import { engineTip } from '../../node/engine-tip.ts'
import { openLevel } from '../../node/store/level.ts'
import { MultiStore } from '../../node/store/multistore.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { homeOf, leaf } from '../common.ts'
import { CliError, EXIT } from '../errors.ts'
import { field } from '../gateway/rpc-client.ts'
import { emit } from '../output.ts'

/** `strom export`: the last committed state of a stopped node as a genesis document on stdout. */
export function exportCommand(): Command {
  return leaf('export', 'the state of a stopped node as a genesis document').action(
    async (options: { home?: string }) => {
      const home = homeOf(options)
      const { document } = readGenesis(home.genesis)
      if (!existsSync(home.database)) {
        throw new CliError(
          EXIT.notFound,
          'no_state',
          `${home.database}: this node has no state yet`,
        )
      }
      const next = genesisJson({ ...document, ...(await stateOf(home.database, document.chainId)) })
      emit(next, JSON.stringify(next, undefined, 2))
    },
  )
}

/** What of a document an old chain leaves to the next one: that goes on where the old one stopped, in all its clocks. */
type Left = Pick<
  GenesisDocument,
  'appState' | 'consensusParams' | 'genesisTime' | 'initialHeight' | 'validators'
>

async function stateOf(location: string, chainId: string): Promise<Left> {
  const db = await openLevel(location)
  try {
    const wiring = carrying(wireModules(), { upgrades: UPGRADES })
    const stores = allStores(storeNames(wiring), UPGRADES)
    const store = await MultiStore.open({ db, stores })
    const height = store.version
    const engine = engineTip(db)
    if (engine === undefined || engine.height !== height)
      throw new CliError(EXIT.notFound, 'no_state', `${location}: no block is executed yet`)
    const { seconds: time, nanos: timeNanos } = engine.time
    const verifier = nativeVerifier()
    const info = { chainId, height, time, timeNanos, hasher: nativeHasher, verifier }
    const ctx = readContext(info, (name) => store.store(name))
    const appState = exportGenesis(wiring.modules, ctx)
    return {
      appState,
      // Governance may have changed them since the old genesis.
      consensusParams: engine.params,
      // Periods, epochs and queues know no way back to the time of the old genesis.
      genesisTime: engine.time,
      initialHeight: height + 1n,
      validators: validatorsOf(appState['staking'] ?? null),
    }
  } finally {
    await db.close()
  }
}

/**
 * The validators consensus was told last, with the powers it was told: neither all that are bonded nor what their tokens are
 * worth, where storage bounds power or a jailed one stays because there is nobody else.
 */
function validatorsOf(staking: JsonValue): GenesisValidator[] {
  const powers = field(staking, 'last_validator_powers')
  const validators = field(staking, 'validators')
  if (!Array.isArray(powers) || !Array.isArray(validators)) return []
  const of = new Map(validators.map((one) => [String(field(one, 'operator_address')), one]))
  return powers.map((power) => {
    const one = of.get(String(field(power, 'address'))) ?? null
    return {
      pubKey: Buffer.from(String(field(field(one, 'consensus_pubkey'), 'key')), 'base64'),
      power: BigInt(String(field(power, 'power'))),
      name: String(field(field(one, 'description'), 'moniker')),
    }
  })
}
