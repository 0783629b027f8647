import { hash } from 'node:crypto'
import type { JsonValue } from '../../proto/codec.ts'
import type { FinalizeBlockResponse } from '../abci/application.ts'
import { type EventQuery, matches } from '../index/query-language.ts'
import { eventMap } from '../index/tx-index.ts'
import type { CommittedBlock } from './backend.ts'
import {
  b64,
  blockIdShape,
  blockShape,
  eventShape,
  evidenceShape,
  headerShape,
  hex,
  paramsShape,
  txEventResultShape,
  txResultShape,
  validatorShape,
  validatorUpdateShape,
} from './shapes.ts'

/** One event of the feed: what subscriptions match on, and its data in wire form, rendered only when someone wants it. */
export interface FeedEvent {
  readonly attributes: ReadonlyMap<string, readonly string[]>
  data(): JsonValue
}

/** The events of a committed height in CometBFT's order. */
export function feedOf(committed: CommittedBlock): FeedEvent[] {
  const { block, blockId, results } = committed
  const height = block.header.height.toString()
  const blockEvents = eventMap(results.events)
  const once = memo(() => ({
    block: blockShape(block),
    block_id: blockIdShape(blockId),
    result_finalize_block: finalizeShape(results),
  }))
  const feed: FeedEvent[] = [
    entry('NewBlock', blockEvents, once),
    entry('NewBlockHeader', new Map(), () => ({ header: headerShape(block.header) })),
    entry('NewBlockEvents', blockEvents, () => ({
      height,
      events: results.events.map(eventShape),
      num_txs: block.txs.length.toString(),
    })),
  ]
  for (const evidence of block.evidence) {
    feed.push(
      entry('NewEvidence', new Map(), () => ({ height, evidence: evidenceShape(evidence) })),
    )
  }
  block.txs.forEach((tx, index) => {
    const result = results.txResults[index]
    if (result === undefined) return
    const attributes = eventMap(result.events)
    attributes.set('tx.hash', [hex(hash('sha256', tx, 'buffer'))])
    attributes.set('tx.height', [height])
    feed.push(
      entry('Tx', attributes, () => ({
        TxResult: {
          height,
          ...(index === 0 ? {} : { index }),
          tx: b64(tx),
          result: txEventResultShape(result),
        },
      })),
    )
  })
  if (results.validatorUpdates.length > 0) {
    feed.push(
      entry('ValidatorSetUpdates', new Map(), () => ({
        validator_updates: results.validatorUpdates.map((update) =>
          validatorShape({
            address: hash('sha256', update.pubKey, 'buffer').subarray(0, 20),
            pubKey: update.pubKey,
            power: update.power,
            priority: 0n,
          }),
        ),
      })),
    )
  }
  return feed
}

function entry(name: string, events: Map<string, string[]>, value: () => JsonValue): FeedEvent {
  const attributes = new Map(events)
  attributes.set('tm.event', [name])
  return { attributes, data: () => ({ type: `tendermint/event/${name}`, value: value() }) }
}

/** The result member of a subscription frame, or undefined when the query does not match. */
export function frameFor(query: EventQuery, event: FeedEvent): JsonValue | undefined {
  if (!matches(query, event.attributes)) return undefined
  return {
    query: query.source,
    data: event.data(),
    events: Object.fromEntries([...event.attributes].map(([key, values]) => [key, [...values]])),
  }
}

// Embedded by value in CometBFT, so empty members but the updates are left out.
function finalizeShape(results: FinalizeBlockResponse): JsonValue {
  const { events, txResults, validatorUpdates, consensusParamUpdates, appHash } = results
  const shape: { [field: string]: JsonValue } = {}
  if (events.length > 0) shape.events = events.map(eventShape)
  if (txResults.length > 0) shape.tx_results = txResults.map(txResultShape)
  shape.validator_updates = validatorUpdates.map(validatorUpdateShape)
  if (consensusParamUpdates !== undefined) {
    shape.consensus_param_updates = paramsShape(consensusParamUpdates)
  }
  if (appHash.length > 0) shape.app_hash = b64(appHash)
  return shape
}

function memo<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
