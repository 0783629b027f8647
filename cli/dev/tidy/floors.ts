import type { Import } from './imports.ts'
import type { Problem } from './problem.ts'
import { isTest } from './problem.ts'
import { CONSENSUS_DOORS, type Room, roomOf, roomsOf } from './rooms.ts'

/** Imports of every file, by file. */
export type ImportTable = ReadonlyMap<string, readonly Import[]>

/** Imports that go up a floor, into another module or to a package a pure room must not know. */
export function floorProblems(table: ImportTable): Problem[] {
  const rooms = roomsOf(table.keys())
  const problems: Problem[] = []
  for (const [file, imports] of table) {
    const room = roomOf(rooms, file)
    if (room === undefined || isTest(file)) continue
    for (const found of imports) {
      const message = refusal(rooms, room, found)
      if (message !== undefined) problems.push({ rule: 'floor', file, line: found.line, message })
    }
  }
  return problems
}

function refusal(rooms: readonly Room[], room: Room, found: Import): string | undefined {
  const { target, typeOnly, ours } = found
  if (!ours) {
    const allowed = room.packages === undefined || room.packages.some((p) => target.startsWith(p))
    return allowed ? undefined : `${room.path} must not use ${target}`
  }
  // A folder inside a room belongs to it unless it is a room of its own.
  if (roomOf(rooms, target) === room) return undefined
  const tool = room.path === 'cli' || room.path === 'testnet'
  if (tool && target.startsWith('node/consensus/') && !CONSENSUS_DOORS.includes(target))
    return `the inside of consensus (${target}) is not for tools`
  const below = (path: string): boolean => target === path || target.startsWith(`${path}/`)
  if (room.may.some((path) => !path.startsWith('type:') && below(path))) return undefined
  if (!room.may.some((path) => path.startsWith('type:') && below(path.slice(5))))
    return `${room.path} must not import ${target}`
  return typeOnly ? undefined : `${target} may only be imported with \`import type\``
}

/** Circles of imports that load at run time, each reported once. */
export function cycleProblems(table: ImportTable): Problem[] {
  const problems: Problem[] = []
  const state = new Map<string, 'open' | 'done'>()
  const path: string[] = []
  const visit = (file: string): void => {
    state.set(file, 'open')
    path.push(file)
    for (const { target, ours, typeOnly, line } of table.get(file) ?? []) {
      if (!ours || typeOnly || !table.has(target)) continue
      if (state.get(target) === 'open') {
        const circle = [...path.slice(path.indexOf(target)), target]
        problems.push({ rule: 'cycle', file, line, message: circle.join(' -> ') })
      } else if (!state.has(target)) visit(target)
    }
    path.pop()
    state.set(file, 'done')
  }
  for (const file of table.keys()) if (!state.has(file)) visit(file)
  return problems
}

const SHIM = 'node/p2p/shim.ts'

/** Entry points that reach libp2p and do not import its shim before anything else. */
export function shimProblems(table: ImportTable, entries: readonly string[]): Problem[] {
  return entries
    .filter((file) => table.has(file) && reaches(table, file, 'node/p2p/host.ts'))
    .filter((file) => table.get(file)?.find(({ typeOnly }) => !typeOnly)?.target !== SHIM)
    .map((file) => ({
      rule: 'shim',
      file,
      line: 1,
      message: `an entry point must import ${SHIM} first: libp2p fails on Node 20 without it`,
    }))
}

function reaches(table: ImportTable, from: string, goal: string): boolean {
  const seen = new Set([from])
  const open = [from]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (file === goal) return true
    for (const { target, ours, typeOnly } of table.get(file) ?? []) {
      if (!ours || typeOnly || seen.has(target)) continue
      seen.add(target)
      open.push(target)
    }
  }
  return false
}
