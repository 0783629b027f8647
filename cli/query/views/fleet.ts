import type { View, Views } from '../view.ts'

const BATCHES: View = {
  list: 'batches',
  none: 'no batch',
  columns: [
    ['id', 'id'],
    ['tick', 'tick', 'time'],
    ['part', 'part'],
    ['leaves', 'count'],
    ['import Wh', 'stated.import_wh'],
    ['export Wh', 'stated.export_wh'],
    ['status', 'status', 'enum'],
    ['deadline', 'deadline', 'time'],
    ['entered', 'entered_leaves'],
    ['demands', 'open_demands'],
    ['gateway', 'gateway'],
  ],
}

/** Views of answers of module fleet. */
export const fleetViews: Views = {
  '/strom.fleet.v1.Query/Batches': BATCHES,
  '/strom.fleet.v1.Query/Demands': {
    list: 'demands',
    none: 'no leaf is demanded',
    columns: [
      ['batch', 'batch'],
      ['leaf', 'index'],
      ['due at height', 'due'],
      ['deposit', 'deposit'],
      ['by', 'demander'],
    ],
  },
}
