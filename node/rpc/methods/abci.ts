import type { JsonValue } from '../../../proto/codec.ts'
import { query } from '../services/query.ts'
import { b64 } from '../shapes.ts'
import type { Method } from './method.ts'

export const abciMethods: { readonly [name: string]: Method } = {
  abci_info: {
    params: [],
    call: async (backend) => {
      const info = await backend.app.info()
      const response: { [field: string]: JsonValue } = { data: info.data, version: info.version }
      if (info.appVersion !== 0n) response.app_version = info.appVersion.toString()
      if (info.lastBlockHeight !== 0n) response.last_block_height = info.lastBlockHeight.toString()
      if (info.lastBlockAppHash.length > 0)
        response.last_block_app_hash = b64(info.lastBlockAppHash)
      return { response }
    },
  },
  abci_query: {
    params: ['path', 'data', 'height', 'prove'],
    call: async (backend, params) => {
      const answer = await query(backend, {
        path: params.text('path'),
        data: params.hexBytes('data'),
        height: params.int('height') ?? 0n,
        prove: params.bool('prove'),
      })
      return {
        response: {
          code: answer.code,
          log: answer.log,
          info: answer.info,
          index: answer.index.toString(),
          key: answer.key.length === 0 ? null : b64(answer.key),
          value: answer.value.length === 0 ? null : b64(answer.value),
          proofOps:
            answer.proofOps === undefined
              ? null
              : {
                  ops: answer.proofOps.map((op) => ({
                    type: op.type,
                    key: b64(op.key),
                    data: b64(op.data),
                  })),
                },
          height: answer.height.toString(),
          codespace: answer.codespace,
        },
      }
    },
  },
}
