import { Params } from '../../proto/gen/cosmos/distribution/v1beta1/distribution.ts'
import { DEC_ONE, type Dec, decRaw, formatDec, parseDec } from '../kit/dec.ts'
import { sdkErrors } from '../kit/errors.ts'
import { distributionErrors } from './errors.ts'

/** 2 % community tax; withdraw addresses may be set; the proposer rewards of old are gone. */
export function defaultParams(): Params {
  return Params.create({
    communityTax: parseDec('0.02').toString(),
    baseProposerReward: '0',
    bonusProposerReward: '0',
    withdrawAddrEnabled: true,
  })
}

/** Reads the digits of a decimal as the wire carries it; undefined when they are none. */
export function readDigits(digits: string): Dec | undefined {
  return /^-?[0-9]{1,97}$/.test(digits) ? decRaw(BigInt(digits)) : undefined
}

/** Throws distribution 101 unless the tax is a decimal from 0 to 1. */
export function checkParams(params: Params): void {
  const tax = readDigits(params.communityTax)
  if (tax === undefined) throw distributionErrors.params('community tax must be not nil')
  if (tax < 0n) throw distributionErrors.params(`community tax must be positive: ${formatDec(tax)}`)
  if (tax > DEC_ONE) throw distributionErrors.params(`community tax too large: ${formatDec(tax)}`)
}

/** Throws sdk 18 when one of the two fields that the SDK keeps without meaning is set. */
export function checkDeprecated(params: Params): void {
  for (const digits of [params.baseProposerReward, params.bonusProposerReward]) {
    if (digits !== '' && readDigits(digits) !== 0n) {
      throw sdkErrors.invalidRequest(
        'cannot update base or bonus proposer reward because these are deprecated fields',
      )
    }
  }
}
