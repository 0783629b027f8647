import { expect } from 'chai'
import { ATTACKS } from './attacks.ts'
import { runCase } from './run-case.ts'

/** Cases of each class; `AUDIT_CASES=1000` runs the long variant. */
const CASES = Number(process.env.AUDIT_CASES ?? 50)

describe(`the meter attack matrix: ${ATTACKS.length} classes, ${ATTACKS.length * CASES} cases`, function () {
  this.timeout(CASES * 20_000)
  for (const [i, { name }] of ATTACKS.entries())
    it(`${name}: the chain says of ${CASES} cases what the audit says, to the Wh`, () => {
      let readings = 0
      let records = 0
      for (let number = 0; number < CASES; number += 1) {
        const result = runCase(i, number)
        expect(result.differences, `${name}, case ${number}`).to.deep.equal([])
        readings += result.readings
        records += result.records
      }
      // The matrix would mean nothing if the attacks kept honest energy out.
      expect(readings).to.be.greaterThan(CASES * 15)
      expect(records).to.be.greaterThan(CASES * 3)
    })
})
