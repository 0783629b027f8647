/**
 * One end of the two-process measurement: echoes frames of kind `consensus`, counts those of kind `status` size 200
 * until told to report. Run by latency.test.ts and by hand; prints its address and then one line a report.
 */
import '../shim.ts'
import { Host } from '../host.ts'
import { generateNodeKey, loadOrCreateNodeKey } from '../node-key.ts'
import { P2pTransport } from '../transport.ts'

const [keyFile, port = '0'] = process.argv.slice(2)
const nodeKey = keyFile === undefined ? await generateNodeKey() : await loadOrCreateNodeKey(keyFile)
const host = await Host.create({ chainId: 'bench-1', nodeKey, listen: [`tcp://127.0.0.1:${port}`] })
const transport = new P2pTransport(host)
let counted = 0
let bytes = 0
transport.onMessage((peer, kind, data) => {
  // First byte 1 asks for an echo, 2 is counted, 3 asks for the count.
  if (data[0] === 1) transport.send(peer, kind, data)
  if (data[0] === 2) {
    counted++
    bytes += data.length
  }
  if (data[0] === 3)
    transport.send(peer, kind, new Uint8Array(Buffer.from(JSON.stringify({ counted, bytes }))))
})
await transport.start()
process.stdout.write(`${host.addresses()[0] ?? ''}\n`)
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
