import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { apply } from '../core.ts'
import { type Apply, begin, outcome, P, pc, play, prop, pv, timeout } from './helpers.ts'
import { TABLE } from './tables-votes.ts'

interface Mutant {
  readonly bug: string
  readonly file: string
  readonly from: string
  readonly to: string
}

// The first four are bugs that a TypeScript Tendermint shipped to production; the others are the usual slips.
const MUTANTS: readonly Mutant[] = [
  {
    bug: 'a fresh proposal ignores the lock',
    file: 'rules.ts',
    from: 'locked === undefined ||',
    to: 'polRound < 0 ||',
  },
  {
    bug: 'the validation result is tested as an object, not as a verdict',
    file: 'rules.ts',
    from: 'known.valid && free',
    to: 'known && free',
  },
  {
    bug: 'an answer that was awaited too long is used in a later round',
    file: 'core.ts',
    from: 'input.round === state.round && state.step',
    to: 'state.step',
  },
  {
    bug: 'a timer of an earlier round still acts',
    file: 'rules.ts',
    from: 'round !== state.round || state.step',
    to: 'state.step',
  },
  {
    bug: 'an older polka frees a newer lock',
    file: 'rules.ts',
    from: '(polRound >= 0 && locked.round <= polRound)',
    to: 'polRound >= 0',
  },
  {
    bug: 'a POL round is believed without its polka',
    file: 'rules.ts',
    from: 'if (!hasQuorumFor(prevotes, blockId, state.validators.totalPower)) return false // L28',
    to: '',
  },
  {
    bug: 'a polka does not lock',
    file: 'rules.ts',
    from: 'turn.state = { ...turn.state, locked: value }',
    to: '',
  },
  {
    bug: 'a polka does not become the valid value',
    file: 'rules.ts',
    from: 'valid: value }',
    to: '}',
  },
  {
    bug: 'half of the power counts as a quorum of anything',
    file: 'votes.ts',
    from: 'return isTwoThirds(set.anyPower, total)',
    to: 'return set.anyPower * 2n >= total',
  },
  {
    bug: 'repeated votes count again',
    file: 'votes.ts',
    from: 'if (own.some((old) => equalBlockIds(old.blockId, vote.blockId))) return unchanged',
    to: '',
  },
  {
    bug: 'the prevote timer starts only on agreement',
    file: 'rules.ts',
    from: 'if (!hasQuorumOfAny(prevotes, state.validators.totalPower)) return false',
    to: 'if (quorumValue(prevotes, state.validators.totalPower) === undefined) return false',
  },
  {
    bug: 'only the current round can decide',
    file: 'rules.ts',
    from: 'if (blockId === undefined || isNilBlockId(blockId)) continue\n    const known',
    to: 'if (blockId === undefined || isNilBlockId(blockId) || round !== state.round) continue\n    const known',
  },
  {
    bug: 'one message of a higher round is enough to skip',
    file: 'rules.ts',
    from: 'if (isOneThird(powerIn(state, round), state.validators.totalPower)) highest = round',
    to: 'if (powerIn(state, round) > 0n) highest = round',
  },
  {
    bug: 'nobody skips rounds',
    file: 'rules.ts',
    from: 'if (highest === state.round) return false',
    to: 'return false',
  },
  {
    bug: 'equivocators count for their first vote only',
    file: 'votes.ts',
    from: 'if (own.length >= 2',
    to: 'if (own.length >= 1',
  },
]

const CORE = fileURLToPath(new URL('..', import.meta.url))
const CHAIN = new URL('../../../chain/', import.meta.url).href
const folders: string[] = []

/** The core with one piece of its source replaced. */
async function mutated({ file, from, to }: Mutant): Promise<Apply> {
  const folder = mkdtempSync(join(tmpdir(), 'core-mutant-'))
  folders.push(folder)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  for (const name of readdirSync(CORE).filter((one) =>
    /^(core|rules|state|votes|types)\.ts$/.test(one),
  )) {
    cpSync(join(CORE, name), join(folder, name))
  }
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.ts'))) {
    let source = readFileSync(join(folder, name), 'utf8')
    if (name === file) {
      expect(source.split(from), `the source of this mutant is in ${file} once`).to.have.length(2)
      source = source.replace(from, to)
    }
    writeFileSync(join(folder, name), source.replaceAll('../../chain/', CHAIN))
  }
  const module = (await import(pathToFileURL(join(folder, 'core.ts')).href)) as { apply: Apply }
  return module.apply
}

function survives(candidate: Apply): boolean {
  return TABLE.every(({ given, when, expected, config }) => {
    try {
      return outcome(candidate, given, when, config).join() === expected.join()
    } catch {
      return false
    }
  })
}

describe('Known consensus bugs', () => {
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })

  it('are absent: the table passes for the core itself', () => {
    expect(survives(apply)).to.equal(true)
  })

  for (const mutant of MUTANTS) {
    it(`are caught by the table: ${mutant.bug}`, async () => {
      expect(survives(await mutated(mutant))).to.equal(false)
    })
  }

  it('that come from having no log: a node replays its inputs and keeps its lock, a node that forgets does not', () => {
    const [p0, p1, me] = [P(0), P(1), P(3)]
    const logged = [
      ...begin(me),
      ...prop(0, 'A'),
      ...pv(0, 'A', me, p0, p1),
      ...pc(0, 'A', me),
      ...pc(0, 'nil', p0, p1),
      ...timeout('precommit', 0),
    ]
    const after = [...prop(1, 'B')]
    expect(play(apply, logged).state.locked).to.not.equal(undefined)
    expect(outcome(apply, logged, after)).to.deep.equal(['prevote nil round 1'])
    const forgetful = [...begin(me), ...pc(0, 'nil', p0, p1, P(2)), ...timeout('precommit', 0)]
    expect(outcome(apply, forgetful, after)).to.deep.equal(['prevote B round 1'])
  })
})
