/** What vesting offers other modules: nothing. What is locked they ask of auth, what may be spent of bank. */
export type VestingApi = Record<string, never>
