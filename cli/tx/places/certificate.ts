import type { MessagePlaces } from '../place.ts'

const WH = ['device', 'interval_start', 'first', 'last'] as const
const SAMPLE = 'home-1-pv 2026-03-01T12:00:00Z 1 2500'

/** Messages about certificates and carbon credits. */
export const certificatePlaces: MessagePlaces = {
  '/strom.certificate.v1.MsgTransferCertificate': {
    at: 'certificate transfer',
    about: 'hand watt-hours of a certificate to another account; the rest stays yours',
    args: [...WH, 'recipient'],
    example: `cert transfer ${SAMPLE} strom1…`,
  },
  '/strom.certificate.v1.MsgReserveCertificate': {
    at: 'certificate reserve',
    about: 'keep watt-hours for one account until a time',
    args: [...WH, 'reserved_for'],
    example: `cert reserve ${SAMPLE} strom1… --until 2026-04-01T00:00:00Z`,
  },
  '/strom.certificate.v1.MsgReleaseCertificate': {
    at: 'certificate release',
    about: 'give up a reservation that was made for you',
    args: WH,
    example: `cert release ${SAMPLE}`,
  },
  '/strom.certificate.v1.MsgClaimCertificate': {
    at: 'certificate claim',
    about: 'use watt-hours for good, for a beneficiary and a purpose',
    args: WH,
    example: `cert claim ${SAMPLE} --beneficiary "Example Ltd" --purpose "office, March"`,
  },
  '/strom.certificate.v1.MsgCancelCertificate': {
    at: 'certificate cancel',
    about: 'take watt-hours out of the market for good; nobody claims their use',
    args: WH,
    example: `cert cancel ${SAMPLE} --reason "moved to another registry"`,
  },
  '/strom.certificate.v1.MsgMatchCertificate': {
    at: 'certificate match',
    about: 'claim watt-hours for as many that a device of yours consumed',
    args: [...WH, 'consumption_device'],
    same: { consumption_start: 'interval_start' },
    example: `cert match ${SAMPLE} home-1-load --purpose "our own use"`,
  },
  '/strom.certificate.v1.MsgAllocateToStorage': {
    at: 'certificate allocate',
    about: 'declare that watt-hours charged a battery',
    args: [...WH, 'battery'],
    same: { charge_start: 'interval_start' },
    example: `cert allocate ${SAMPLE} home-1-bess`,
  },
  '/strom.certificate.v1.MsgIssueCarbon': {
    at: 'certificate issue-carbon',
    about: 'turn watt-hours into a carbon credit; they are no certificate any more',
    args: WH,
    example: `cert issue-carbon ${SAMPLE}`,
  },
  '/strom.certificate.v1.MsgTransferCarbon': {
    at: 'certificate carbon transfer',
    about: 'hand grams of a carbon batch to another account',
    args: ['batch', 'grams', 'recipient'],
    example: 'cert carbon transfer 3 500000 strom1…',
  },
  '/strom.certificate.v1.MsgRetireCarbon': {
    at: 'certificate carbon retire',
    about: 'use grams of a carbon batch for good',
    args: ['batch', 'grams'],
    example: 'cert carbon retire 3 500000 --beneficiary "Example Ltd" --reason "travel 2026"',
  },
  '/strom.certificate.v1.MsgEnterGeneration': {
    at: 'certificate enter-generation',
    about: 'state generation without certificates of a zone and month (the authority only)',
    args: ['zone', 'month', 'source'],
    example: 'cert enter-generation DE 202603 gas --quantity-wh 500000000000',
  },
}
