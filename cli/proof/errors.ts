/** A proof file, or a file of a trusted header, does not have the form it must have; the message says where. */
export class ProofFileError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ProofFileError'
  }
}
