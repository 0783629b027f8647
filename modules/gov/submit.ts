import type { AnyValue } from '../../proto/codec.ts'
import {
  type Proposal,
  Proposal as ProposalCodec,
  ProposalStatus,
} from '../../proto/gen/cosmos/gov/v1/gov.ts'
import { MsgExecLegacyContent, type MsgSubmitProposal } from '../../proto/gen/cosmos/gov/v1/tx.ts'
import { fieldAddress, toBech32 } from '../kit/address.ts'
import { govAuthority } from '../kit/authority.ts'
import type { MsgContext } from '../kit/context.ts'
import { ChainError } from '../kit/errors.ts'
import { blockTime } from '../kit/time.ts'
import { addDeposit, checkInitialDeposit } from './deposits.ts'
import { govErrors } from './errors.ts'
import { submitted, votingStarted } from './events.ts'
import { readContent } from './legacy.ts'
import type { GovNeeds } from './needs.ts'
import { readParams } from './params.ts'
import { emptyTally, storedCoins } from './rules.ts'
import { state, writeProposal } from './state.ts'
import { after } from './times.ts'

/** Gas of a stored byte, which the SDK takes three times more for a proposal. */
const WRITE_BYTE = 30n

/** Enters a checked proposal with its first deposit and returns its id. */
export function submit(needs: GovNeeds, ctx: MsgContext, message: MsgSubmitProposal): bigint {
  const proposer = fieldAddress(message.proposer, 'proposer')
  const coins = storedCoins(message.initialDeposit)
  const params = readParams(ctx)
  checkInitialDeposit(params, coins, message.expedited)
  for (const inner of message.messages) checkInner(ctx, inner)
  const id = takeId(ctx)
  const submitTime = blockTime(ctx)
  const depositEndTime = after(submitTime, params.maxDepositPeriod)
  const proposal: Proposal = ProposalCodec.create({
    id,
    messages: message.messages,
    metadata: message.metadata,
    status: ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD,
    finalTallyResult: emptyTally(),
    submitTime: { ...submitTime },
    depositEndTime,
    title: message.title,
    summary: message.summary,
    proposer: toBech32(proposer),
    expedited: message.expedited,
  })
  writeProposal(ctx, proposal)
  state.inactive.set(ctx, [depositEndTime, id], id)
  const urls = message.messages.map(({ typeUrl }) => `,${typeUrl}`).join('')
  ctx.emit(submitted(id, proposal.proposer, urls))
  const bytes = BigInt(ProposalCodec.encode(proposal).length)
  ctx.gas.consume(3n * WRITE_BYTE * bytes, 'submit proposal')
  if (addDeposit(needs, ctx, id, proposer, coins)) ctx.emit(votingStarted('submit_proposal', id))
  return id
}

function takeId(ctx: MsgContext): bigint {
  const id = state.nextId.get(ctx) ?? 1n
  state.nextId.set(ctx, id + 1n)
  return id
}

/**
 * A message that a proposal may carry: some module handles it, governance alone signs it, and its stateless checks hold.
 * It is not run: that may still fail when the vote is over. Throws gov 10, 12, 13, sdk 2; a legacy content its own.
 */
function checkInner(ctx: MsgContext, message: AnyValue): void {
  const authority = govAuthority(ctx)
  const signers = signersOf(ctx, message)
  if (signers.length !== 1) throw govErrors.invalidSigner()
  if (signers[0] !== authority) throw govErrors.invalidSigner(signers[0])
  checkStateless(ctx, message)
  if (message.typeUrl !== MsgExecLegacyContent.typeUrl) return
  const { content } = MsgExecLegacyContent.decode(message.value)
  const translated = readContent(content, authority).message
  if (translated === undefined) return
  signersOf(ctx, translated)
  checkStateless(ctx, translated)
}

function signersOf(ctx: MsgContext, message: AnyValue): readonly string[] {
  try {
    return ctx.signersOf(message)
  } catch (error) {
    if (error instanceof ChainError && error.codespace === 'sdk' && error.code === 6)
      throw govErrors.unroutable(message.typeUrl)
    throw error
  }
}

function checkStateless(ctx: MsgContext, message: AnyValue): void {
  try {
    ctx.validateMessage?.(message)
  } catch (error) {
    if (error instanceof ChainError) throw govErrors.invalidMessage(error.message)
    throw error
  }
}
