import { Command } from 'commander'

/** Short names of groups. */
export const GROUP_ALIASES: Readonly<Record<string, string>> = { certificate: 'cert' }

const ABOUT: Readonly<Record<string, string>> = {
  device: 'register devices and change what holds of them',
  site: 'join devices behind one connection to the grid',
  gateway: 'accounts that carry readings',
  maker: 'makers and testers that attest devices',
  metering: 'bring readings, correct and dispute them',
  certificate: 'move, use and match certificates',
  carbon: 'carbon credits',
  fleet: 'batches of large fleets as Merkle sum trees',
  auth: 'rules of accounts, as governance changes them',
  bank: 'send coins',
  staking: 'create validators, delegate, redelegate, unbond',
  slashing: 'let a jailed validator back',
  distribution: 'withdraw rewards, choose where they go, give to the community',
  mint: 'rules of inflation, as governance changes them',
  gov: 'propose, deposit, vote',
  v1beta1: 'the same in the shapes of v1beta1, for old clients',
  upgrade: 'propose a new program for all nodes, or to stay',
  evidence: 'bring evidence of a fault',
  feegrant: 'let others pay fees from your account',
  authz: 'let others act for your account',
  vesting: 'accounts whose coins become free over time',
  consensus: 'rules of blocks, as governance changes them',
  operator: 'storage behind a validator, and its part in the draw of challenges',
}

/** What a group of `strom tx` is about. */
export function aboutGroup(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return ABOUT[last] ?? `messages of module ${last}`
}

/** A command and the groups it stands in, outermost first. */
export interface Placed {
  readonly groups: readonly string[]
  readonly command: Command
}

/** Groups of commands, nested as their places say; a group is made when its first command comes. */
export function grow(
  placed: readonly Placed[],
  about: (words: readonly string[]) => string,
  aliases: Readonly<Record<string, string>>,
): Command[] {
  const root = new Command()
  for (const { groups, command } of placed) {
    let at = root
    groups.forEach((word, depth) => {
      const known = at.commands.find((one) => one.name() === word)
      at = known ?? at.command(word).description(about(groups.slice(0, depth + 1)))
      const alias = aliases[word]
      if (known === undefined && alias !== undefined && depth === 0) at.alias(alias)
    })
    at.addCommand(command)
  }
  return [...root.commands]
}
