/** Short names of query methods where the schema's own name is not what people type; the long one stays as an alias. */
const SHORT: Readonly<Record<string, string>> = {
  'cosmos.bank.v1beta1.Query/AllBalances': 'balances',
  'cosmos.bank.v1beta1.Query/TotalSupply': 'total',
  'cosmos.bank.v1beta1.Query/SupplyOf': 'total-of',
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
