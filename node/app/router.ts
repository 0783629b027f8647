import type { MessageDef, Module, QueryDef } from '../../modules/kit/module.ts'

/** Finds message and query definitions by their wire names. */
export interface Router {
  message(typeUrl: string): MessageDef | undefined
  query(path: string): QueryDef | undefined
  readonly queries: readonly QueryDef[]
  readonly messages: readonly MessageDef[]
}

/** Builds the tables of all modules. Throws RangeError when two modules claim one name. */
export function makeRouter(modules: readonly Module[]): Router {
  const messages = new Map<string, MessageDef>()
  const queries = new Map<string, QueryDef>()
  for (const module of modules) {
    for (const definition of module.messages)
      claim(messages, definition.codec.typeUrl, definition, module.name)
    for (const definition of module.queries) {
      claim(queries, `/${definition.service}/${definition.method}`, definition, module.name)
    }
  }
  return {
    message: (typeUrl) => messages.get(typeUrl),
    query: (path) => queries.get(path),
    queries: [...queries.values()],
    messages: [...messages.values()],
  }
}

function claim<T>(table: Map<string, T>, name: string, definition: T, module: string): void {
  if (table.has(name))
    throw new RangeError(`${module}: ${name} is already handled by another module`)
  table.set(name, definition)
}
