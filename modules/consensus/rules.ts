import { ConsensusParams } from '../../proto/gen/tendermint/types/params.ts'
import { sdkErrors } from '../kit/errors.ts'
import type { EngineParams } from './api.ts'

/** Largest block the engine can carry: 100 MiB. */
export const MAX_BLOCK_BYTES = 104_857_600n

/** Defaults of CometBFT 0.38: blocks of 21 MiB without a gas limit, evidence for 100,000 blocks and 48 hours. */
export function defaultParams(): EngineParams {
  return {
    block: { maxBytes: 22_020_096n, maxGas: -1n },
    evidence: {
      maxAgeNumBlocks: 100_000n,
      maxAgeDuration: { seconds: 172_800n, nanos: 0 },
      maxBytes: 1_048_576n,
    },
    validator: { pubKeyTypes: ['ed25519'] },
    version: { app: 0n },
    abci: { voteExtensionsEnableHeight: 0n },
  }
}

/** The message with parts that are missing at their defaults: an older state or a short genesis. */
export function complete(params: ConsensusParams): EngineParams {
  const defaults = defaultParams()
  return {
    block: params.block ?? defaults.block,
    evidence: params.evidence ?? defaults.evidence,
    validator: params.validator ?? defaults.validator,
    version: params.version ?? defaults.version,
    abci: params.abci ?? defaults.abci,
  }
}

/** The stored form. */
export function stored(params: EngineParams): ConsensusParams {
  return ConsensusParams.create({ ...params })
}

/** Throws sdk 18 naming what the engine could not run with: CometBFT's limits, and what this engine has not. */
export function checkParams({ block, evidence, validator, abci }: EngineParams): void {
  const need = (good: boolean, why: string): void => {
    if (!good) throw sdkErrors.invalidRequest(why)
  }
  const { maxBytes, maxGas } = block
  need(maxBytes !== 0n, 'block.MaxBytes cannot be 0')
  need(maxBytes >= -1n, `block.MaxBytes must be -1 or greater than 0. Got ${maxBytes}`)
  need(maxBytes <= MAX_BLOCK_BYTES, `block.MaxBytes is too big. ${maxBytes} > ${MAX_BLOCK_BYTES}`)
  need(maxGas >= -1n, `block.MaxGas must be greater or equal to -1. Got ${maxGas}`)
  need(
    evidence.maxAgeNumBlocks > 0n,
    `evidence.MaxAgeNumBlocks must be greater than 0. Got ${evidence.maxAgeNumBlocks}`,
  )
  const { seconds, nanos } = evidence.maxAgeDuration
  need(
    seconds >= 0n && nanos >= 0 && nanos < 1_000_000_000 && (seconds > 0n || nanos > 0),
    `evidence.MaxAgeDuration must be greater than 0. Got ${seconds} s and ${nanos} ns`,
  )
  const limit = maxBytes === -1n ? MAX_BLOCK_BYTES : maxBytes
  need(
    evidence.maxBytes <= limit,
    `evidence.MaxBytesEvidence is greater than upper bound, ${evidence.maxBytes} > ${limit}`,
  )
  need(evidence.maxBytes >= 0n, `evidence.MaxBytes must be non negative. Got: ${evidence.maxBytes}`)
  need(validator.pubKeyTypes.length > 0, 'len(Validator.PubKeyTypes) must be greater than 0')
  validator.pubKeyTypes.forEach((type, i) => {
    need(
      type === 'ed25519',
      `params.Validator.PubKeyTypes[${i}], ${type}, is an unknown pubkey type; validators sign with ed25519`,
    )
  })
  need(
    abci.voteExtensionsEnableHeight === 0n,
    `ABCI.VoteExtensionsEnableHeight is ${abci.voteExtensionsEnableHeight}; this engine has no vote extensions, so 0 is needed`,
  )
}
