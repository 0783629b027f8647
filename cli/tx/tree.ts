import { Command } from 'commander'

/** Short names of groups. */
export const GROUP_ALIASES: Readonly<Record<string, string>> = { certificate: 'cert' }

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
