import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { field } from '../../../cli/gateway/rpc-client.ts'
import { compareBytes } from '../../../node/chain/bytes.ts'
import { parseTime } from '../../../node/chain/time.ts'
import type { Validator } from '../../../node/chain/types.ts'
import { type LightBlock, LightError, type LightRules, verifyStep } from '../light-client.ts'
import { commitOf, headerOf, list, validatorOf } from '../light-source.ts'

const FOLDER = new URL(
  '../../../node/chain/testdata/tendermint-rs-light-client-single-step/',
  import.meta.url,
)

/** The cases list validators as they come; a set is in order of power, then of address. */
function setOf(json: unknown): Validator[] {
  return list(json, 'validators')
    .map(validatorOf)
    .sort((a, b) => Number(b.power - a.power) || compareBytes(a.address, b.address))
}

function lightBlock(json: unknown): LightBlock {
  const signed = field(json, 'signed_header')
  return {
    header: headerOf(field(signed, 'header')),
    commit: commitOf(field(signed, 'commit')),
    validators: setOf(field(json, 'validator_set')),
    nextValidators: setOf(field(json, 'next_validator_set')),
  }
}

function verdictOf(trusted: LightBlock, block: LightBlock, rules: LightRules): string {
  try {
    return verifyStep(trusted, block, rules) === 'ok' ? 'SUCCESS' : 'NOT_ENOUGH_TRUST'
  } catch (error) {
    if (error instanceof LightError) return 'INVALID'
    throw error
  }
}

describe('the light client of the scenarios', () => {
  it('comes to the verdicts of the tendermint-rs vectors, all 41 cases and 99 steps', () => {
    const seen: { [verdict: string]: number } = {}
    const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json.gz'))
    for (const name of names) {
      const json: unknown = JSON.parse(gunzipSync(readFileSync(new URL(name, FOLDER))).toString())
      const initial = field(json, 'initial')
      let trusted = lightBlock(initial)
      for (const input of list(json, 'input')) {
        const block = lightBlock(field(input, 'block'))
        const now = parseTime(String(field(input, 'now')))
        const verdict = verdictOf(trusted, block, {
          trustingPeriod: BigInt(String(field(initial, 'trusting_period'))),
          clockDrift: 1_000_000_000n,
          trustLevel: { numerator: 1n, denominator: 3n },
          now: () => now,
        })
        expect(verdict, name).to.equal(field(input, 'verdict'))
        seen[verdict] = (seen[verdict] ?? 0) + 1
        if (verdict === 'SUCCESS') trusted = block
      }
    }
    expect(names).to.have.lengthOf(41)
    expect(seen).to.deep.equal({ SUCCESS: 44, NOT_ENOUGH_TRUST: 42, INVALID: 13 })
  })
})
