import { type Entry, toText } from '../input.ts'
import type { Random } from './random.ts'
import { type Mail, START, type World } from './world.ts'

/** One block: what happens before its transactions, then the batches in their order. */
export interface PlannedBlock {
  readonly height: bigint
  readonly time: bigint
  readonly exchanges: World['exchanges']
  readonly batches: readonly { readonly gateway: string; readonly mails: readonly Mail[] }[]
}

/** How late messages come: in time, slowly but before the settlement, or after it. */
export function delay(random: Random, mails: readonly Mail[], latePercent: number): void {
  for (const one of mails) {
    const fate = random.below(100)
    if (fate < latePercent) one.at += 1800n + random.upTo(7_000n)
    else if (fate < 50) one.at += random.upTo(1_500n)
    else one.at += random.upTo(60n)
  }
}

/** Puts messages into blocks a random while apart, in random order and batches, until every window has closed. */
export function blocksOf(
  random: Random,
  world: World,
  step = random.pick([300n, 450n, 900n, 1000n]),
): PlannedBlock[] {
  const { finalCloseS } = world.sheets.rules
  // Device times may be invented; nothing waits for what never was.
  const end = world.mails.reduce(
    (most, { time }) => (time > most && time < START + 86_400n ? time : most),
    START,
  )
  const stop = end + finalCloseS + 1800n
  const blocks: PlannedBlock[] = []
  let before = 0n
  for (let time = START - 100n; time < stop; time += step) {
    const mails = world.mails.filter(({ at }) => at > before && at <= time)
    blocks.push({
      height: BigInt(blocks.length + 1),
      time,
      exchanges: world.exchanges.filter(({ at }) => at > before && at <= time),
      batches: batchesOf(random, mails),
    })
    before = time
  }
  return blocks
}

function batchesOf(random: Random, mails: readonly Mail[]): PlannedBlock['batches'] {
  const batches: { gateway: string; mails: Mail[] }[] = []
  for (const one of random.shuffled(mails)) {
    const fits = batches.find(({ gateway }) => gateway === one.gateway)
    if (fits !== undefined && random.percent(70)) fits.mails.push(one)
    else batches.push({ gateway: one.gateway, mails: [one] })
  }
  return random.shuffled(batches)
}

/** The same as raw files have it. */
export function logOf(blocks: readonly PlannedBlock[]): Entry[] {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  return blocks.flatMap(({ height, time, exchanges, batches }): Entry[] => [
    { type: 'block', height, time },
    ...exchanges.map(({ device, openingSeq }): Entry => ({ type: 'exchange', device, openingSeq })),
    ...batches.flatMap(({ gateway, mails }) =>
      mails.map(
        ({ message, signature }): Entry => ({
          type: 'reading',
          gateway,
          message: hex(message),
          signature: hex(signature),
        }),
      ),
    ),
  ])
}

/** `log.jsonl` of entries. */
export function logText(entries: readonly Entry[]): string {
  return entries.map((entry) => `${toText(entry)}\n`).join('')
}
