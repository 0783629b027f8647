import { expect } from 'chai'
import { ChainError } from '../../kit/errors.ts'
import { defaultParams, validateParams } from '../params.ts'

describe('params of slashing', () => {
  it('that are no text are refused like any that are no number', () => {
    for (const bytes of [[0xff], [0x31, 0x80], []]) {
      const params = { ...defaultParams(), minSignedPerWindow: Uint8Array.from(bytes) }
      expect(() => validateParams(params)).to.throw(ChainError, /min signed per window/)
    }
  })
})
