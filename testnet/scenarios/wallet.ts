import type { DevAccount } from '../accounts.ts'
import type { Network } from '../network.ts'

/** The development account `name` of a network, one that has words for a wallet; throws when there is none. */
export function walletNamed(
  network: Network,
  name: string,
): { readonly address: string; readonly mnemonic: string } {
  const found: DevAccount | undefined = network.accounts.find((account) => account.name === name)
  if (found?.mnemonic === undefined) throw new Error(`the network has no wallet of ${name}`)
  return { address: found.address, mnemonic: found.mnemonic }
}
