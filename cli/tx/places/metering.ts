import { readingsFile, receiptsFile } from '../inputs.ts'
import type { MessagePlaces } from '../place.ts'

const SPOT = '--context main --seq 12'

/** Messages of metering. */
export const meteringPlaces: MessagePlaces = {
  '/strom.metering.v1.MsgSubmitReadings': {
    at: 'metering submit',
    about: 'bring signed readings to the chain; each is judged on its own',
    example: 'metering submit readings.json',
    file: readingsFile,
  },
  '/strom.metering.v1.MsgSubmitReceipts': {
    at: 'metering submit-receipts',
    about: 'bring records that chargers signed themselves (OCMF)',
    example: 'metering submit-receipts records.txt --device charger-7',
    file: receiptsFile,
  },
  '/strom.metering.v1.MsgDeclareExchange': {
    at: 'metering declare-exchange',
    about: 'say that a register was exchanged or reset and begins anew with one reading',
    args: ['device'],
    example:
      'metering declare-exchange home-1-pv --context main --opening-seq 97 --reason "meter exchanged"',
  },
  '/strom.metering.v1.MsgCorrectReading': {
    at: 'metering correct',
    about:
      'state what the registers of a closed reading should have been; what was overstated is taken back',
    args: ['device'],
    example: `metering correct home-1-pv ${SPOT} --import-mwh 0 --export-mwh 8120000 --reason "scale was wrong"`,
  },
  '/strom.metering.v1.MsgChallengeReading': {
    at: 'metering challenge',
    about: 'dispute a reading before its final close; a deposit is taken',
    args: ['device'],
    example: `metering challenge home-1-pv ${SPOT} --reason "no sun at that hour" --evidence AB12…`,
  },
  '/strom.metering.v1.MsgResolveChallenge': {
    at: 'metering resolve',
    about: 'decide a dispute (the authority only); without --upheld it is rejected',
    args: ['id'],
    example: 'metering resolve 3 --upheld',
  },
  '/strom.metering.v1.MsgReportEquivocation': {
    at: 'metering report-equivocation',
    about: 'prove that a device signed two messages of one number',
    example: 'metering report-equivocation --first @one.json --second @other.json',
  },
}
