import '../../../../node/p2p/shim.ts'
import { asCliError } from '../../../../cli/errors.ts'
import { runNode } from '../../../../cli/run-node.ts'
import type { Upgrade } from '../../../../modules/upgrade/api.ts'

/** `upgrade-program.ts HOME PEERS [UPGRADE [HEIGHTS]]`: `strom start` of a program that carries one upgrade more, or skips HEIGHTS. */
const [home = '', persistentPeers = '', name = '', skip] = process.argv.slice(2)

/** Brings a store, and writes into it at which height it did and whether it saw the state of before. */
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
