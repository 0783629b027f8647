import { MsgDemandLeaf, MsgDemandLeafResponse } from '../../../proto/gen/strom/fleet/v1/tx.ts'
import { fromBech32 } from '../../kit/address.ts'
import { BASE_DENOM } from '../../kit/coin.ts'
import { defineMessage, type MessageDef } from '../../kit/module.ts'
import { fleetErrors } from '../errors.ts'
import { leafDemanded } from '../events.ts'
import { ACCOUNT, type FleetNeeds } from '../needs.ts'
import { addDemand, mustEscrow, state } from '../state.ts'

/** Asks for a leaf against a deposit; entry waits until every demand is answered. */
export function demandLeaf(needs: FleetNeeds): MessageDef<MsgDemandLeaf, MsgDemandLeafResponse> {
  return defineMessage({
    codec: MsgDemandLeaf,
    response: MsgDemandLeafResponse,
    signers: (message) => [message.demander],
    describe: ({ demander, index, batch }) => `${demander} demands leaf ${index} of batch ${batch}`,
    validate(message) {
      fromBech32(message.demander)
    },
    handle(ctx, { demander, batch: id, index }) {
      const params = state.params.must(ctx)
      const batch = mustEscrow(ctx, id)
      if (batch.published) throw fleetErrors.published(`batch ${id}, height ${batch.height}`)
      if (ctx.time >= batch.deadline) {
        throw fleetErrors.time(`the window of batch ${id} closed at ${batch.deadline}`)
      }
      if (index >= batch.count) throw fleetErrors.count(`leaf ${index} of ${batch.count}`)
      if (state.demands.has(ctx, [id, BigInt(index)])) throw fleetErrors.demanded(`leaf ${index}`)
      const deposit = params.demandDeposit
      if (deposit > 0n) {
        const coins = [{ denom: BASE_DENOM, amount: deposit }]
        needs.bank.sendToModule(ctx, fromBech32(demander), ACCOUNT, coins)
      }
      const demand = { batch: id, index, demander, deposit, due: ctx.height + params.demandBlocks }
      addDemand(ctx, demand)
      state.batches.set(ctx, id, { ...batch, openDemands: batch.openDemands + 1 })
      ctx.emit(leafDemanded(demand, batch.gateway))
      return { due: demand.due }
    },
  })
}
