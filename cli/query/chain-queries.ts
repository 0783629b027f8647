import type { Command } from 'commander'
import { openClient, readHash } from '../client.ts'
import { homeOf, leaf, positiveNumber, wholeNumber } from '../common.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import { field } from '../gateway/rpc-client.ts'
import { emit } from '../output.ts'
import { table } from '../table.ts'
import { showIncluded } from '../tx/show.ts'

interface Options {
  readonly home?: string
  readonly node?: string
}

interface PageOptions extends Options {
  readonly query?: string
  readonly page?: string
  readonly limit?: string
  readonly orderBy?: string
}

/** Commands about blocks, transactions and the consensus set. */
export function chainQueries(): Command[] {
  return [
    block(),
    blocks(),
    leafOf('block-results', 'what executing a block gave')
      .argument('[height]', 'the latest when absent')
      .action(async (height: string | undefined, options: Options) => {
        emit(await client(options).call('block_results', atHeight(height)))
      }),
    leafOf('comet-validator-set', 'the validators that sign a height')
      .argument('[height]', 'the latest when absent')
      .option('--page <number>', 'page', '1')
      .option('--limit <number>', 'validators of a page', '100')
      .action(async (height: string | undefined, options: PageOptions) => {
        const params = { ...atHeight(height), ...paging(options) }
        emit(await client(options).call('validators', params))
      }),
    tx(),
    txs(),
    waitTx(),
  ]
}

function leafOf(name: string, description: string): Command {
  return leaf(name, description).option(
    '--node <url>',
    'JSON-RPC of the node (STROM_NODE, client.toml)',
  )
}

function block(): Command {
  return leafOf('block', 'a block, by height or hash')
    .argument('[height-or-hash]', 'the latest when absent')
    .action(async (which: string | undefined, options: Options) => {
      const byHash = which !== undefined && /^(0x)?[0-9a-fA-F]{64}$/.test(which)
      const result = byHash
        ? await client(options).call('block_by_hash', {
            hash: Buffer.from(readHash(which), 'hex').toString('base64'),
          })
        : await client(options).call('block', atHeight(which))
      if (field(result, 'block') === null) {
        throw new CliError(EXIT.notFound, 'not_found', `there is no block ${which}`)
      }
      emit(result)
    })
}

function blocks(): Command {
  return leafOf('blocks', 'blocks by their events, or the latest ones')
    .option('--query <query>', 'such as "block.height > 5"')
    .option('--page <number>', 'page', '1')
    .option('--limit <number>', 'blocks of a page', '20')
    .option('--order-by <asc|desc>', 'order of height', 'desc')
    .action(async (options: PageOptions) => {
      const node = client(options)
      if (options.query === undefined) {
        const result = await node.call('blockchain', {})
        const metas = (field(result, 'block_metas') as unknown[]) ?? []
        emit(result, table(metas.map(metaRow)))
        return
      }
      emit(await node.call('block_search', { ...searching(options), query: options.query }))
    })
}

function metaRow(meta: unknown): { [column: string]: unknown } {
  const header = field(meta, 'header')
  return {
    height: field(header, 'height'),
    time: field(header, 'time'),
    txs: field(meta, 'num_txs'),
    bytes: field(meta, 'block_size'),
    hash: field(field(meta, 'block_id'), 'hash'),
  }
}

function tx(): Command {
  return leafOf('tx', 'a transaction by its hash')
    .argument('<hash>')
    .action(async (hash: string, options: Options) => {
      const found = await client(options).tx(hash)
      if (found === undefined) {
        throw new CliError(
          EXIT.notFound,
          'not_found',
          `no block holds a transaction ${readHash(hash)}`,
          {
            hint: `it may still come: strom query wait-tx ${hash}`,
          },
        )
      }
      showIncluded(found)
    })
}

function txs(): Command {
  return leafOf('txs', 'transactions by their events, such as "transfer.recipient=\'strom1…\'"')
    .requiredOption('--query <query>', 'conditions joined by AND')
    .option('--page <number>', 'page', '1')
    .option('--limit <number>', 'transactions of a page', '30')
    .option('--order-by <asc|desc>', 'order of height', 'asc')
    .action(async (options: PageOptions) => {
      const result = await client(options).call('tx_search', {
        ...searching(options),
        query: options.query ?? '',
        prove: false,
      })
      const found = (field(result, 'txs') as unknown[]) ?? []
      emit(result, found.length === 0 ? 'none' : table(found.map(txRow)))
    })
}

function txRow(one: unknown): { [column: string]: unknown } {
  const outcome = field(one, 'tx_result')
  return {
    height: field(one, 'height'),
    index: field(one, 'index'),
    code: field(outcome, 'code'),
    gas_used: field(outcome, 'gas_used'),
    hash: field(one, 'hash'),
  }
}

function waitTx(): Command {
  return leafOf('wait-tx', 'wait until a block holds a transaction')
    .argument('<hash>')
    .option('--timeout <seconds>', 'seconds to wait', '30')
    .action(async (hash: string, options: Options & { timeout?: string }) => {
      const seconds = positiveNumber(options.timeout ?? '30', '--timeout')
      showIncluded(await client(options).waitForTx(readHash(hash), seconds * 1000))
    })
}

function client(options: Options) {
  return openClient(homeOf(options), options.node)
}

function atHeight(text: string | undefined): { height?: string } {
  return text === undefined ? {} : { height: wholeNumber(text, 'height').toString() }
}

function paging(options: PageOptions): { page: string; per_page: string } {
  return {
    page: wholeNumber(options.page ?? '1', '--page').toString(),
    per_page: wholeNumber(options.limit ?? '30', '--limit').toString(),
  }
}

function searching(options: PageOptions): { page: string; per_page: string; order_by: string } {
  const order = options.orderBy ?? 'asc'
  if (order !== 'asc' && order !== 'desc') throw usageError('--order-by is asc or desc')
  return { ...paging(options), order_by: order }
}
