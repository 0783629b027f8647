import { runOperations, type Tally } from './model-run.ts'

/** What every runtime has; declared here because pure rooms compile without ambient types. */
declare const console: { log(text: string): void }

/** Operations of the long run. */
const OPERATIONS = 100_000

const { done, refused, blocks, updates }: Tally = runOperations(1, OPERATIONS)
const list = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, count]) => `${name} ${count}`).join(', ')
console.log(`${OPERATIONS} operations as the model has them: ${list(done)}`)
console.log(`refused as the model refuses them: ${list(refused)}`)
console.log(`${blocks} blocks, ${updates} updates to consensus`)
