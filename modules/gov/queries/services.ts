/** Query service of gov v1. */
export const V1 = 'cosmos.gov.v1.Query'
/** Query service of gov v1beta1. */
export const V1BETA1 = 'cosmos.gov.v1beta1.Query'
