/** Points a misdeed costs; a reason that is not listed costs `DEFAULT_POINTS`. */
export const POINTS: Readonly<Record<string, number>> = {
  'frame too large': 50,
  'bad frame': 50,
  'bad gossip message': 10,
  'gossip rate': 5,
  'bad signature': 50,
  'bad block': 100,
  'bad response': 34,
  'slow reader': 20,
  'other chain': 60,
}
const DEFAULT_POINTS = 20

/** When a peer is banned and for how long. */
export interface ScoreOptions {
  /** Points at which a peer is banned. Default 100. */
  readonly threshold?: number
  /** Points forgiven a second. Default 1: a peer that errs now and then stays. */
  readonly decayPerSecond?: number
  /** How long a ban lasts. Default 10 minutes. */
  readonly banMs?: number
  /** Monotonic milliseconds; injected by tests. */
  readonly now?: () => number
}

interface Score {
  points: number
  at: number
}

/** Peers remembered at most; the oldest record goes first. */
const MAX_RECORDS = 10_000

/** Adds up what peers did wrong, forgets with time, and bans above a threshold. */
export class PeerScores {
  readonly #threshold: number
  readonly #decay: number
  readonly #banMs: number
  readonly #now: () => number
  readonly #scores = new Map<string, Score>()
  readonly #bannedUntil = new Map<string, number>()

  constructor(options: ScoreOptions = {}) {
    this.#threshold = options.threshold ?? 100
    this.#decay = options.decayPerSecond ?? 1
    this.#banMs = options.banMs ?? 600_000
    this.#now = options.now ?? (() => performance.now())
  }

  /** Charges `peer` for `reason`; true when this report bans it (for `banMs`, by default that of the options). */
  report(peer: string, reason: string, banMs: number = this.#banMs): boolean {
    const now = this.#now()
    const points = this.points(peer) + (POINTS[reason] ?? DEFAULT_POINTS)
    this.#scores.delete(peer)
    this.#scores.set(peer, { points, at: now })
    trim(this.#scores)
    if (points < this.#threshold || this.isBanned(peer)) return false
    this.#scores.delete(peer)
    this.#bannedUntil.set(peer, now + banMs)
    trim(this.#bannedUntil)
    return true
  }

  /** What `peer` has on its account now. */
  points(peer: string): number {
    const score = this.#scores.get(peer)
    if (score === undefined) return 0
    return Math.max(0, score.points - ((this.#now() - score.at) / 1000) * this.#decay)
  }

  /** Whether connections to and from `peer` are refused now. */
  isBanned(peer: string): boolean {
    const until = this.#bannedUntil.get(peer)
    if (until === undefined) return false
    if (until > this.#now()) return true
    this.#bannedUntil.delete(peer)
    return false
  }
}

function trim(map: Map<string, unknown>): void {
  if (map.size <= MAX_RECORDS) return
  for (const key of map.keys()) {
    map.delete(key)
    return
  }
}
