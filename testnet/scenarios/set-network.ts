import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBech32, moduleAddress, PREFIX, toBech32 } from '../../modules/kit/address.ts'
import { nativeHasher } from '../../node/app/native-crypto.ts'
import { type ConsensusKey, consensusKeyFromSeed } from '../../node/consensus/key-file.ts'
import { homeAt } from '../../node/home.ts'
import type { JsonValue } from '../../proto/codec.ts'
import { type DevAccount, devSeed, processAccount } from '../accounts.ts'
import { freePorts, Launcher } from '../launch.ts'
import { type Network, operatorAccounts, prepareNetwork } from '../network.ts'

/** Processes of which some are validators from genesis and the others follow until they join. */
export interface SetNetwork {
  readonly network: Network
  readonly launcher: Launcher
  /** Everybody's account and consensus key, in the order of the processes. */
  readonly members: readonly Member[]
  /** Funded accounts for transfers. */
  readonly senders: readonly DevAccount[]
  stop(): Promise<void>
}

/** Who may be a validator. */
export interface Member {
  readonly index: number
  readonly account: DevAccount
  /** `stromvaloper…` of the account. */
  readonly operator: string
  readonly key: ConsensusKey
}

/** Power of each validator of genesis. */
export const GENESIS_POWER = 10_000n
/** Base units that one unit of power costs. */
export const UNIT = 1_000_000n

const READY_MS = 180_000
const SEED = '0'
const FUNDS = 1_000_000_000_000n

/** Short times of the modules that decide over the set; everything else is as in any genesis. */
const SLASHING = {
  signed_blocks_window: '20',
  // 15 of 20 missed votes jail: a busy machine may lose some of an honest validator.
  min_signed_per_window: '0.300000000000000000',
  downtime_jail_duration: '3s',
  slash_fraction_double_sign: '0.050000000000000000',
  slash_fraction_downtime: '0.010000000000000000',
}
const CONSENSUS = {
  timeout_propose: '600ms',
  timeout_propose_delta: '300ms',
  timeout_prevote: '300ms',
  timeout_prevote_delta: '300ms',
  timeout_precommit: '300ms',
  timeout_precommit_delta: '300ms',
  timeout_commit: '150ms',
}

/** Starts `processes` of which the first `validators` are in genesis; resolves when all have a block. */
export async function startSetNetwork(options: {
  readonly chainId: string
  readonly processes: number
  readonly validators: number
  readonly maxValidators: number
  readonly senders: number
}): Promise<SetNetwork> {
  const dir = mkdtempSync(join(tmpdir(), 'strom-set-'))
  const senders = Array.from({ length: options.senders }, (_, i) =>
    processAccount(SEED, `sender-${i}`),
  )
  const ended: string[] = []
  try {
    const { network } = await prepareNetwork({
      dir: join(dir, 'net'),
      chainId: options.chainId,
      validators: options.processes,
      seed: SEED,
      genesisTime: { seconds: BigInt(Math.floor(Date.now() / 1000)), nanos: 0 },
      ports: await freePorts(options.processes),
      funded: senders.map(({ address }) => ({ address, ustrom: FUNDS })),
      consensus: CONSENSUS,
    })
    for (const home of network.homes)
      rewriteGenesis(homeAt(home).genesis, options.validators, options.maxValidators)
    const launcher = new Launcher(network, undefined, (index, code, log) =>
      ended.push(`node${index} ended with code ${code}: ${log}`),
    )
    const stop = async (): Promise<void> => {
      await launcher.stopAll()
      rmSync(dir, { recursive: true, force: true })
      if (ended.length > 0) throw new Error(ended.join('\n'))
    }
    launcher.startAll()
    try {
      await launcher.ready(1n, READY_MS)
    } catch (error) {
      await launcher.stopAll()
      throw error
    }
    return { network, launcher, members: membersOf(network), senders, stop }
  } catch (error) {
    rmSync(dir, { recursive: true, force: true })
    throw error
  }
}

function membersOf(network: Network): Member[] {
  return operatorAccounts(network).map((account, index) => ({
    index,
    account,
    operator: toBech32(fromBech32(account.address), PREFIX.validator),
    key: consensusKeyFromSeed(devSeed(network.seed, `validator-${index}`)),
  }))
}

type Json = { [name: string]: JsonValue }

/** Leaves the first `validators` in the document and the state, with short times and a limit of the set. */
function rewriteGenesis(file: string, validators: number, maxValidators: number): void {
  const document = JSON.parse(readFileSync(file, 'utf8')) as {
    validators: JsonValue[]
    app_state: { staking: Json; bank: Json & { balances: Json[] } }
  }
  const { staking, bank } = document.app_state
  const first = (name: string): JsonValue => (staking[name] as JsonValue[]).slice(0, validators)
  const pool = toBech32(moduleAddress(nativeHasher, 'bonded_tokens_pool'))
  const bonded = (BigInt(validators) * GENESIS_POWER * UNIT).toString()
  const changed = {
    ...document,
    validators: document.validators.slice(0, validators),
    app_state: {
      ...document.app_state,
      staking: {
        ...staking,
        params: {
          ...(staking['params'] as Json),
          max_validators: maxValidators,
          unbonding_time: '8s',
        },
        validators: first('validators'),
        delegations: first('delegations'),
      },
      slashing: { params: SLASHING, signing_infos: [], missed_blocks: [] },
      bank: {
        ...bank,
        balances: bank.balances.map((held) =>
          held['address'] === pool
            ? { ...held, coins: [{ denom: 'ustrom', amount: bonded }] }
            : held,
        ),
      },
    },
  }
  writeFileSync(file, JSON.stringify(changed))
}
