import type { JsonValue } from '../../proto/codec.ts'

/** Members of a message, as proto JSON. */
export type MessageJson = { [field: string]: JsonValue }

/** A file that is typed instead of the field it fills. */
export interface FileInput {
  /** The flag's name, or the argument's. */
  readonly name: string
  readonly about: string
  /** Fields of the message that come from the file, which are therefore no flags. */
  readonly fields: readonly string[]
  /** Further flags the file needs: name with placeholder, and meaning. */
  readonly flags?: readonly (readonly [flag: string, about: string])[]
  /** Fills the fields. Throws a usage error saying what is wrong with the file. */
  fill(
    json: MessageJson,
    file: string,
    options: { readonly [name: string]: string | boolean | undefined },
  ): void
}

/** Where a message stands in `strom tx` and how its help explains it; what is left out follows from the schema. */
export interface MessagePlace {
  /** Words after `strom tx`, such as `device suspend`. */
  readonly at: string
  readonly about: string
  /** Fields typed as arguments, in the order people say them. */
  readonly args?: readonly string[]
  /** Fields that are as another one when they are left out. */
  readonly same?: Readonly<Record<string, string>>
  /** The line of the example after `strom tx `. */
  readonly example: string
  readonly file?: FileInput
}

/** Places by type URL. */
export type MessagePlaces = Readonly<Record<string, MessagePlace>>
