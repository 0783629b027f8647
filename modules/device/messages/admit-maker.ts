import { Maker } from '../../../proto/gen/strom/device/v1/state.ts'
import { MsgAdmitMaker, MsgAdmitMakerResponse } from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount, requireAuthority } from '../access.ts'
import { deviceErrors } from '../errors.ts'
import { makerAdmitted } from '../events.ts'
import { requireUnusedKey } from '../possession.ts'
import { isId, isText, keyShapeProblem } from '../rules.ts'
import { makerHolder, state } from '../state.ts'

/** Enters the key by which a maker attests devices, or a tester capacities. */
export const admitMaker = defineMessage({
  codec: MsgAdmitMaker,
  response: MsgAdmitMakerResponse,
  signers: (message) => [message.authority],
  describe: ({ authority, tester, id, name }) =>
    `${authority} admits ${tester ? 'tester' : 'maker'} ${id} "${name}"`,
  validate(message) {
    checkAccount(message.authority, 'authority')
    if (!isId(message.id) || !isText(message.name)) {
      throw deviceErrors.notAdmitted(`maker "${message.id}": id or name is malformed`)
    }
    const problem = keyShapeProblem(message)
    if (problem !== undefined) throw deviceErrors.notAdmitted(`maker ${message.id}: ${problem}`)
  },
  handle(ctx, { authority, id, name, scheme, pubkey, tester }) {
    requireAuthority(ctx, authority)
    if (state.makers.has(ctx, id)) throw deviceErrors.makerTaken(id)
    requireUnusedKey(ctx, pubkey)
    const maker = Maker.create({ id, name, scheme, pubkey, tester, admittedHeight: ctx.height })
    state.makers.set(ctx, id, maker)
    state.keys.set(ctx, pubkey, makerHolder(id))
    ctx.emit(makerAdmitted(maker))
    return {}
  },
})
