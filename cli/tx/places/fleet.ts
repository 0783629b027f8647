import { answersFile, challengeFile, enterFile, rootFile } from '../fleet-input.ts'
import type { MessagePlaces } from '../place.ts'

/** Messages of fleets that bring a Merkle sum tree a tick. */
export const fleetPlaces: MessagePlaces = {
  '/strom.fleet.v1.MsgSubmitRoot': {
    at: 'fleet submit-root',
    about: 'state a batch: root, count and sums are computed from the file of its leaves',
    example: 'fleet submit-root leaves.json --tick 2026-03-01T12:00:00Z',
    file: rootFile,
  },
  '/strom.fleet.v1.MsgDemandLeaf': {
    at: 'fleet demand',
    about: 'ask the gateway of a batch to show one leaf in public; a deposit is taken',
    args: ['batch', 'index'],
    example: 'fleet demand 7 120',
  },
  '/strom.fleet.v1.MsgAnswerDemands': {
    at: 'fleet answer',
    about: 'show demanded leaves of a batch, proven from the file of its leaves',
    args: ['batch'],
    example: 'fleet answer 7 leaves.json --indexes 120,121',
    file: answersFile,
  },
  '/strom.fleet.v1.MsgChallengeLeaf': {
    at: 'fleet challenge',
    about: 'prove that a leaf of a batch is invalid',
    args: ['batch'],
    example: 'fleet challenge 7 leaves.json --index 120 --fault signature',
    file: challengeFile,
  },
  '/strom.fleet.v1.MsgEnterLeaves': {
    at: 'fleet enter',
    about: 'hand leaves of a batch whose challenge window is over to metering',
    args: ['batch'],
    example: 'fleet enter 7 leaves.json --first 0 --count 256',
    file: enterFile,
  },
}
