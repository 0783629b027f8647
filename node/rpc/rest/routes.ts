import { services } from '../../../proto/gen/services.ts'
import type { HttpBinding, MethodSpec } from '../../../proto/runtime/service.ts'

/** One REST route of the schema in the router's notation. */
export interface Route {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  /** `/a/:field/b`; a `{field=**}` at the end is `*`. */
  readonly url: string
  /** The field behind `*`, if any. */
  readonly rest: string | undefined
  readonly method: MethodSpec
  readonly binding: HttpBinding
}

/**
 * Every route of every service. Which of them are answered is the application's and the node's business: the others
 * say `Not Implemented`. Two routes of one pattern: the later one wins, as in grpc-gateway.
 */
export function restRoutes(): readonly Route[] {
  const routes = new Map<string, Route>()
  for (const { methods } of services) {
    for (const method of methods) {
      for (const binding of method.http) {
        const verb = binding.verb.toUpperCase() as Route['verb']
        const rest = /\{(\w+)=\*\*\}$/.exec(binding.path)?.[1]
        const url = binding.path.replace(/\{\w+=\*\*\}$/, '*').replace(/\{(\w+)\}/g, ':$1')
        routes.set(`${verb} ${url.replace(/:\w+/g, ':')}`, { verb, url, rest, method, binding })
      }
    }
  }
  return [...routes.values()]
}
