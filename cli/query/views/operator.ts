import type { Views } from '../view.ts'

/** Views of answers of module operator; energies are kWh, times UTC. */
export const operatorViews: Views = {
  '/strom.operator.v1.Query/Operators': {
    list: 'operators',
    none: 'no validator has storage',
    columns: [
      ['validator', 'validator_address', 'validator'],
      ['battery', 'battery'],
      ['meter', 'meter'],
      ['site', 'site'],
      ['verified kWh', 'verified_wh', 'wh'],
      ['proven kWh', 'proven_wh', 'wh'],
      ['last present', 'last_present', 'tick'],
      ['silent ticks', 'silent_ticks'],
      ['misses', 'misses'],
      ['fault', 'fault'],
    ],
  },
  '/strom.operator.v1.Query/Challenges': {
    list: 'challenges',
    none: 'no challenge: they are drawn when a period begins',
    columns: [
      ['validator', 'validator_address', 'validator'],
      ['period', 'period'],
      ['begins', 'tick', 'tick'],
      ['ticks', 'ticks'],
      ['asked kWh', 'target_wh', 'signed-wh'],
      ['+- kWh', 'tolerance_wh', 'wh'],
      ['deep', 'deep', 'yes'],
      ['status', 'status', 'enum'],
      ['measured kWh', 'measured_wh', 'signed-wh'],
      ['reversed', 'reversed', 'yes'],
      ['why', 'reason'],
    ],
    below: () => [
      '+ discharges, - charges; reversed: asked in the other direction for want of headroom',
    ],
  },
  '/strom.operator.v1.Query/EffectivePower': {
    list: 'rows',
    none: 'no validator',
    rest: true,
    columns: [
      ['validator', 'validator_address', 'validator'],
      ['bonded', 'bonded', 'yes'],
      ['tokens STROM', 'tokens', 'strom'],
      ['by tokens', 'token_power'],
      ['cap', 'cap', 'nonzero'],
      ['cap moves to', 'target', 'nonzero'],
      ['power', 'effective_power'],
      ['verified kWh', 'verified_wh', 'wh'],
    ],
  },
  '/strom.operator.v1.Query/Secrets': {
    list: 'secrets',
    none: 'nobody has committed for this period',
    columns: [
      ['validator', 'validator_address', 'validator'],
      ['period', 'period'],
      ['commitment', 'commitment', 'short'],
      ['revealed', 'secret', 'short'],
    ],
  },
  '/strom.operator.v1.Query/Exits': {
    list: 'queue',
    none: 'nobody waits to leave',
    rest: true,
    columns: [
      ['validator', 'validator_address', 'validator'],
      ['reason', 'reason', 'enum'],
      ['since', 'since_tick', 'tick'],
    ],
    and: {
      list: 'lost',
      none: 'no power has left for reasons of storage within an unbonding period',
      columns: [
        ['left at', 'time', 'time'],
        ['validator', 'validator_address', 'validator'],
        ['share of power', 'ppm', 'ppm'],
        ['left the set', 'exit', 'yes'],
      ],
    },
  },
}
