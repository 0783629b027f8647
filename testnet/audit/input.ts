/** Kinds of devices by the names of the registry without their prefix. */
export type Kind = 'PV' | 'WIND' | 'BESS' | 'LOAD' | 'EVSE' | 'METER'
/** Import and export, of the device as seen from its site. */
export type Direction = 'import' | 'export'

/** What holds for readings of time >= `from`. */
export interface SheetEpoch {
  readonly from: bigint
  readonly owner: string
  /** Hex. */
  readonly pubkey: string
  readonly scheme: string
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'RETIRED' | 'JAILED'
  readonly gateway: string
  readonly way: 'DIRECT' | 'ROOT'
}

/** A device as its sheet has it. W, Wh, ppm, seconds, mWh. */
export interface DeviceSheet {
  readonly id: string
  readonly kind: Kind
  readonly trustClass: 'A' | 'B' | 'C' | 'N'
  readonly zone: string
  readonly nameplateW: bigint
  readonly storageWh: bigint
  readonly etaCPpm: bigint
  readonly etaDPpm: bigint
  readonly intervalS: bigint
  /** 0 when the registers never begin anew. */
  readonly modulusMwh: bigint
  /** Ascending in `from`; the first holds from the beginning. */
  readonly epochs: readonly SheetEpoch[]
}

/** The rules' figures that the audit uses. */
export interface Rules {
  readonly chainId: string
  readonly maxAheadS: bigint
  readonly settleCloseS: bigint
  readonly finalCloseS: bigint
  readonly marginPpm: bigint
  readonly socFlagPpm: bigint
  readonly socRefusePpm: bigint
  readonly balanceWindowS: bigint
  readonly gatewayDailyCapWh: bigint
  readonly reputationAlphaPpm: bigint
  readonly reputationEscrowPpm: bigint
}

/** Sheets of the devices and the gateways that are registered at the beginning. */
export interface Sheets {
  readonly rules: Rules
  readonly gateways: readonly string[]
  readonly devices: readonly DeviceSheet[]
}

/** What happened, in the order in which it happened. Bytes are hex. */
export type Entry =
  /** A block began. */
  | { readonly type: 'block'; readonly height: bigint; readonly time: bigint }
  | {
      readonly type: 'reading'
      readonly gateway: string
      readonly message: string
      readonly signature: string
    }
  /** The reading of this number is the first of an exchanged register. */
  | { readonly type: 'exchange'; readonly device: string; readonly openingSeq: bigint }
  /** The registry changed what holds from `from` on. */
  | { readonly type: 'epoch'; readonly device: string; readonly epoch: SheetEpoch }
  /** A gateway counts no more from this height on. */
  | { readonly type: 'revoke'; readonly gateway: string; readonly height: bigint }

const TICK_NUMBERS =
  /^(from|height|time|openingSeq|nameplateW|storageWh|intervalS|modulusMwh)$|Ppm$|(Ahead|Close|Window)S$|CapWh$/

/** One JSON text of sheets or of a log entry; 64-bit numbers are decimal strings in it. */
export function toText(value: Sheets | Entry, space = 0): string {
  return JSON.stringify(
    value,
    (_, one) => (typeof one === 'bigint' ? one.toString() : (one as unknown)),
    space,
  )
}

/** Reads what `toText` wrote. Throws SyntaxError for anything but JSON. */
export function fromText(text: string): unknown {
  return JSON.parse(text, (key, one: unknown) =>
    typeof one === 'string' && TICK_NUMBERS.test(key) ? BigInt(one) : one,
  )
}

/** Reads sheets and log from the text of `sheets.json` and `log.jsonl`. */
export function readInput(sheets: string, log: string): { sheets: Sheets; entries: Entry[] } {
  return {
    sheets: fromText(sheets) as Sheets,
    entries: log
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => fromText(line) as Entry),
  }
}
