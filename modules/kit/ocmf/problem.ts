/** What can be wrong with a record, its key or its signature: code and meaning. The README's table is this one. */
export const REASONS = {
  input: 'there is no record to judge',
  header: 'the record does not begin with OCMF|',
  sections: 'the record does not have the sections OCMF|payload|signature',
  other_format: 'the data are signed readings of another format than OCMF',
  encoding: 'the record is not UTF-8 text',
  json: 'the payload is not strict JSON',
  json_duplicate: 'the payload has the same key twice',
  payload: 'the payload is not a JSON object, or a field has the wrong type',
  version: 'FV is not a version from 0.1 to 1.x',
  pagination_missing: 'PG is missing',
  pagination: 'PG is not T or F with a number without leading zeros',
  serial_missing: 'neither a meter, a gateway nor a charge point is named',
  readings_missing: 'RD holds no reading',
  readings_many: 'RD holds over 512 readings',
  time_missing: 'the first reading has no TM',
  time: 'a TM is not a date and time with its zone',
  time_state: 'a TM does not end in a state of the clock U, I, S or R',
  value_missing: 'a reading has no RV',
  value: 'an RV is not a plain decimal number, or more than any register holds',
  value_negative: 'an RV is negative',
  unit_missing: 'a reading has no RU',
  status_missing: 'the first reading has no ST',
  status_unknown: 'an ST is none of N G T D R M X I O S E F',
  tx_unknown: 'a TX is none of B C X E L R A P S T',
  tx_missing: 'a record of context T has no TX',
  obis: 'an RI is not an OBIS code',
  no_energy: 'no reading is one of a billing register',
  begin_twice: 'a register has two begin readings',
  end_twice: 'a register has two end readings',
  register_mismatch: 'begin and end are of different registers',
  unit_mismatch: 'begin and end are in different units',
  time_falls: 'a later reading has an earlier time',
  value_falls: 'a later reading has a lower value',
  status: 'the meter did not report itself as good at begin or end',
  error_flag: 'the meter flags its energy as unusable (EF)',
  exception: 'an error during charging made the readings unusable from then on (TX X)',
  user_level: 'the assignment to a user failed (IL)',
  time_relative: 'the clock is relative at the begin but not at the end',
  event_counter: 'the event counter differs between begin and end',
  begin_missing: 'the transaction has no begin',
  end_missing: 'the transaction has no end',
  serial_mismatch: 'the records of a transaction name different meters or gateways',
  pagination_order: 'the records of a transaction are not in the order of their pagination',
  signature_missing: 'the signature section has no SD',
  signature_section: 'the signature section is not a JSON object of texts',
  signature_encoding: 'SD is neither hex nor base64',
  signature_form: 'SD is neither a DER signature nor r and s side by side',
  signature_range: 'r or s is zero or not below the order of the curve',
  algorithm: 'SA names no ECDSA curve with SHA-256 of OCMF',
  signature_mismatch: 'the signature does not match the payload under this key',
  key_missing: 'no public key is given',
  key_form: 'the public key has no known form',
  key_unsupported: 'the public key is of a kind OCMF does not have',
  key_point: 'the public key is no point of its curve',
} as const

/** Stable name of a reason. */
export type ReasonCode = keyof typeof REASONS

/** A verdict against a record: its code, and a sentence about this very record. */
export interface OcmfProblem {
  readonly problem: ReasonCode
  readonly detail: string
}

/** A problem; without a detail of its own the meaning of the code stands. */
export function problem(code: ReasonCode, detail?: string): OcmfProblem {
  return { problem: code, detail: detail === undefined ? REASONS[code] : detail }
}

/** The problems in the order of the list of reasons, those of one reason in the order they were found. */
export function gravestFirst(problems: readonly OcmfProblem[]): readonly OcmfProblem[] {
  const codes = Object.keys(REASONS)
  return [...problems].sort((a, b) => codes.indexOf(a.problem) - codes.indexOf(b.problem))
}

/** Whether a result is a problem instead of what was asked for. */
export function isProblem(value: object): value is OcmfProblem {
  return 'problem' in value && 'detail' in value
}
