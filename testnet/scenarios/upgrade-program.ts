import '../../node/p2p/shim.ts'
import { asCliError } from '../../cli/errors.ts'
import { runNode } from '../../cli/run-node.ts'
import type { Upgrade } from '../../modules/upgrade/api.ts'

/** `node upgrade-program.js HOME PEERS [UPGRADE] [--skip HEIGHTS]`: `strom start` as a program that carries one upgrade more would be. */
const [home = '', persistentPeers = '', name = '', skip] = process.argv.slice(2)

/** Brings a store and writes the height and the number of known keys of bank's store into it: state before and after. */
const upgrade: Upgrade = {
  name,
  added: ['tariff'],
  migrate(ctx) {
    const rows = [...ctx.store('bank').iterate()].length
    ctx
      .store('tariff')
      .set(new TextEncoder().encode('from'), new TextEncoder().encode(`${ctx.height}/${rows > 0}`))
  },
}

try {
  const code = await runNode({
    home,
    persistentPeers,
    logLevel: 'info',
    upgrades: name === '' ? [] : [upgrade],
    ...(skip === undefined ? {} : { skipUpgrades: skip }),
  })
  process.exit(code)
} catch (error) {
  const { details, exitCode, message } = asCliError(error)
  process.stderr.write(`${message}\n${details.hint ?? ''}\n`)
  process.exit(exitCode)
}
