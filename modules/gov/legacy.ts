import type { AnyValue, Codec } from '../../proto/codec.ts'
import { CodecError } from '../../proto/codec.ts'
import { CommunityPoolSpendProposal } from '../../proto/gen/cosmos/distribution/v1beta1/distribution.ts'
import { MsgCommunityPoolSpend } from '../../proto/gen/cosmos/distribution/v1beta1/tx.ts'
import { TextProposal } from '../../proto/gen/cosmos/gov/v1beta1/gov.ts'
import { ParameterChangeProposal } from '../../proto/gen/cosmos/params/v1beta1/params.ts'
import { MsgCancelUpgrade, MsgSoftwareUpgrade } from '../../proto/gen/cosmos/upgrade/v1beta1/tx.ts'
import {
  CancelSoftwareUpgradeProposal,
  SoftwareUpgradeProposal,
} from '../../proto/gen/cosmos/upgrade/v1beta1/upgrade.ts'
import { utf8Encode } from '../kit/bytes.ts'
import { govErrors } from './errors.ts'

/** A content of v1beta1, and the message of today that does the same. */
export interface LegacyContent {
  readonly title: string
  readonly description: string
  /** Undefined for a text, which changes nothing. */
  readonly message: AnyValue | undefined
}

/** Reads one kind of content. */
type Reader = (bytes: Uint8Array, authority: string) => LegacyContent

const MAX_TITLE = 140
const MAX_DESCRIPTION = 10_000

const READERS = new Map<string, Reader>([
  reader(TextProposal, () => undefined),
  reader(CommunityPoolSpendProposal, ({ recipient, amount }, authority) =>
    packed(MsgCommunityPoolSpend, { authority, recipient, amount }),
  ),
  reader(SoftwareUpgradeProposal, ({ plan }, authority) =>
    packed(MsgSoftwareUpgrade, { authority, plan }),
  ),
  reader(CancelSoftwareUpgradeProposal, (_, authority) => packed(MsgCancelUpgrade, { authority })),
  reader(ParameterChangeProposal, () => {
    // Params of a module change by its MsgUpdateParams, which names all of them.
    throw govErrors.noHandler('params')
  }),
])

/** Reads a content. Throws gov 5 when it is missing, malformed or blank, gov 6 for an unknown type, gov 9 for params. */
export function readContent(content: AnyValue | undefined, authority: string): LegacyContent {
  if (content === undefined) throw govErrors.invalidContent('missing content')
  const read = READERS.get(content.typeUrl)
  if (read === undefined) throw govErrors.invalidType(content.typeUrl)
  const found = read(content.value, authority)
  checkAbstract(found)
  return found
}

function reader<C extends { readonly title: string; readonly description: string }>(
  codec: Codec<C>,
  message: (content: C, authority: string) => AnyValue | undefined,
): readonly [string, Reader] {
  return [
    codec.typeUrl,
    (bytes, authority) => {
      const content = decoded(codec, bytes)
      const { title, description } = content
      return { title, description, message: message(content, authority) }
    },
  ]
}

function decoded<C>(codec: Codec<C>, bytes: Uint8Array): C {
  try {
    return codec.decode(bytes)
  } catch (error) {
    if (error instanceof CodecError) throw govErrors.invalidContent(error.message)
    throw error
  }
}

function packed<M>(codec: Codec<M>, value: M): AnyValue {
  return { typeUrl: codec.typeUrl, value: codec.encode(value) }
}

function checkAbstract({ title, description }: LegacyContent): void {
  if (title.trim() === '') throw govErrors.invalidContent('proposal title cannot be blank')
  if (utf8Encode(title).length > MAX_TITLE)
    throw govErrors.invalidContent(`proposal title is longer than max length of ${MAX_TITLE}`)
  if (description === '') throw govErrors.invalidContent('proposal description cannot be blank')
  if (utf8Encode(description).length > MAX_DESCRIPTION)
    throw govErrors.invalidContent(
      `proposal description is longer than max length of ${MAX_DESCRIPTION}`,
    )
}
