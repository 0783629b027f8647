import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { Aedes } from 'aedes'
import { connect, type MqttClient } from 'mqtt'

/** A real MQTT broker on a real port, and a client that plays the meters. */
export interface Broker {
  readonly url: string
  readonly meter: MqttClient
  close(): Promise<void>
}

export async function openBroker(): Promise<Broker> {
  const aedes = await Aedes.createBroker()
  const server: Server = createServer(aedes.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
  const meter = connect(url, { reconnectPeriod: 0 })
  await new Promise<void>((resolve, reject) => {
    meter.once('connect', () => resolve())
    meter.once('error', reject)
  })
  return {
    url,
    meter,
    close: async () => {
      await meter.endAsync(true)
      await new Promise<void>((resolve) => aedes.close(() => resolve()))
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
