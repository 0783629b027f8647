import type { ComponentLogger, Logger } from '@libp2p/interface'

const silent: Logger = Object.assign(() => undefined, {
  error: () => undefined,
  trace: () => undefined,
  enabled: false,
  newScope: (): Logger => silent,
})

/**
 * libp2p logs several lines a frame and makes a scope a stream, which costs time even when nobody reads it. This room
 * logs what matters to an operator itself, so libp2p gets one logger that does nothing.
 */
export const quietLibp2pLogger: ComponentLogger = { forComponent: () => silent }
