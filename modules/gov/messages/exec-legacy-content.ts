import {
  MsgExecLegacyContent,
  MsgExecLegacyContentResponse,
} from '../../../proto/gen/cosmos/gov/v1/tx.ts'
import { fieldAddress } from '../../kit/address.ts'
import { govAuthority } from '../../kit/authority.ts'
import { defineMessage } from '../../kit/module.ts'
import { govErrors } from '../errors.ts'
import { readContent } from '../legacy.ts'

/** Carries out a content of v1beta1 as the message of today that does the same. */
export const execLegacyContent = defineMessage({
  codec: MsgExecLegacyContent,
  response: MsgExecLegacyContentResponse,
  signers: (message) => [message.authority],
  describe: ({ authority, content }) =>
    `${authority} carries out the content ${content?.typeUrl ?? 'that is missing'}`,
  validate: ({ authority }) => void fieldAddress(authority, 'authority'),
  handle(ctx, { authority, content }) {
    const governs = govAuthority(ctx)
    if (authority !== governs) throw govErrors.invalidSigner(`expected ${governs} got ${authority}`)
    const { message } = readContent(content, governs)
    if (message !== undefined) ctx.dispatch(message)
    return {}
  },
})
