import type { MessagePlaces } from './place.ts'
import { certificatePlaces } from './places/certificate.ts'
import { devicePlaces } from './places/device.ts'
import { fleetPlaces } from './places/fleet.ts'
import { meteringPlaces } from './places/metering.ts'
import { stakePlaces } from './places/stake.ts'

/** Messages that stand in `strom tx` under words of their own, with an example of their own; all others follow the schema. */
export const places: MessagePlaces = {
  '/cosmos.bank.v1beta1.MsgSend': {
    at: 'bank send',
    about: 'send coins from one account to another',
    args: ['to_address', 'amount'],
    example: 'bank send strom1… 12.5STROM',
  },
  ...stakePlaces,
  ...devicePlaces,
  ...meteringPlaces,
  ...certificatePlaces,
  ...fleetPlaces,
}
