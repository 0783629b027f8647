import { expect } from 'chai'
import { ATTACKS } from './attacks.ts'
import { runCase } from './run-case.ts'

/** Cases that chain and audit once said different things of, as (class, number): they stay. */
const KEPT = [
  [0, 27],
  [0, 130],
  [1, 25],
  [2, 98],
  [5, 90],
  [7, 57],
  [7, 79],
  [7, 124],
  [7, 141],
  [11, 38],
] as const

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

  it(`two attacks at once: the chain says of ${CASES} cases what the audit says, to the Wh`, () => {
    for (let number = 0; number < CASES; number += 1)
      expect(runCase(ATTACKS.length, number).differences, `case ${number}`).to.deep.equal([])
  })

  it(`${KEPT.length} cases that once told them apart do so no more`, () => {
    for (const [attack, number] of KEPT)
      expect(runCase(attack, number).differences, `${attack}, case ${number}`).to.deep.equal([])
  })
})
