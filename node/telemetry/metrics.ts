import { METRICS, type MetricDefinition, type MetricName } from './ledger.ts'

/** Label values of one series; every label the ledger names must be given. */
export type Labels = Readonly<Record<string, string>>

interface Series {
  readonly labels: string
  value: number
  /** Histograms only: counts a bucket (not cumulative, last is +Inf) and how many observations. */
  readonly counts: number[]
  count: number
}

/** How series are named; both go into every line of the output. */
export interface MetricsOptions {
  /** Prefix of names that do not begin with `strom_`. Default `cometbft`; older boards want `tendermint`. */
  readonly namespace?: string
  /** Value of the constant label `chain_id`; left out when empty. */
  readonly chainId?: string
}

/** More label values than this for one name are an error of ours; the rest is folded into `other`. */
const MAX_SERIES = 1000

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}

/** The ledger with values: counters, gauges and histograms that render themselves as Prometheus text. */
export class Metrics {
  readonly #namespace: string
  readonly #constant: string
  readonly #series = new Map<MetricName, Map<string, Series>>()
  readonly #beforeRender: (() => void)[] = []

  constructor(options: MetricsOptions = {}) {
    this.#namespace = options.namespace ?? 'cometbft'
    const chainId = options.chainId ?? ''
    this.#constant = chainId === '' ? '' : `chain_id="${escaped(chainId)}"`
  }

  /** Adds `by` (default 1, never negative) to a counter. */
  inc(name: MetricName, by = 1, labels: Labels = {}): void {
    if (by < 0) throw new RangeError(`counter ${name} cannot fall`)
    this.#get(name, 'counter', labels).value += by
  }

  /** Sets a gauge. */
  set(name: MetricName, value: number, labels: Labels = {}): void {
    this.#get(name, 'gauge', labels).value = value
  }

  /** Adds one observation to a histogram, in the unit its name states. */
  observe(name: MetricName, value: number, labels: Labels = {}): void {
    const series = this.#get(name, 'histogram', labels)
    const buckets = (METRICS[name] as MetricDefinition).buckets ?? []
    let i = 0
    while (i < buckets.length && value > (buckets[i] ?? 0)) i++
    series.counts[i] = (series.counts[i] ?? 0) + 1
    series.value += value
    series.count++
  }

  /** Current value of a counter or gauge, sum of a histogram, 0 if never touched. */
  value(name: MetricName, labels: Labels = {}): number {
    return this.#series.get(name)?.get(this.#key(METRICS[name], labels))?.value ?? 0
  }

  /** One entry of the named queue was dropped: every bounded queue must say so here. */
  dropped(queue: string, by = 1): void {
    this.inc('strom_queue_dropped_total', by, { queue })
  }

  /** Called just before each rendering, to fill gauges that are cheaper to read than to keep. */
  onRender(fill: () => void): void {
    this.#beforeRender.push(fill)
  }

  /** All series in the Prometheus text format, version 0.0.4, in the ledger's order. */
  render(): string {
    for (const fill of this.#beforeRender) fill()
    const out: string[] = []
    for (const name of Object.keys(METRICS) as MetricName[]) {
      const series = this.#series.get(name)
      if (series === undefined) continue
      const full = name.startsWith('strom_') ? name : `${this.#namespace}_${name}`
      const definition: MetricDefinition = METRICS[name]
      out.push(`# HELP ${full} ${definition.help}`, `# TYPE ${full} ${definition.kind}`)
      for (const one of series.values()) this.#lines(out, full, definition, one)
    }
    return `${out.join('\n')}\n`
  }

  #lines(out: string[], full: string, definition: MetricDefinition, series: Series): void {
    const line = (suffix: string, extra: string, value: number) => {
      const labels = [this.#constant, series.labels, extra].filter((part) => part !== '').join(',')
      out.push(`${full}${suffix}${labels === '' ? '' : `{${labels}}`} ${value}`)
    }
    if (definition.kind !== 'histogram') {
      line('', '', series.value)
      return
    }
    let total = 0
    definition.buckets?.forEach((bound, i) => {
      total += series.counts[i] ?? 0
      line('_bucket', `le="${bound}"`, total)
    })
    line('_bucket', 'le="+Inf"', series.count)
    line('_sum', '', series.value)
    line('_count', '', series.count)
  }

  #key(definition: MetricDefinition, labels: Labels): string {
    if (definition.labels === undefined || definition.labels.length === 0) return ''
    return definition.labels.map((label) => `${label}="${escaped(labels[label] ?? '')}"`).join(',')
  }

  #get(name: MetricName, kind: MetricDefinition['kind'], labels: Labels): Series {
    const definition: MetricDefinition = METRICS[name]
    if (definition.kind !== kind)
      throw new TypeError(`metric ${name} is a ${definition.kind}, not a ${kind}`)
    let all = this.#series.get(name)
    if (all === undefined) this.#series.set(name, (all = new Map()))
    let key = this.#key(definition, labels)
    if (!all.has(key) && all.size >= MAX_SERIES) {
      key = (definition.labels ?? []).map((label) => `${label}="other"`).join(',')
    }
    let series = all.get(key)
    if (series === undefined)
      all.set(key, (series = { labels: key, value: 0, counts: [], count: 0 }))
    return series
  }
}
