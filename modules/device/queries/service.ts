/** Name of the query service of the registry. */
export const SERVICE = 'strom.device.v1.Query'
