/**
 * What the Go stack did on a machine of the same kind (two cores), measured with the same load: 300-byte transfers of
 * 2,000 accounts over pipelined JSON-RPC, the sender on the same cores. Ranges are given by their upper end.
 */
export const GO = {
  source: 'CometBFT 0.38.17 + Cosmos SDK 0.50.12 on the same kind of machine, default build',
  transfersOneValidator: 456,
  transfersFourValidators: 645,
  emptyHeightMs: 417,
  finalityMs: { p50: 793, p99: 992 },
  firstBlockMs: 1800,
  idleMb: 187,
  loadedMb: 1000,
  treeUpdatesMs: { 100000: 74, 1000000: 733 },
} as const
