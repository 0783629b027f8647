import type { MessagePlaces } from '../place.ts'

const PLANT =
  '--kind pv --nameplate-w 5000 --zone DE --interval-s 900 --trust-class c --class-ppm 20000'

/** Messages of the registry: devices, sites, gateways, makers. */
export const devicePlaces: MessagePlaces = {
  '/strom.device.v1.MsgRegisterDevice': {
    at: 'device register',
    about: 'register a device; its key proves that it is yours, its maker attests it',
    example: `device register --device-key home-1-pv.pem ${PLANT} --gateway strom1… --bond 1STROM`,
  },
  '/strom.device.v1.MsgRotateDeviceKey': {
    at: 'device rotate-key',
    about: 'put a new key in place of the old one, between a closing and an opening reading',
    args: ['device'],
    example:
      'device rotate-key home-1-pv --new-key new.pem --old-key old.pem --closing @closing.json --opening @opening.json',
  },
  '/strom.device.v1.MsgTransferDevice': {
    at: 'device transfer',
    about: 'pass a device to a new owner with a reading at the hand-over; both owners sign',
    args: ['device', 'new_owner'],
    example: 'device transfer home-1-pv strom1… --handover @reading.json --generate-only',
  },
  '/strom.device.v1.MsgGrantOperator': {
    at: 'device grant-operator',
    about: 'let an account act for a device: update, suspend, resume, route, exchange',
    args: ['device', 'operator'],
    example: 'device grant-operator home-1-pv strom1… --expires 2027-01-01T00:00:00Z',
  },
  '/strom.device.v1.MsgRevokeOperator': {
    at: 'device revoke-operator',
    about: 'end the grant of an operator',
    args: ['device', 'operator'],
    example: 'device revoke-operator home-1-pv strom1…',
  },
  '/strom.device.v1.MsgUpdateDevice': {
    at: 'device update',
    about: 'change location, model or site of a device',
    args: ['device'],
    example: 'device update home-1-pv --lat-e4 525200 --lon-e4 134050 --site home-1',
  },
  '/strom.device.v1.MsgSuspendDevice': {
    at: 'device suspend',
    about: 'stop a device: readings from now on are refused until it is resumed',
    args: ['device'],
    example: 'device suspend home-1-pv --reason "inverter under repair"',
  },
  '/strom.device.v1.MsgResumeDevice': {
    at: 'device resume',
    about: 'let a suspended device report again',
    args: ['device'],
    example: 'device resume home-1-pv',
  },
  '/strom.device.v1.MsgRetireDevice': {
    at: 'device retire',
    about: 'end a device for good; its bond is paid back later',
    args: ['device'],
    example: 'device retire home-1-pv',
  },
  '/strom.device.v1.MsgAttestCapacity': {
    at: 'device attest-capacity',
    about: 'record the measured capacity of a battery, signed by its maker or a tester',
    args: ['device', 'capacity_wh'],
    example:
      'device attest-capacity home-1-bess 9100 --time 2026-03-01T12:00:00Z --attester lab-1 --maker-key lab-1.pem',
  },
  '/strom.device.v1.MsgSetRoute': {
    at: 'device set-route',
    about: 'say through which gateway, and in which way, a device reports',
    args: ['device'],
    example:
      'device set-route home-1-pv --gateway strom1… --way direct --from-time 2026-03-02T00:00:00Z',
  },
  '/strom.device.v1.MsgGrantSite': {
    at: 'site grant',
    about: 'let an account add its devices to your site',
    args: ['site', 'member'],
    example: 'site grant home-1 strom1…',
  },
  '/strom.device.v1.MsgRevokeSite': {
    at: 'site revoke',
    about: 'stop an account from adding devices to your site',
    args: ['site', 'member'],
    example: 'site revoke home-1 strom1…',
  },
  '/strom.device.v1.MsgTransferSite': {
    at: 'site transfer',
    about: 'pass a site to a new owner; both sign',
    args: ['site', 'new_owner'],
    example: 'site transfer home-1 strom1… --generate-only',
  },
  '/strom.device.v1.MsgRegisterGateway': {
    at: 'gateway register',
    about: 'enter the signing account as a gateway, with a bond',
    args: ['name'],
    example: 'gateway register "box in the cellar" --bond 100STROM',
  },
  '/strom.device.v1.MsgRevokeGateway': {
    at: 'gateway revoke',
    about: 'bar a gateway for good, at once or from a height on',
    args: ['gateway'],
    example: 'gateway revoke strom1… --height 12000 --reason "box stolen"',
  },
  '/strom.device.v1.MsgSetNotary': {
    at: 'gateway set-notary',
    about: 'admit a gateway as notary, or end that (the authority only)',
    args: ['gateway'],
    example: 'gateway set-notary strom1… --notary',
  },
  '/strom.device.v1.MsgAdmitMaker': {
    at: 'maker admit',
    about: 'enter the key by which a maker or tester attests (the authority only)',
    args: ['id', 'name'],
    example: 'maker admit maker-1 "Example Meters" --maker-key maker-1.pem',
  },
  '/strom.device.v1.MsgRevokeMaker': {
    at: 'maker revoke',
    about: 'end the attestations of a maker (the authority only)',
    args: ['id'],
    example: 'maker revoke maker-1 --reason "key lost"',
  },
}
