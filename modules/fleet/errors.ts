import { defineErrors } from '../kit/errors.ts'

/** Errors of the codespace `fleet`. */
export const fleetErrors = defineErrors('fleet', {
  invalidParams: [2, 'invalid params'],
  invalidGenesis: [3, 'invalid genesis'],
  gateway: [4, 'not a gateway in force'],
  tick: [5, 'this tick cannot be batched now'],
  repeatedBatch: [6, 'the gateway stated this part of the tick already'],
  count: [7, 'number of leaves out of bounds'],
  root: [8, 'the leaves do not give the root and sums stated'],
  unknownBatch: [9, 'no such batch'],
  void: [10, 'the batch is void'],
  time: [11, 'not at this time'],
  published: [12, 'the leaves stand in the block of the batch'],
  demanded: [13, 'the leaf is demanded already'],
  noDemand: [14, 'nobody demands the leaf'],
  proof: [15, 'the leaves are not in the batch'],
  unfounded: [16, 'unfounded challenge'],
  openDemands: [17, 'demands of the batch are open'],
  settled: [18, 'the leaf is settled already'],
})
