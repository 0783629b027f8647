/** What authz offers other modules: nothing. It acts through messages, and asks of others what they may do. */
export type AuthzApi = Record<string, never>
