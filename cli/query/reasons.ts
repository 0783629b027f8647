/** What to do about a refused reading, by reason. */
export const REFUSAL_HINTS: Readonly<Record<string, string>> = {
  unknown_device:
    'register the device first (`strom tx device register`), or correct its id at the gateway',
  bad_signature:
    'another key signed, or bytes changed on the way: check the key of the gateway against `strom device show`',
  not_active:
    'the device was suspended, jailed or retired at that time: see `strom device show`, then `strom tx device resume`',
  other_way:
    "the device reports by its gateway's batches at that time: bring it there, or change its route",
  foreign_gateway:
    'another gateway is registered for this device: send with that account, or set the route anew',
  gateway_revoked: "the gateway is revoked: register another one and set the device's route to it",
  context: 'a device has one context, that of its first message: set it at the gateway',
  sequence:
    "numbers begin at 1 and grow by one: start the device's counter where `strom query metering state` says",
  out_of_range:
    'a register, state of charge or status that no meter has: check what the gateway reads',
  equivocation:
    'two different messages carry one number: the key is used twice or stolen; rotate it and ask the authority to lift the jail',
  clock_ahead:
    'the clock of the device is fast: set it by NTP; the same message may be sent again later',
  window_closed:
    'too late for this interval: only a correction can enter it now (`strom tx metering correct`)',
  receipt: 'the record is no sound receipt: see what is wrong with `strom ocmf verify RECORD`',
  clock:
    'the time does not rise from message to message: check the clock, and that readings are not sent out of order',
  chain_break:
    'prev_hash is not the message before: the device lost its state; continue from `strom query metering state`',
  register_fell:
    'the register went back: after an exchange or reset declare it with `strom tx metering declare-exchange`',
  over_nameplate:
    'more energy than the plate allows: check unit and scale (Wh or kWh), or update the nameplate',
  battery_balance:
    'more is stored than charge and discharge explain: check the signs of import and export and the state of charge',
  before_opening: 'older than the first reading of the device: nothing can be counted from it',
}

/** What withheld energy means, by reason. */
export const WITHHELD_WORDS: Readonly<Record<string, string>> = {
  between_sessions: 'energy between two charging records, which no record covers',
  debt: 'taken to pay for records that were wrong and spent',
  disputed: 'a dispute over the interval is open or was upheld',
  gap: 'readings at the ends of an interval are missing: energy is known, its interval is not',
  gateway_cap: 'over what the devices of one gateway of class C may be credited a day',
  no_record: 'this direction of this kind of device makes no record',
  not_measured: 'one of the ends was estimated, edited or not measured',
  notary: 'class N: attested by a notary, never credited',
  questionable: 'flagged questionable: battery balance, or generation at night',
  reputation: 'the reputation of the device is too low',
  tampered: 'after a proven double signing',
  withdrawn: 'was recorded and taken back later',
}
