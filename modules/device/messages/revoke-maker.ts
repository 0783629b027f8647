import { MsgRevokeMaker, MsgRevokeMakerResponse } from '../../../proto/gen/strom/device/v1/tx.ts'
import { defineMessage } from '../../kit/module.ts'
import { checkAccount, requireAuthority } from '../access.ts'
import { admittedMaker } from '../attest.ts'
import { deviceErrors } from '../errors.ts'
import { makerRevoked } from '../events.ts'
import { isText } from '../rules.ts'
import { state } from '../state.ts'

/** Ends the attestations of a maker or tester. Devices that have one keep it. */
export const revokeMaker = defineMessage({
  codec: MsgRevokeMaker,
  response: MsgRevokeMakerResponse,
  signers: (message) => [message.authority],
  describe: ({ authority, id }) => `${authority} ends the attestations of ${id}`,
  validate(message) {
    checkAccount(message.authority, 'authority')
    if (!isText(message.reason)) {
      throw deviceErrors.notAdmitted('a reason has up to 64 printable characters')
    }
  },
  handle(ctx, { authority, id, reason }) {
    requireAuthority(ctx, authority)
    const maker = admittedMaker(ctx, id)
    state.makers.set(ctx, id, { ...maker, revokedHeight: ctx.height })
    ctx.emit(makerRevoked(maker, reason))
    return {}
  },
})
