import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Files and packages that loading a file loads, by its static imports; types are gone by then. */
function loaded(entry: string): Set<string> {
  const seen = new Set<string>()
  const walk = (file: string): void => {
    const name = relative(ROOT, file)
    if (seen.has(name)) return
    seen.add(name)
    const source = readFileSync(file, 'utf8')
    for (const match of source.matchAll(
      /^(?:import|export)\s+(?!type\b)[^;]*?from\s+'([^']+)'/gm,
    )) {
      const target = match[1] ?? ''
      if (target.startsWith('.')) walk(join(dirname(file), target))
      else seen.add(target)
    }
  }
  walk(join(ROOT, entry))
  return seen
}

describe('what a gateway loads', () => {
  it('is no database, no peer-to-peer library, no testnet and nothing of a node but the paths of its home', () => {
    const all = loaded('cli/commands/gateway.ts')
    expect(all).to.include('cli/gateway/intake.ts')
    expect(all).to.include('node:fs')
    const foreign = [...all].filter((one) =>
      /^(node\/|testnet\/|genesis\/|level$|classic-level|libp2p|@libp2p|pino|ws$)/.test(one),
    )
    expect(foreign).to.deep.equal(['node/home.ts'])
  })

  it('holds the library of a source only when gateway.toml has such a source', () => {
    const all = loaded('cli/commands/gateway.ts')
    for (const library of ['mqtt', 'fastify', 'jsmodbus', 'ocpp-rpc'])
      expect(all.has(library), library).to.equal(false)
    expect(loaded('cli/gateway/sources/mqtt.ts').has('mqtt')).to.equal(true)
    expect(loaded('cli/gateway/sources/http-push.ts').has('fastify')).to.equal(true)
  })
})
