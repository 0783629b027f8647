/** The asked version is not kept: below `lowest`, or above the last committed one. */
export class PrunedError extends Error {
  readonly version: bigint
  readonly lowest: bigint
  readonly latest: bigint
  constructor(version: bigint, lowest: bigint, latest: bigint) {
    super(
      version > latest
        ? `version ${version} does not exist yet, the last committed version is ${latest}`
        : `version ${version} is not available, lowest version is ${lowest}`,
    )
    this.name = 'PrunedError'
    this.version = version
    this.lowest = lowest
    this.latest = latest
  }
}

/** A key or value that may not be stored: empty ones cannot be proven by ICS-23. */
export class StoreKeyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StoreKeyError'
  }
}
