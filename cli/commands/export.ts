import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { genesisJson, readGenesis } from '../../genesis/document.ts'
import { readContext } from '../../node/app/context.ts'
import { exportGenesis } from '../../node/app/genesis.ts'
import { storeNames, wireModules } from '../../node/app/modules.ts'
import { nativeHasher, nativeVerifier } from '../../node/app/native-crypto.ts'
import { allStores, carrying } from '../../node/app/upgrade.ts'
import { UPGRADES } from '../../node/app/upgrades.ts'
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
      const { height, appState } = await stateOf(home.database, document.chainId)
      const next = genesisJson({
        ...document,
        initialHeight: height + 1n,
        validators: [],
        appState,
      })
      // Validators come from the exported staking state; the ones of the old document may be gone.
      next['validators'] = validatorsOf(appState['staking'] ?? null)
      emit(next, JSON.stringify(next, undefined, 2))
    },
  )
}

async function stateOf(
  location: string,
  chainId: string,
): Promise<{ height: bigint; appState: { readonly [module: string]: JsonValue } }> {
  const db = await openLevel(location)
  try {
    const wiring = carrying(wireModules(), { upgrades: UPGRADES })
    const stores = allStores(storeNames(wiring), UPGRADES)
    const store = await MultiStore.open({ db, stores })
    const height = store.version
    const verifier = nativeVerifier()
    const info = { chainId, height, time: 0n, timeNanos: 0, hasher: nativeHasher, verifier }
    const ctx = readContext(info, (name) => store.store(name))
    return { height, appState: exportGenesis(wiring.modules, ctx) }
  } finally {
    await db.close()
  }
}

/** CometBFT's validator entries of the bonded validators in a staking state. */
function validatorsOf(staking: JsonValue): JsonValue[] {
  const entries = field(staking, 'validators')
  if (!Array.isArray(entries)) return []
  return entries
    .filter((one) => field(one, 'status') === 'BOND_STATUS_BONDED')
    .map((one) => ({
      address: addressOf(String(field(field(one, 'consensus_pubkey'), 'key'))),
      pub_key: {
        type: 'tendermint/PubKeyEd25519',
        value: String(field(field(one, 'consensus_pubkey'), 'key')),
      },
      power: (BigInt(String(field(one, 'tokens'))) / 1_000_000n).toString(),
      name: String(field(field(one, 'description'), 'moniker')),
    }))
}

/** sha256(key)[:20], upper-case hex. */
function addressOf(key: string): string {
  return hash('sha256', Buffer.from(key, 'base64')).slice(0, 40).toUpperCase()
}
