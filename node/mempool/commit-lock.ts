import type { Application } from '../abci/application.ts'

/**
 * The same application, with the pool locked while it commits: the application replaces its check state then, and no
 * check may straddle the two states. This is the application an engine is given.
 */
export function lockedDuringCommit(
  app: Application,
  pool: { lock(): Promise<void>; unlock(): void },
): Application {
  return {
    info: () => app.info(),
    initChain: (request) => app.initChain(request),
    checkTx: (request) => app.checkTx(request),
    prepareProposal: (request) => app.prepareProposal(request),
    processProposal: (request) => app.processProposal(request),
    finalizeBlock: (request) => app.finalizeBlock(request),
    commit: async (enginePairs) => {
      await pool.lock()
      try {
        return await app.commit(enginePairs)
      } finally {
        pool.unlock()
      }
    },
    query: (request) => app.query(request),
    extendVote: (request) => app.extendVote(request),
    verifyVoteExtension: (request) => app.verifyVoteExtension(request),
    listSnapshots: () => app.listSnapshots(),
  }
}
