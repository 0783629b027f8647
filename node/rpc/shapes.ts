import type { JsonValue } from '../../proto/codec.ts'
import type { AbciEvent, ExecTxResult, ValidatorUpdate } from '../abci/application.ts'
import { formatTime, GO_ZERO_TIME } from '../chain/time.ts'
import type {
  Block,
  BlockId,
  Commit,
  ConsensusParams,
  DuplicateVoteEvidence,
  Header,
  MerkleProof,
  Validator,
  Vote,
} from '../chain/types.ts'

type Shape = { [field: string]: JsonValue }

/** Upper-case hex, as CometBFT prints hashes and addresses. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex').toUpperCase()
}

/** Base64, as CometBFT prints byte slices. */
export function b64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Base64, `null` for none: Go's nil slice. */
export function b64OrNull(bytes: Uint8Array): JsonValue {
  return bytes.length === 0 ? null : b64(bytes)
}

export function blockIdShape(id: BlockId): Shape {
  return { hash: hex(id.hash), parts: { total: id.parts.total, hash: hex(id.parts.hash) } }
}

export function headerShape(header: Header): Shape {
  return {
    // CometBFT leaves a zero app version out; clients of ours may rely on it.
    version: { block: header.version.block.toString(), app: header.version.app.toString() },
    chain_id: header.chainId,
    height: header.height.toString(),
    time: formatTime(header.time),
    last_block_id: blockIdShape(header.lastBlockId),
    last_commit_hash: hex(header.lastCommitHash),
    data_hash: hex(header.dataHash),
    validators_hash: hex(header.validatorsHash),
    next_validators_hash: hex(header.nextValidatorsHash),
    consensus_hash: hex(header.consensusHash),
    app_hash: hex(header.appHash),
    last_results_hash: hex(header.lastResultsHash),
    evidence_hash: hex(header.evidenceHash),
    proposer_address: hex(header.proposerAddress),
  }
}

export function commitShape(commit: Commit): Shape {
  return {
    height: commit.height.toString(),
    round: commit.round,
    block_id: blockIdShape(commit.blockId),
    signatures: commit.signatures.map((sig) => ({
      block_id_flag: sig.flag,
      validator_address: hex(sig.validatorAddress),
      timestamp: formatTime(sig.flag === 1 ? GO_ZERO_TIME : sig.timestamp),
      signature: b64OrNull(sig.signature),
    })),
  }
}

export function blockShape(block: Block): Shape {
  return {
    header: headerShape(block.header),
    data: { txs: block.txs.map(b64) },
    evidence: { evidence: block.evidence.map(evidenceShape) },
    last_commit: commitShape(block.lastCommit),
  }
}

/** Evidence as an interface value. */
export function evidenceShape(evidence: DuplicateVoteEvidence): Shape {
  return {
    type: 'tendermint/DuplicateVoteEvidence',
    value: {
      vote_a: voteShape(evidence.voteA),
      vote_b: voteShape(evidence.voteB),
      TotalVotingPower: evidence.totalVotingPower.toString(),
      ValidatorPower: evidence.validatorPower.toString(),
      Timestamp: formatTime(evidence.timestamp),
    },
  }
}

function voteShape(vote: Vote): Shape {
  return {
    type: vote.type,
    height: vote.height.toString(),
    round: vote.round,
    block_id: blockIdShape(vote.blockId),
    timestamp: formatTime(vote.timestamp),
    validator_address: hex(vote.validatorAddress),
    validator_index: vote.validatorIndex,
    signature: b64(vote.signature),
    extension: null,
    extension_signature: null,
  }
}

export function pubKeyShape(key: Uint8Array): Shape {
  return { type: 'tendermint/PubKeyEd25519', value: b64(key) }
}

export function validatorShape(validator: Validator): Shape {
  return {
    address: hex(validator.address),
    pub_key: pubKeyShape(validator.pubKey),
    voting_power: validator.power.toString(),
    proposer_priority: validator.priority.toString(),
  }
}

export function eventShape(event: AbciEvent): Shape {
  return {
    type: event.type,
    attributes: event.attributes.map(({ key, value, index }) => ({ key, value, index })),
  }
}

/** A transaction result with every field present, as jsonpb writes it. */
export function txResultShape(result: ExecTxResult): Shape {
  return {
    code: result.code,
    data: b64OrNull(result.data),
    log: result.log,
    info: result.info,
    gas_wanted: result.gasWanted.toString(),
    gas_used: result.gasUsed.toString(),
    events: result.events.map(eventShape),
    codespace: result.codespace,
  }
}

/** The result inside a Tx event: embedded by value there, so zero fields are left out. */
export function txEventResultShape(result: ExecTxResult): Shape {
  const shape: Shape = {}
  if (result.code !== 0) shape.code = result.code
  if (result.data.length > 0) shape.data = b64(result.data)
  if (result.log !== '') shape.log = result.log
  if (result.info !== '') shape.info = result.info
  if (result.gasWanted !== 0n) shape.gas_wanted = result.gasWanted.toString()
  if (result.gasUsed !== 0n) shape.gas_used = result.gasUsed.toString()
  if (result.events.length > 0) shape.events = result.events.map(eventShape)
  if (result.codespace !== '') shape.codespace = result.codespace
  return shape
}

export function validatorUpdateShape(update: ValidatorUpdate): Shape {
  const shape: Shape = {
    pub_key: {
      Sum: { type: 'tendermint.crypto.PublicKey_Ed25519', value: { ed25519: b64(update.pubKey) } },
    },
  }
  if (update.power !== 0n) shape.power = update.power.toString()
  return shape
}

export function paramsShape(params: ConsensusParams): Shape {
  const { seconds, nanos } = params.evidence.maxAgeDuration
  return {
    block: { max_bytes: params.block.maxBytes.toString(), max_gas: params.block.maxGas.toString() },
    evidence: {
      max_age_num_blocks: params.evidence.maxAgeNumBlocks.toString(),
      max_age_duration: (seconds * 1_000_000_000n + BigInt(nanos)).toString(),
      max_bytes: params.evidence.maxBytes.toString(),
    },
    validator: { pub_key_types: [...params.validator.pubKeyTypes] },
    version: { app: params.version.app.toString() },
    abci: { vote_extensions_enable_height: params.abci.voteExtensionsEnableHeight.toString() },
  }
}

export function proofShape(root: Uint8Array, data: Uint8Array, proof: MerkleProof): Shape {
  return {
    root_hash: hex(root),
    data: b64(data),
    proof: {
      total: proof.total.toString(),
      index: proof.index.toString(),
      leaf_hash: b64(proof.leafHash),
      aunts: proof.aunts.map(b64),
    },
  }
}
