import type { MethodSpec } from '../../proto/runtime/service.ts'
import { ABOUT_STAKE } from './about.ts'

/** Short names of query methods where the schema's own name is not what people type; the long one stays as an alias. */
const SHORT: Readonly<Record<string, string>> = {
  'cosmos.bank.v1beta1.Query/AllBalances': 'balances',
  'cosmos.bank.v1beta1.Query/TotalSupply': 'total',
  'cosmos.bank.v1beta1.Query/SupplyOf': 'total-of',
  'cosmos.staking.v1beta1.Query/ValidatorDelegations': 'delegations-to',
  'cosmos.staking.v1beta1.Query/ValidatorUnbondingDelegations': 'unbonding-delegations-from',
  'cosmos.staking.v1beta1.Query/DelegatorDelegations': 'delegations',
  'cosmos.staking.v1beta1.Query/DelegatorUnbondingDelegations': 'unbonding-delegations',
  'cosmos.distribution.v1beta1.Query/DelegationRewards': 'rewards-by-validator',
  'cosmos.distribution.v1beta1.Query/DelegationTotalRewards': 'rewards',
  'cosmos.distribution.v1beta1.Query/ValidatorCommission': 'commission',
  'cosmos.distribution.v1beta1.Query/ValidatorSlashes': 'slashes',
  'cosmos.gov.v1.Query/TallyResult': 'tally',
  'cosmos.upgrade.v1beta1.Query/CurrentPlan': 'plan',
  'cosmos.upgrade.v1beta1.Query/AppliedPlan': 'applied',
  'cosmos.evidence.v1beta1.Query/AllEvidence': 'list',
  'cosmos.feegrant.v1beta1.Query/Allowance': 'grant',
  'cosmos.feegrant.v1beta1.Query/Allowances': 'grants-by-grantee',
  'cosmos.feegrant.v1beta1.Query/AllowancesByGranter': 'grants-by-granter',
  'cosmos.authz.v1beta1.Query/GranterGrants': 'grants-by-granter',
  'cosmos.authz.v1beta1.Query/GranteeGrants': 'grants-by-grantee',
  'strom.operator.v1.Query/Operator': 'show',
  'strom.operator.v1.Query/Operators': 'list',
  'strom.operator.v1.Query/VerifiedCapacity': 'capacity',
  'strom.operator.v1.Query/EffectivePower': 'power',
  'strom.device.v1.Query/Device': 'show',
  'strom.device.v1.Query/Devices': 'list',
  'strom.metering.v1.Query/DeviceState': 'state',
  'strom.metering.v1.Query/DeviceStates': 'states',
  'strom.certificate.v1.Query/Certificate': 'show',
  'strom.certificate.v1.Query/CertificatesByDevice': 'list',
  'strom.certificate.v1.Query/Lineage': 'trace',
}

/** The command name of a method and its alias, if any. */
export function queryName(service: string, method: string): { name: string; alias?: string } {
  const long = kebab(method)
  const short = SHORT[`${service}/${method}`]
  return short === undefined ? { name: long } : { name: short, alias: long }
}

/** `MsgSend` and `AllBalances` as `msg-send`, `all-balances`; runs of capitals stay together (`address-by-id`). */
export function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
}

/** Arguments of queries in the order people say them, where the path has another one or the schema none. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  '/cosmos.staking.v1beta1.Query/Delegation': ['delegator_addr', 'validator_addr'],
  '/cosmos.staking.v1beta1.Query/UnbondingDelegation': ['delegator_addr', 'validator_addr'],
  '/cosmos.gov.v1.Query/Params': [],
  '/cosmos.authz.v1beta1.Query/Grants': ['granter', 'grantee'],
  '/strom.operator.v1.Query/Secrets': [],
}

/** Fields that are arguments of a query, where its path does not say it well. */
export function argumentsOf(path: string): readonly string[] | undefined {
  return ARGUMENTS[path]
}

/** The version that people mean where a module speaks several. */
const NEWEST: Readonly<Record<string, string>> = { gov: 'v1' }

/** Whether a version of a module's schema (`v1beta1`) is one before the newest that the module speaks. */
export function isOlder(module: string, version: string): boolean {
  const newest = NEWEST[module]
  return newest !== undefined && version !== newest
}

/** What a query answers, where its path does not say it to people. */
const ABOUT: Readonly<Record<string, string>> = {
  ...ABOUT_STAKE,
  'strom.device.v1.Query/Device': 'one device as the registry holds it',
  'strom.device.v1.Query/Devices': 'devices, by owner, zone, kind, site, maker or gateway',
  'strom.device.v1.Query/KeyAt': 'key, owner, status and way in force at a time',
  'strom.device.v1.Query/Epochs': 'the history of a device: owners, keys, ways, suspensions',
  'strom.device.v1.Query/Operators': 'who may act for a device',
  'strom.device.v1.Query/ZoneCapacity': 'active devices of a zone, summed by kind',
  'strom.device.v1.Query/Site': 'a site and its devices',
  'strom.device.v1.Query/Gateways': 'registered gateways',
  'strom.device.v1.Query/Makers': 'admitted makers and testers',
  'strom.metering.v1.Query/Readings': 'stored readings of a device with their verdicts',
  'strom.metering.v1.Query/Reading': 'one stored reading',
  'strom.metering.v1.Query/DeviceState': 'where the registers and numbers of a device stand',
  'strom.metering.v1.Query/DeviceStates': 'where the registers of all devices stand',
  'strom.metering.v1.Query/Refusals': 'refused readings of a device, why, and what to do',
  'strom.metering.v1.Query/Unattributed': 'refused messages that no device proved to be its own',
  'strom.metering.v1.Query/Challenges': 'disputes and how they stand',
  'strom.metering.v1.Query/Corrections': 'corrections of a device',
  'strom.metering.v1.Query/Equivocations': 'devices that signed two messages of one number',
  'strom.metering.v1.Query/Ticks':
    'energy of a device quarter hour by quarter hour, with how it is known',
  'strom.metering.v1.Query/Gaps': 'numbers and intervals of a device that never arrived',
  'strom.metering.v1.Query/Vee': 'validation of a day of a device',
  'strom.metering.v1.Query/SiteBalance':
    'what went into a site and out of it, and the bound of the difference',
  'strom.metering.v1.Query/BalanceSheet': 'energy of a zone in one tick, by kind and device',
  'strom.metering.v1.Query/ConsumptionHash':
    'the hash that ties energy of a tick to signed readings',
  'strom.certificate.v1.Query/Certificate': 'one certificate with its ranges',
  'strom.certificate.v1.Query/CertificatesByDevice': 'certificates of a device',
  'strom.certificate.v1.Query/Slices': 'the ranges of one certificate and what became of them',
  'strom.certificate.v1.Query/Holdings': 'what an account holds',
  'strom.certificate.v1.Query/Claim': 'one claim',
  'strom.certificate.v1.Query/ClaimsBy': 'claims in favour of a beneficiary',
  'strom.certificate.v1.Query/ConsumptionByDevice': 'consumption records of a device',
  'strom.certificate.v1.Query/StorageRecords': 'charges and discharges of a battery',
  'strom.certificate.v1.Query/StorageSheet': 'the balance sheet of a battery',
  'strom.certificate.v1.Query/ResidualMix': 'what nobody claimed of a zone and month, by source',
  'strom.certificate.v1.Query/Score': 'the 24/7 score of an account: hourly, procured, annual',
  'strom.certificate.v1.Query/Lineage': 'where the energy of a certificate came from and went',
  'strom.certificate.v1.Query/Export': 'the EnergyTag attributes of a certificate',
  'strom.certificate.v1.Query/CarbonBatch': 'one carbon credit as it was issued',
  'strom.certificate.v1.Query/CarbonHoldings': 'carbon credits an account holds, by batch',
  'strom.certificate.v1.Query/CarbonRetirements': 'carbon credits that were used for good',
  'strom.certificate.v1.Query/Summary':
    'all certificates, consumption and carbon credits, added up',
  'strom.certificate.v1.Query/Params': 'rules the authority can change',
  'strom.metering.v1.Query/Params': 'rules the authority can change',
  'strom.metering.v1.Query/Summary': 'all readings and energy, added up by kind',
  'strom.metering.v1.Query/ReadingByIdentity': 'one of the newest readings, by sha256 of its bytes',
  'strom.device.v1.Query/Params': 'rules the authority can change',
  'strom.device.v1.Query/Gateway': 'one registered gateway',
  'strom.fleet.v1.Query/Params': 'rules of batches',
  'strom.fleet.v1.Query/Summary': 'all batches, added up',
  'strom.fleet.v1.Query/Batch': 'one batch of a fleet',
  'strom.fleet.v1.Query/Batches': 'batches of a gateway, or all',
  'strom.fleet.v1.Query/Demands': 'open demands of leaves',
  'strom.fleet.v1.Query/CheckLeaf': 'whether a leaf stands in a batch, and what is wrong with it',
}

/** One line for the help: what the query answers, else the path of its REST form. */
export function aboutQuery(spec: MethodSpec): string {
  return ABOUT[spec.path.slice(1)] ?? spec.http[0]?.path ?? spec.path
}
