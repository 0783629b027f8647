import { expect } from 'chai'
import { BatchStatus, Fault } from '../../../../proto/gen/strom/fleet/v1/state.ts'
import type { DeviceMessage } from '../../../../proto/gen/strom/metering/v1/reading.ts'
import type { SumLeaf } from '../../../kit/sum-tree.ts'
import { challenge, fleet, leafOf, leaves, OTHER, proof, refusal, submission } from '../fixture.ts'

const honest = (): SumLeaf => leafOf({ device: 'pv-0' })

describe('a repeated leaf', () => {
  const twice = (second: SumLeaf): SumLeaf[] => [honest(), leafOf({ device: 'pv-1' }), second]
  const again = (reading: Partial<DeviceMessage>): SumLeaf =>
    leafOf({ device: 'pv-0', opening: { seq: 6n }, reading, exportMwh: 1_900_000n })

  it('voids its batch when an earlier leaf has the same message, number or time', () => {
    for (const second of [honest(), again({ seq: 9n }), again({ seq: 8n })]) {
      const world = fleet()
      const list = twice(second)
      world.submit(submission(list))
      const earlier = { batch: 1n, proof: proof(list, 0) }
      expect(challenge(world, list, 2, Fault.FAULT_REPEATED, { earlier }).voided).to.equal(true)
    }
  })

  it('is found across parts of a tick and across ticks, against the later batch only', () => {
    const world = fleet()
    const [first, second] = [leaves(3), [honest()]]
    world.submit(submission(first))
    world.submit(submission(second, { part: 1 }))
    const later = { batch: 2n, proof: proof(second, 0) }
    const early = { batch: 1n, proof: proof(first, 0) }
    const attack = refusal(() =>
      challenge(world, first, 0, Fault.FAULT_REPEATED, { earlier: later }),
    )
    expect(attack).to.match(/shows no such fault/)
    const answer = challenge(world, second, 0, Fault.FAULT_REPEATED, { batch: 2n, earlier: early })
    expect(answer.voided).to.equal(true)
    expect(world.batch(1n).status).to.equal(BatchStatus.BATCH_STATUS_ESCROW)
  })

  it('is none when another gateway copied the leaf, or the earlier batch is void', () => {
    const world = fleet()
    const list = leaves(2)
    world.submit(submission(list, { gateway: OTHER }))
    world.submit(submission(list))
    const earlier = { batch: 1n, proof: proof(list, 0) }
    const attack = (batch: bigint): string =>
      refusal(() => challenge(world, list, 0, Fault.FAULT_REPEATED, { batch, earlier }))
    expect(attack(2n)).to.match(/shows no such fault/)
    challenge(world, list, 0, Fault.FAULT_WAY, { batch: 1n })
    expect(attack(2n)).to.match(/shows no such fault/)
    expect(attack(1n)).to.match(/^fleet 10: batch 1: way/)
  })

  it('is none when the earlier proof does not hold', () => {
    const world = fleet()
    const list = twice(honest())
    world.submit(submission(list))
    const good = proof(list, 0)
    const earlier = { batch: 1n, proof: { ...good, path: good.path.slice(1) } }
    const said = refusal(() => challenge(world, list, 2, Fault.FAULT_REPEATED, { earlier }))
    expect(said).to.match(/^fleet 15/)
  })
})
