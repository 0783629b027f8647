import type { Files, Problem } from './problem.ts'

// Put together from halves, so that this list does not find itself.
const MARKS = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')
const HOSTS = ['registry', String.raw`\.`, '(npmjs|yarnpkg)'].join('')

const BANNED: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  { pattern: new RegExp(`\\b(${MARKS})\\b`), message: 'unfinished work belongs in an issue' },
  {
    pattern: /\b(it|describe|context|specify)\.(only|skip)\b|\bthis\.skip\(/,
    message: 'a test that hides others or itself',
  },
  {
    // A path of somebody's machine: absolute, below a home or a mount.
    pattern: /(?<![\w.~)\]}:/-])\/(home|root|work|Users|mnt|srv)\/[\w.-]/,
    message: 'a path of one machine',
  },
  { pattern: new RegExp(HOSTS), message: 'a registry host: installs use the one npm is set to' },
]

/** Words no file of ours may have, and lock file entries that name a registry other than the public one. */
export function wordProblems(files: Files): Problem[] {
  const problems: Problem[] = []
  for (const [file, text] of files) {
    if (file === 'package-lock.json') problems.push(...lockProblems(file, text))
    else if (!/^proto\/vendor\/|\/(testdata|data)\//.test(file)) {
      text.split('\n').forEach((line, i) => {
        for (const { pattern, message } of BANNED) {
          const [found] = pattern.exec(line) ?? []
          if (found !== undefined)
            problems.push({ rule: 'words', file, line: i + 1, message: `${found}: ${message}` })
        }
      })
    }
  }
  return problems
}

function lockProblems(file: string, text: string): Problem[] {
  const resolved = [...text.matchAll(/"resolved": "([^"]*)"/g)].map(([, url]) => url ?? '')
  const publicHost = `https://registry.${'npmjs'}.org/`
  return resolved
    .filter((url) => !url.startsWith(publicHost))
    .map((url) => ({ rule: 'words', file, line: 1, message: `${url}: not the public registry` }))
}
