/**
 * Measures the memory of a real gateway process: a broker with Tasmota meters, a chain, and `strom gateway run` of the
 * built program (`npm run build` first). Arguments: number of devices (100), seconds (60).
 */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CONFIG_FILE, gatewayInit } from '../config.ts'
import { loadDeviceKey } from '../device-keys.ts'
import { inspectQueue } from '../queue.ts'
import { openBroker } from './broker.ts'
import { FakeChain } from './fake-chain.ts'

const count = Number(process.argv[2] ?? '100')
const seconds = Number(process.argv[3] ?? '60')
const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'strom-memory-'))
const home = join(dir, 'gateway')
const broker = await openBroker()
const chain = new FakeChain()
chain.pageSize = 1_000
const url = await chain.listen()
const devices = Array.from({ length: count }, (_, i) => `plug-${i}`)
gatewayInit({ dir: home, chainId: chain.chainId, nodes: [url], devices })
const file = join(home, CONFIG_FILE)
appendFileSync(file, `[[source]]\nkind = "mqtt"\nname = "house"\nurl = "${broker.url}"\n`)
for (const device of devices) {
  chain.register(device, loadDeviceKey(join(home, 'devices'), device))
  appendFileSync(
    file,
    `[[source.device]]\nid = "${device}"\nformat = "tasmota"\ntopic = "${device}"\n`,
  )
}
for (const device of devices)
  appendFileSync(file, `[[device]]\nid = "${device}"\ninterval_s = 5\ntolerance_s = 1\n`)
const blocks = setInterval(() => {
  chain.time = BigInt(Math.floor(Date.now() / 1_000))
  chain.block(0n)
}, 1_000)
let total = 0
const meters = setInterval(() => {
  total += 1
  for (const device of devices) {
    const payload = `{"ENERGY":{"Total":${(total / 1_000).toFixed(3)},"Power":3600}}`
    broker.meter.publish(`tele/${device}/SENSOR`, payload)
  }
}, 1_000)
const child = spawn(process.execPath, [main, 'gateway', 'run', '--dir', home], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, NODE_OPTIONS: '' },
})
const megabytes = (name: string): number => {
  const line = readFileSync(`/proc/${child.pid}/status`, 'utf8').match(
    new RegExp(`${name}:\\s+(\\d+) kB`),
  )
  return Math.round(Number(line?.[1] ?? '0') / 1024)
}
await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
const now = megabytes('VmRSS')
const most = megabytes('VmHWM')
child.kill('SIGTERM')
await new Promise((resolve) => child.once('exit', resolve))
clearInterval(meters)
clearInterval(blocks)
const books = [...inspectQueue('queue', readFileSync(join(home, 'queue.bin'))).devices()]
const accepted = books.reduce((sum, one) => sum + one.accepted, 0n)
console.log(
  `${count} devices, ${seconds} s: resident ${now} MB, at most ${most} MB; ${accepted} readings accepted`,
)
await broker.close()
await chain.closeAll()
rmSync(dir, { recursive: true, force: true })
