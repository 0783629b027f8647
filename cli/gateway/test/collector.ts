import type { Sample, SignedReceipt, SourceSink } from '../sources/contract.ts'

/** A sink that keeps what it is given. */
export class Collector implements SourceSink {
  readonly samples: Sample[] = []
  readonly receipts: SignedReceipt[] = []
  readonly warnings: string[] = []

  async sample(sample: Sample): Promise<void> {
    this.samples.push(sample)
  }

  async receipt(receipt: SignedReceipt): Promise<void> {
    this.receipts.push(receipt)
  }

  warn(message: string): void {
    this.warnings.push(message)
  }
}

/** Waits until something holds, at most 5 s. */
export async function until(holds: () => boolean, what = 'the expected state'): Promise<void> {
  const end = Date.now() + 5_000
  while (!holds()) {
    if (Date.now() > end) throw new Error(`${what} did not come within 5 s`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
