import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { ChainError } from '../errors.ts'
import { LIGHT_DEFAULTS, type LightBlock, type Trusted, verifyLight } from '../light.ts'
import { parseTime } from '../time.ts'
import { setOf } from '../validators.ts'
import { verifyZip215 } from '../verify.ts'
import {
  type CommitJson,
  commitOf,
  type HeaderJson,
  headerOf,
  type ValidatorJson,
  validatorOf,
} from './support.ts'

interface SetJson {
  validators: ValidatorJson[]
}
interface SignedJson {
  header: HeaderJson
  commit: CommitJson
}
interface Case {
  initial: {
    signed_header: SignedJson
    next_validator_set: SetJson
    trusting_period: string
    now: string
  }
  input: {
    block: { signed_header: SignedJson; validator_set: SetJson; next_validator_set: SetJson }
    now: string
    verdict: string
  }[]
}

const folder = new URL('../testdata/tendermint-rs-light-client-single-step/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.json.gz'))
const toSet = (json: SetJson) => setOf(json.validators.map(validatorOf))

function verdictOf(trusted: Trusted, block: () => LightBlock, period: string, now: string): string {
  const options = {
    ...LIGHT_DEFAULTS,
    clockDrift: 1_000_000_000n,
    trustingPeriod: BigInt(period),
    now: parseTime(now),
  }
  try {
    const outcome = verifyLight(trusted, block(), options, verifyZip215)
    return outcome === 'ok' ? 'SUCCESS' : 'NOT_ENOUGH_TRUST'
  } catch (error) {
    if (error instanceof ChainError) return 'INVALID'
    throw error
  }
}

describe('Light-client steps', () => {
  it(`come to the verdicts of the model (${names.length} cases)`, () => {
    let checked = 0
    for (const name of names) {
      const json = JSON.parse(gunzipSync(readFileSync(new URL(name, folder))).toString()) as Case
      const { initial } = json
      let trusted: Trusted = {
        header: headerOf(initial.signed_header.header),
        nextValidators: toSet(initial.next_validator_set),
      }
      for (const { block, now, verdict } of json.input) {
        const header = headerOf(block.signed_header.header)
        const commit = commitOf(block.signed_header.commit)
        // An empty set is refused when it is built, which counts as an invalid block.
        const light = () => ({ header, commit, validators: toSet(block.validator_set) })
        expect(verdictOf(trusted, light, initial.trusting_period, now), name).to.equal(verdict)
        if (verdict === 'SUCCESS')
          trusted = { header, nextValidators: toSet(block.next_validator_set) }
        checked++
      }
    }
    expect(names).to.have.length(41)
    expect(checked).to.equal(99)
  })
})
