/** Appends readings to the queue file of its argument for ever and prints how many were confirmed: to be killed. */
import { deriveDeviceKey } from '../device-keys.ts'
import { DeviceSigner } from '../device-signer.ts'
import { ReadingQueue } from '../queue.ts'

const queue = await ReadingQueue.open(process.argv[2] ?? '')
const device = new DeviceSigner({ chainId: 'c', device: 'pv', key: deriveDeviceKey('1', 'pv') })
for (;;) {
  const time = 900n * (device.position.seq + 1n)
  await queue.append([device.sign({ time, importMwh: 0n, exportMwh: time, status: 1n })])
  process.stdout.write(`${device.position.seq}\n`)
}
