import { MsgAnswerDemands, MsgAnswerDemandsResponse } from '../../../proto/gen/strom/fleet/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { closeDemand } from '../blocks.ts'
import { fleetErrors } from '../errors.ts'
import { demandAnswered } from '../events.ts'
import type { FleetNeeds } from '../needs.ts'
import { provenLeaf } from '../proof.ts'
import { mustEscrow, state } from '../state.ts'

/**
 * Shows demanded leaves. The deposits pay the gateway for the bytes it publishes, whoever sends them, so that nobody
 * gains by copying an answer.
 */
export function answerDemands(
  needs: FleetNeeds,
): MessageDef<MsgAnswerDemands, MsgAnswerDemandsResponse> {
  return defineMessage({
    codec: MsgAnswerDemands,
    response: MsgAnswerDemandsResponse,
    signers: (message) => [message.sender],
    describe: ({ sender, leaves, batch }) =>
      `${sender} shows ${leaves.length} demanded leaves of batch ${batch}`,
    validate(message) {
      fromBech32(message.sender)
      if (message.leaves.length === 0) throw fleetErrors.count('no leaf is shown')
    },
    handle(ctx, { batch: id, leaves }) {
      const { maxEntries } = state.params.must(ctx)
      if (leaves.length > maxEntries) {
        throw fleetErrors.count(`${leaves.length} leaves, at most ${maxEntries}`)
      }
      const batch = mustEscrow(ctx, id)
      let paid = 0n
      for (const proof of leaves) {
        const demand = state.demands.get(ctx, [id, BigInt(proof.index)])
        if (demand === undefined) throw fleetErrors.noDemand(`leaf ${proof.index} of batch ${id}`)
        if (ctx.height > demand.due) {
          throw fleetErrors.time(`leaf ${proof.index} was due at height ${demand.due}`)
        }
        provenLeaf(ctx, batch, proof)
        closeDemand(ctx, needs, demand, fromBech32(batch.gateway))
        paid += demand.deposit
        ctx.emit(demandAnswered(demand))
      }
      return { paid }
    },
  })
}
