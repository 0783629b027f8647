import type { ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { wireModules } from '../../node/app/modules.ts'
import { freshHome, type Ran, strom, stromChild } from './run-cli.ts'

/** Seconds of the chain that pass in one. */
const SPEED = 300
const START = '2026-03-01T00:00:00Z'

/** What tests change of the defaults: what takes days elsewhere takes seconds here. */
const PARAMS: { readonly [module: string]: { readonly [param: string]: unknown } } = {
  slashing: { signed_blocks_window: '10', downtime_jail_duration: '600s' },
  operator: { period_ticks: 12, epoch_ticks: 12 },
}

/** A chain of one validator in a process of its own, and the program run against it. */
export interface StakeNode {
  readonly home: string
  /** Runs the program; the exit code is what the test looks at. */
  run(...args: string[]): Promise<Ran>
  /** Runs it and expects success. */
  good(...args: string[]): Promise<string>
  /** Runs it with JSON output and expects success. */
  json(...args: string[]): Promise<Json>
  /** Runs it and expects a failure with this exit code; the error. */
  bad(exit: number, ...args: string[]): Promise<{ name: string; message: string; hint: string }>
  /** Signs and sends, and expects a block to hold it. */
  tx(from: string, ...args: string[]): Promise<void>
  /** Tries again for as long as it takes, up to two minutes. */
  until(what: string, check: () => Promise<boolean>): Promise<void>
  stop(): void
}

/** Any JSON, looked at by path. */
export type Json = { readonly [name: string]: unknown }

/** Starts the chain; `me` runs the validator "live", admits makers, and has money as `you` has. */
export async function startStakeNode(): Promise<StakeNode> {
  const home = freshHome()
  const setup = async (...args: string[]): Promise<void> => {
    const { code, stdout, stderr } = await strom(args, { home })
    expect(code, `${args.join(' ')}\n${stdout}${stderr}`).to.equal(0)
  }
  for (const name of ['me', 'you']) await setup('keys', 'add', name, '--keyring-backend', 'test')
  await setup('init', 'live', '--chain-id', 'stake-1', '--operator', 'me', '--authority', 'me')
  await setup('config', 'set', 'consensus.timeout_commit', '200ms')
  for (const name of ['me', 'you']) await setup('genesis', 'add-account', name, '100000STROM')
  changeGenesis(join(home, 'config', 'genesis.json'))
  const port = await freePort()
  const env = { STROM_NODE: `http://127.0.0.1:${port}` }
  const free = 'tcp://127.0.0.1:0'
  const listen = ['--p2p.laddr', free, '--api.address', free, '--log-level', 'error']
  const child = stromChild(['start', ...listen, '--rpc.laddr', `tcp://127.0.0.1:${port}`], home)
  const node = nodeOf(home, env, child)
  await node.until('the node', async () => (await node.run('status')).code === 0)
  return node
}

function changeGenesis(file: string): void {
  const genesis = JSON.parse(readFileSync(file, 'utf8')) as {
    genesis_time: string
    dev_clock?: unknown
    app_state: { [module: string]: { params?: object } }
  }
  genesis.genesis_time = START
  genesis.dev_clock = { epoch: START, speed: SPEED }
  for (const { name, genesis: own } of wireModules().modules) {
    const changes = PARAMS[name]
    if (changes === undefined) continue
    const state = genesis.app_state[name] ?? (own.defaults() as { params?: object })
    genesis.app_state[name] = { ...state, params: { ...state.params, ...changes } }
  }
  writeFileSync(file, JSON.stringify(genesis))
}

function nodeOf(
  home: string,
  env: { readonly [name: string]: string },
  child: ChildProcess,
): StakeNode {
  const run = (...args: string[]): Promise<Ran> => strom(args, { home, env })
  const good = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args)
    expect(code, `${args.join(' ')}\n${stdout}${stderr}`).to.equal(0)
    return stdout
  }
  const json = async (...args: string[]): Promise<Json> =>
    JSON.parse(await good(...args, '-o', 'json')) as Json
  return {
    home,
    run,
    good,
    json,
    async bad(exit, ...args) {
      const { code, stdout, stderr } = await run(...args, '-o', 'json')
      expect(code, `${args.join(' ')}\n${stdout}${stderr}`).to.equal(exit)
      return (JSON.parse(stdout) as { error: { name: string; message: string; hint: string } })
        .error
    },
    async tx(from, ...args) {
      const answer = await json('tx', ...args, '--from', from, '-y')
      expect(answer['code'], args.join(' ')).to.equal(0)
    },
    async until(what, check) {
      const end = Date.now() + 120_000
      while (!(await check())) {
        if (Date.now() > end || child.exitCode !== null) throw new Error(`${what} does not come`)
        await new Promise((resolve) => setTimeout(resolve, 300))
      }
    },
    stop: () => child.kill('SIGKILL'),
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    }),
  )
  await new Promise((resolve) => server.close(resolve))
  return port
}
