import type { MessageCodec } from './field.ts'

/** One HTTP binding of a method (`google.api.http`); `path` holds `{field}` or `{field=**}` segments. */
export interface HttpBinding {
  readonly verb: 'get' | 'post' | 'put' | 'delete' | 'patch'
  readonly path: string
  /** The request field the body fills, `*` for the whole request, empty for none. */
  readonly body: string
}

/** One method of a service. */
export interface MethodSpec {
  /** Name in the schema, such as `Balance`. */
  readonly name: string
  /** ABCI and gRPC path, such as `/cosmos.bank.v1beta1.Query/Balance`. */
  readonly path: string
  readonly request: MessageCodec<unknown>
  readonly response: MessageCodec<unknown>
  /** Bindings in order of preference; empty for `Msg` services. */
  readonly http: readonly HttpBinding[]
}

/** One service of the schema. */
export interface ServiceSpec {
  /** Full name, such as `cosmos.bank.v1beta1.Query`. */
  readonly name: string
  readonly methods: readonly MethodSpec[]
}

/** One message a transaction can carry. */
export interface MsgSpec {
  readonly typeUrl: string
  readonly codec: MessageCodec<unknown>
  /** What its handler answers with; undefined for messages known by schema only. */
  readonly response: MessageCodec<unknown> | undefined
  /** Fields (proto names) that hold the signers; `a.b` when the signer sits in a nested message. */
  readonly signers: readonly string[]
  readonly aminoName: string | undefined
}
