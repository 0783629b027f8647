import type { FinalizeBlockRequest } from '../abci/application.ts'
import type { BlockFacts } from './context.ts'

const ABSENT = 1

/** What a block tells the modules besides its transactions; `appHash` is the state root after the previous block. */
export function blockFacts(request: FinalizeBlockRequest, appHash: Uint8Array): BlockFacts {
  return {
    header: { hash: request.hash, appHash, nextValidatorsHash: request.nextValidatorsHash },
    lastCommit: request.decidedLastCommit.votes.map(({ validator, blockIdFlag }) => ({
      address: validator.address,
      power: validator.power,
      signed: blockIdFlag !== ABSENT,
    })),
    misbehavior: request.misbehavior.map((fault) => ({
      type: fault.type,
      address: fault.validator.address,
      power: fault.validator.power,
      height: fault.height,
      time: fault.time.seconds,
      timeNanos: fault.time.nanos,
      totalPower: fault.totalVotingPower,
    })),
  }
}
