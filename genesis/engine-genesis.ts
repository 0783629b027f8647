import type { GenesisDocument } from './document.ts'

/** What consensus needs of the document. */
export function engineGenesis(document: GenesisDocument) {
  return {
    chainId: document.chainId,
    genesisTime: document.genesisTime,
    initialHeight: document.initialHeight,
    params: document.consensusParams,
    validators: document.validators.map(({ pubKey, power }) => ({ pubKey, power })),
    appStateBytes: new TextEncoder().encode(JSON.stringify(document.appState)),
  }
}
