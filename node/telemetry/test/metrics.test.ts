import { expect } from 'chai'
import { Metrics } from '../metrics.ts'
import { watchProcess } from '../process.ts'

describe('metrics', () => {
  it('renders counters, gauges and histograms as Prometheus text', () => {
    const metrics = new Metrics({ chainId: 'strom-dev-1' })
    metrics.set('consensus_height', 7)
    metrics.inc('strom_meter_rejected_total', 2, { reason: 'clock' })
    metrics.observe('state_block_processing_time', 0.003)
    metrics.observe('state_block_processing_time', 99)
    const text = metrics.render()
    expect(text).to.contain(
      '# TYPE cometbft_consensus_height gauge\ncometbft_consensus_height{chain_id="strom-dev-1"} 7\n',
    )
    expect(text).to.contain('strom_meter_rejected_total{chain_id="strom-dev-1",reason="clock"} 2\n')
    expect(text).to.contain(
      'cometbft_state_block_processing_time_bucket{chain_id="strom-dev-1",le="0.0025"} 0\n',
    )
    expect(text).to.contain(
      'cometbft_state_block_processing_time_bucket{chain_id="strom-dev-1",le="0.005"} 1\n',
    )
    expect(text).to.contain(
      'cometbft_state_block_processing_time_bucket{chain_id="strom-dev-1",le="+Inf"} 2\n',
    )
    expect(text).to.contain(
      'cometbft_state_block_processing_time_count{chain_id="strom-dev-1"} 2\n',
    )
  })

  it('takes another namespace and escapes label values', () => {
    const metrics = new Metrics({ namespace: 'tendermint' })
    metrics.set('p2p_peers', 3)
    metrics.dropped('a"b\n')
    expect(metrics.render()).to.contain('tendermint_p2p_peers 3\n')
    expect(metrics.render()).to.contain('strom_queue_dropped_total{queue="a\\"b\\n"} 1\n')
  })

  it('refuses a falling counter and a call of the wrong kind', () => {
    const metrics = new Metrics()
    expect(() => metrics.inc('strom_cert_issued_total', -1)).to.throw('cannot fall')
    expect(() => metrics.set('strom_cert_issued_total', 1)).to.throw('is a counter, not a gauge')
  })

  it('bounds the number of series a name may have', () => {
    const metrics = new Metrics()
    for (let i = 0; i < 1500; i++) metrics.dropped(`q${i}`)
    expect(metrics.value('strom_queue_dropped_total', { queue: 'other' })).to.equal(500)
    expect(metrics.value('strom_queue_dropped_total', { queue: 'q1' })).to.equal(1)
  })

  it('measures event loop lag and memory', async () => {
    const metrics = new Metrics()
    const stop = watchProcess(metrics, 100)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const until = performance.now() + 120
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 200))
    stop()
    expect(metrics.value('strom_process_resident_bytes')).to.be.greaterThan(1e6)
    expect(metrics.render()).to.contain('strom_event_loop_lag_max_seconds')
  })
})
