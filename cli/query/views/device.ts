import type { View, Views } from '../view.ts'

const DEVICES: View = {
  list: 'devices',
  none: 'no device',
  columns: [
    ['id', 'id'],
    ['kind', 'kind', 'enum'],
    ['status', 'status', 'enum'],
    ['class', 'trust_class', 'class'],
    ['watt', 'nameplate_w'],
    ['zone', 'zone'],
    ['site', 'site'],
    ['interval', 'interval_s'],
    ['owner', 'owner'],
  ],
}

/** Views of answers of module device. */
export const deviceViews: Views = {
  '/strom.device.v1.Query/Site': { ...DEVICES, rest: true },
  '/strom.device.v1.Query/Devices': DEVICES,
  '/strom.device.v1.Query/Epochs': {
    list: 'epochs',
    none: 'no epoch',
    columns: [
      ['from', 'from', 'time'],
      ['status', 'status', 'enum'],
      ['key', 'pubkey', 'short'],
      ['way', 'way', 'enum'],
      ['gateway', 'gateway'],
      ['owner', 'owner'],
    ],
  },
  '/strom.device.v1.Query/Gateways': {
    list: 'gateways',
    none: 'no gateway is registered',
    columns: [
      ['address', 'address'],
      ['name', 'name'],
      ['bond', 'bond'],
      ['since', 'registered_height'],
      ['revoked at', 'revoked_height', 'nonzero'],
      ['notary', 'notary'],
    ],
  },
  '/strom.device.v1.Query/Makers': {
    list: 'makers',
    none: 'no maker is admitted',
    columns: [
      ['id', 'id'],
      ['name', 'name'],
      ['key', 'pubkey', 'short'],
      ['tester', 'tester'],
      ['since', 'admitted_height'],
      ['revoked at', 'revoked_height', 'nonzero'],
    ],
  },
}
